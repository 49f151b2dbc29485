import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openBrowser } from '../../apps/partner/browser.ts';
import { partnerForTest } from './partner-for-test.ts';

const AMIRA = { givenName: 'Amira', email: 'amira@example.com', password: 'three words here' };

let partner: Awaited<ReturnType<typeof partnerForTest>>;
before(async () => {
  partner = await partnerForTest();
});
after(() => partner.close());

const at = (path: string) => new URL(path, partner.url);

function post(path: string, fields: string | URLSearchParams, headers: Record<string, string> = {}) {
  return fetch(at(path), {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: partner.url, ...headers },
    body: String(fields),
  });
}

async function registered(fields: Partial<typeof AMIRA> = {}) {
  const browser = openBrowser();
  const page = await browser.press(await browser.open(at('/register')), 'Register', { ...AMIRA, ...fields });
  return { browser, page };
}

async function appUserIdOf(cookies: string) {
  return (await partner.accounts.signedIn(new Headers({ cookie: cookies })))?.appUserId;
}

describe('register', () => {
  it('signs the patient in and shows the way to connect their record', async () => {
    const { page } = await registered();
    assert.equal(page.url.pathname, '/');
    assert.match(page.html, /Hello, Amira/);
    assert.match(page.html, /<a class="button" href="\/pkb">Connect your PKB record<\/a>/);
  });

  it('gives each account an id of its own that is not the email address', async () => {
    const [one, two] = [
      await registered({ email: 'one@example.com' }),
      await registered({ email: 'two@example.com' }),
    ];
    const ids = [
      await appUserIdOf(one.browser.cookies(at('/'))),
      await appUserIdOf(two.browser.cookies(at('/'))),
    ];
    for (const id of ids) assert.match(id ?? '', /^[A-Za-z0-9]{20,}$/);
    assert.notEqual(ids[0], ids[1]);
  });

  it('ends in the same success and the same account when the button is clicked twice', async () => {
    const fields = new URLSearchParams({ ...AMIRA, email: 'twice@example.com' });
    const answers = await Promise.all([post('/register', fields), post('/register', fields)]);
    assert.deepEqual(
      answers.map((answer) => answer.status),
      [303, 303],
    );
    const ids = await Promise.all(
      answers.map((answer) => appUserIdOf(answer.headers.getSetCookie().join('; '))),
    );
    assert.ok(ids[0]);
    assert.equal(ids[0], ids[1]);
  });

  it('does not let another password into an account that is there', async () => {
    await registered({ email: 'taken@example.com' });
    const { page } = await registered({ email: 'taken@example.com', password: 'another password' });
    assert.equal(page.status, 400);
    assert.match(page.html, /has an account with another password/);
  });

  it('lists each error with a link to its field, keeps what was typed and not the password', async () => {
    const { page } = await registered({ givenName: ' ', email: 'amira"<b>', password: 'short' });
    assert.equal(page.status, 400);
    assert.match(page.html, /<title>Error: Register - Ridgeway Health<\/title>/);
    for (const field of ['givenName', 'email', 'password'])
      assert.match(page.html, new RegExp(`href="#${field}"`));
    assert.match(page.html, /value="amira&quot;&lt;b&gt;"/);
    assert.doesNotMatch(page.html, /short"/);
  });

  it('takes 10 characters of password and not 9, 128 and not 129', async () => {
    for (const [length, status] of [
      [9, 400],
      [10, 200],
      [128, 200],
      [129, 400],
    ] as const) {
      const { page } = await registered({ email: `p${length}@example.com`, password: 'é'.repeat(length) });
      assert.equal(page.status, status, `${length} characters`);
    }
  });

  it('greets a name in its own letters and escapes what is not one', async () => {
    const { page } = await registered({ givenName: "Siân O'Brien <i>", email: 'sian@example.com' });
    assert.match(page.html, /Hello, Siân O&#39;Brien &lt;i&gt;/);
  });
});

describe('log in', () => {
  it('lets the right password in and no other, and does not tell a wrong email from a wrong password', async () => {
    await registered({ email: 'login@example.com' });
    const browser = openBrowser();
    const form = await browser.open(at('/log-in'));
    const wrong = { email: 'login@example.com', password: 'not this one' };
    const refusals = [
      await browser.press(form, 'Log in', wrong),
      await browser.press(form, 'Log in', { ...wrong, email: 'nobody@example.com' }),
    ];
    for (const refused of refusals) {
      assert.equal(refused.status, 400);
      assert.match(refused.html, /The email address or the password is not right/);
    }
    const page = await browser.press(form, 'Log in', {
      email: 'LOGIN@example.com',
      password: AMIRA.password,
    });
    assert.match(page.html, /Hello, Amira/);
  });

  it('goes on to where the patient was going, also by way of Register', async () => {
    const browser = openBrowser();
    const logIn = await browser.open(at('/log-in?then=%2Fpkb%2Fstart'));
    const there = /href="([^"]*register[^"]*)"/.exec(logIn.html)?.[1] ?? '';
    const page = await browser.press(await browser.open(at(there)), 'Register', {
      ...AMIRA,
      email: 'onward@example.com',
    });
    assert.equal(page.url.pathname, '/pkb/start');
  });

  it('never leads to another origin', async () => {
    for (const then of ['https://elsewhere.example/', '//elsewhere.example', '/\\elsewhere.example']) {
      const answer = await post('/log-in', new URLSearchParams({ ...AMIRA, then }));
      assert.equal(answer.status, 400, then);
      assert.equal(answer.headers.get('location'), null);
      const page = await fetch(at(`/log-in?then=${encodeURIComponent(then)}`));
      assert.equal(page.status, 400, then);
      assert.doesNotMatch(await page.text(), /elsewhere/);
    }
  });

  it('makes one address wait after too many attempts', async (t) => {
    const limited = await partnerForTest({ attemptsPerMinute: 3 });
    t.after(() => limited.close());
    const browser = openBrowser();
    const form = await browser.open(`${limited.url}/log-in`);
    const statuses: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const page = await browser.press(form, 'Log in', {
        email: 'x@example.com',
        password: 'guess number one',
      });
      statuses.push(page.status);
    }
    assert.deepEqual(statuses, [400, 400, 400, 429]);
  });
});

describe('log out', () => {
  it('signs the patient out here and for anybody who kept the cookie', async () => {
    const { browser, page } = await registered({ email: 'logout@example.com' });
    const kept = browser.cookies(at('/'));
    const after = await browser.press(page, 'Log out');
    assert.match(after.html, /Log in/);
    assert.equal(browser.cookies(at('/')), '');
    assert.equal(await appUserIdOf(kept), undefined);
  });

  it('again is a success', async () => {
    assert.equal((await post('/log-out', '')).status, 303);
  });
});

describe('what no page of ours sends', () => {
  const form = new URLSearchParams({ email: 'a@example.com', password: 'three words here' });

  it('is refused from another site, and where nobody says from which', async () => {
    for (const headers of [{ origin: 'https://elsewhere.example' }, { origin: 'null' }]) {
      for (const path of ['/log-in', '/register', '/log-out']) {
        assert.equal((await post(path, form, headers)).status, 403);
      }
    }
    const silent = await fetch(at('/log-in'), { method: 'POST', body: form });
    assert.equal(silent.status, 403);
  });

  it('is refused when a field comes twice, is not UTF-8, is too long or is not a form', async () => {
    assert.equal((await post('/log-in', `${form}&email=b@example.com`)).status, 400);
    assert.equal((await post('/log-in', 'email=%ff@example.com&password=x')).status, 400);
    assert.equal((await post('/log-in', `email=${'a'.repeat(20_000)}`)).status, 400);
    assert.equal((await post('/log-in', '{}', { 'content-type': 'application/json' })).status, 400);
    assert.equal((await fetch(at('/log-in?then=/&then=/pkb'))).status, 400);
  });

  it('is answered with the form again when fields are missing', async () => {
    const answer = await post('/log-in', '');
    assert.equal(answer.status, 400);
    assert.match(await answer.text(), /There is a problem/);
  });
});

describe('every page', () => {
  it('is not kept by caches, not framed, and runs no script', async () => {
    for (const path of ['/', '/register', '/log-in', '/nowhere']) {
      const { headers } = await fetch(at(path));
      assert.equal(headers.get('cache-control'), 'no-store', path);
      assert.match(
        headers.get('content-security-policy') ?? '',
        /default-src 'none'.*frame-ancestors 'none'/,
        path,
      );
      assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    }
  });

  it('has its style and icon', async () => {
    const page = await (await fetch(at('/'))).text();
    for (const [, href] of page.matchAll(/<link[^>]* href="([^"]+)"/g)) {
      const answer = await fetch(at(href ?? ''));
      assert.equal(answer.status, 200, href);
      assert.match(answer.headers.get('cache-control') ?? '', /public/);
    }
  });

  it('moves 127.0.0.1 to localhost, where the cookies are', async () => {
    const answer = await fetch(at('/log-in?then=/pkb').href.replace('localhost', '127.0.0.1'), {
      redirect: 'manual',
    });
    assert.equal(answer.headers.get('location'), at('/log-in?then=/pkb').href);
  });
});
