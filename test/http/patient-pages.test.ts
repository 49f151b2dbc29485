import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Hono } from 'hono';
import { ConfigurationError } from '../../src/errors.ts';
import {
  approve,
  browser,
  linkIdIn,
  location,
  PKB_ORIGIN,
  propose,
  start,
  startPages,
} from './pages-for-test.ts';

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };

describe('the headers of the patient pages', () => {
  it('allow no script, no frame, no referrer and no cache, on pages, redirects, problems and what is not there', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    const answers = [
      await patient.get('/pkb'),
      await patient.get('/pkb/start'),
      await patient.get('/pkb/callback?code=x&state=y'),
      await patient.get('/pkb/finish'),
      await patient.get('/pkb/problem/access-denied'),
      await patient.get('/pkb/nothing-here'),
      await patient.post('/pkb/confirm'),
    ];
    assert.deepEqual(
      answers.map(({ status }) => status),
      [303, 200, 303, 400, 400, 404, 400],
    );
    for (const { headers } of answers) {
      const policy = headers.get('Content-Security-Policy') ?? '';
      for (const part of [
        "default-src 'none'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ]) {
        assert.ok(policy.includes(part), policy);
      }
      assert.ok(!policy.includes('script-src'));
      assert.equal(headers.get('Referrer-Policy'), 'no-referrer');
      assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
      assert.equal(headers.get('Cache-Control'), 'no-store');
      assert.equal(headers.get('Strict-Transport-Security'), 'max-age=31536000');
    }
    await app.close();
  });

  it('let only the form of the start page lead to PKB', async () => {
    const { pages, app } = await startPages();
    const policyOf = async (path: string) =>
      (await browser(pages).get(path)).headers.get('Content-Security-Policy')?.split('; ').at(-1);
    assert.equal(await policyOf('/pkb/start'), `form-action 'self' ${PKB_ORIGIN} https:`);
    assert.equal(await policyOf('/pkb/no-record'), "form-action 'self'");
    await app.close();
  });

  it('promise https only where there is https', async () => {
    const { pages, app } = await startPages({ origin: 'http://localhost:8080' });
    const answer = await browser(pages, 'http://localhost:8080').get('/pkb/start');
    assert.equal(answer.headers.get('Strict-Transport-Security'), null);
    await app.close();
  });

  it('let the style sheet be kept under the name of its hash', async () => {
    const { pages, app } = await startPages({
      pages: {
        brand: { appName: 'A', organisation: 'B', supportContact: 'C', accentColour: '#123456' },
      },
    });
    const [, href = ''] =
      /href="(\/pkb\/style[^"]+)"/.exec(await (await browser(pages).get('/pkb/start')).text()) ?? [];
    assert.match(href, /^\/pkb\/style\.css\?v=[0-9a-f]{16}$/);
    const css = await browser(pages).get(href);
    assert.equal(css.headers.get('Content-Type'), 'text/css; charset=utf-8');
    assert.match(css.headers.get('Cache-Control') ?? '', /immutable/);
    assert.match(await css.text(), /--accent: #123456/);
    assert.match(
      (await browser(pages).get('/pkb/style.css')).headers.get('Cache-Control') ?? '',
      /max-age=60$/,
    );
    await app.close();
  });
});

describe('the browser session', () => {
  it('is given by the start page, and nobody without it leaves for PKB', async () => {
    const { pages, app, log } = await startPages();
    const refusing = browser(pages);
    await refusing.get('/pkb/start');
    refusing.cookies.clear();
    assert.equal(location(await refusing.post('/pkb/authorize')), '/pkb/cookies');
    const answer = await refusing.get('/pkb/cookies');
    assert.equal(answer.status, 400);
    assert.match(
      await answer.text(),
      /Your browser did not keep our cookie[\s\S]*href="\/pkb\/start">Try again/,
    );
    assert.equal(log.filter(([event]) => event === 'authorization.asked').length, 0);
    await app.close();
  });

  it('is a __Host- cookie that ends with the pending authorization', async () => {
    const { pages, app } = await startPages();
    const [line = ''] = (await start(browser(pages))).headers.getSetCookie();
    const [pair = '', ...attributes] = line.split('; ');
    assert.match(pair, /^__Host-pkb-link=[A-Za-z0-9_-]{43}$/);
    assert.deepEqual(attributes.sort(), ['HttpOnly', 'Max-Age=3600', 'Path=/', 'SameSite=Lax', 'Secure']);
    await app.close();
  });

  it('does without __Host- and Secure on plain http to this machine', async () => {
    const origin = 'http://localhost:8080';
    const { pages, app } = await startPages({ origin });
    const [line = ''] = (await start(browser(pages, origin))).headers.getSetCookie();
    assert.match(line, /^pkb-link=[A-Za-z0-9_-]{43}; /);
    assert.ok(!line.includes('Secure'));
    await app.close();
  });

  it('is the same for a second tab and is never taken from what is not ours', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    await start(patient);
    const first = patient.cookies.get('__Host-pkb-link');
    await start(patient);
    assert.equal(patient.cookies.get('__Host-pkb-link'), first);
    patient.cookies.set('__Host-pkb-link', 'guessable');
    await start(patient);
    assert.match(patient.cookies.get('__Host-pkb-link') ?? '', /^[A-Za-z0-9_-]{43}$/);
    await app.close();
  });
});

describe('the forms', () => {
  it('are refused from another site, and where nothing says where they come from', async () => {
    const { pages, app, log } = await startPages();
    const refused: Record<string, string>[] = [
      {},
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site', Origin: 'https://partner.example' },
      { 'Sec-Fetch-Site': 'none' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
    ];
    for (const headers of refused) {
      const answer = await pages.request('https://partner.example/pkb/authorize', {
        method: 'POST',
        headers: { ...FORM, ...headers },
      });
      assert.equal(answer.status, 403, JSON.stringify(headers));
      assert.deepEqual(answer.headers.getSetCookie(), []);
    }
    assert.equal(log.filter(([event]) => event === 'failure').length, refused.length);
    assert.equal(log.filter(([event]) => event === 'authorization.asked').length, 0);
    await app.close();
  });

  it('are taken from a browser that knows no Sec-Fetch-Site, by its Origin, behind a proxy too', async () => {
    const { pages, app } = await startPages();
    const answer = await pages.request('http://10.0.0.7:3000/pkb/authorize', {
      method: 'POST',
      headers: { ...FORM, Origin: 'https://partner.example', Cookie: `__Host-pkb-link=${'x'.repeat(43)}` },
    });
    assert.equal(answer.status, 303);
    await app.close();
  });

  it('are refused where they are no form or are too long', async () => {
    const { pages, app } = await startPages();
    const send = (headers: Record<string, string>, body: string) =>
      pages.request('https://partner.example/pkb/confirm', {
        method: 'POST',
        headers: { 'Sec-Fetch-Site': 'same-origin', ...headers },
        body,
      });
    assert.equal((await send({ 'Content-Type': 'application/json' }, '{"linkId":"x"}')).status, 415);
    assert.equal((await send({ 'Content-Type': 'text/plain' }, 'linkId=x')).status, 415);
    assert.equal((await send(FORM, `linkId=${'x'.repeat(9000)}`)).status, 413);
    await app.close();
  });

  it('are refused where the field is missing, double, too long or not text, and the page names it', async () => {
    const { pages, app } = await startPages();
    for (const body of [
      '',
      'linkId=',
      'linkId=a&linkId=b',
      `linkId=${'x'.repeat(101)}`,
      'linkId=%FF',
      'linkId=a%00b',
    ]) {
      const answer = await pages.request('https://partner.example/pkb/confirm', {
        method: 'POST',
        headers: { ...FORM, 'Sec-Fetch-Site': 'same-origin' },
        body,
      });
      assert.equal(answer.status, 400, body);
      assert.match(await answer.text(), /called &quot;linkId&quot;|called "linkId"/);
    }
    await app.close();
  });
});

describe('a problem page', () => {
  it('shows a reference that is one, and nothing else of its address', async () => {
    const { pages, app } = await startPages();
    const patient = browser(pages);
    const ask = async (query: string) => (await patient.get(`/pkb/problem/network${query}`)).text();
    assert.match(await ask('?reference=0123abcd'), /give this reference: 0123abcd/);
    assert.doesNotMatch(await ask('?reference=ABCDEFGH'), /ABCDEFGH|this reference/);
    assert.doesNotMatch(await ask('?reference=%3Cscript%3E'), /<script>|script&gt;/);
    await app.close();
  });

  it('is there for every known code only', async () => {
    const { pages, app } = await startPages();
    for (const code of ['nonsense', 'toString', '__proto__', '%3Cb%3E']) {
      const answer = await browser(pages).get(`/pkb/problem/${code}`);
      assert.equal(answer.status, 404, code);
      assert.match(await answer.text(), /Page not found/);
    }
    await app.close();
  });

  it('is all that is seen of an error that nobody foresaw', async () => {
    const { pages, app, log } = await startPages({
      pages: { account: () => Promise.reject(new RangeError('secret of Ada Okonkwo')) },
    });
    const answer = await browser(pages).get('/pkb');
    assert.equal(answer.status, 500);
    const text = await answer.text();
    assert.doesNotMatch(text, /Ada|RangeError|\.ts:/);
    const [, fields] = log.at(-1) ?? [];
    assert.ok(text.includes(String(fields?.reference)));
    assert.deepEqual(
      { ...fields, reference: undefined },
      { class: 'FaultError', code: 'unforeseen', reference: undefined, thrown: 'RangeError' },
    );
    await app.close();
  });
});

describe('mounting the patient pages', () => {
  it('leaves the rest of the parent alone and brings its own headers, problems and 404 page', async () => {
    const { pages, app } = await startPages();
    const parent = new Hono();
    parent.route('/', pages);
    parent.get('/', (c) => c.text('home'));
    const home = await parent.request('https://partner.example/');
    assert.equal(await home.text(), 'home');
    assert.equal(home.headers.get('Content-Security-Policy'), null);
    const bad = await parent.request('https://partner.example/pkb/finish');
    assert.equal(bad.status, 400);
    assert.match(bad.headers.get('Content-Security-Policy') ?? '', /default-src 'none'/);
    assert.match(await bad.text(), /We could not read that request/);
    const refused = await parent.request('https://partner.example/pkb/confirm', { method: 'POST' });
    assert.equal(refused.status, 403);
    assert.match(await (await parent.request('https://partner.example/pkb/x')).text(), /Page not found/);
    assert.equal(location(await parent.request('https://partner.example/pkb/')), '/pkb');
    await app.close();
  });

  it('is refused at once with options that cannot work', async () => {
    const brand = { appName: 'A', organisation: 'B', supportContact: 'C' };
    for (const [pages, setting] of [
      [{ basePath: '/pkb/' }, 'basePath'],
      [{ basePath: '/elsewhere' }, 'PKB_REDIRECT_URI'],
      [{ homePath: '//evil.example' }, 'homePath'],
      [{ signInPath: 'https://evil.example' }, 'signInPath'],
      [{ brand: { ...brand, appName: ' ' } }, 'brand.appName'],
      [{ brand: { ...brand, supportUrl: 'javascript:alert(1)' } }, 'brand.supportUrl'],
      [{ brand: { ...brand, privacyUrl: { en: '/privacy', cy: 'javascript:x' } } }, 'brand.privacyUrl'],
      [{ brand: { ...brand, supportContact: { en: 'Call us', cy: '' } } }, 'brand.supportContact'],
      [{ brand: { ...brand, supportContact: { en: 'Call us' } as never } }, 'brand.supportContact'],
      [{ brand: { ...brand, accentColour: '#ffcc00' } }, 'brand.accentColour'],
      [{ brand: { ...brand, accentColour: 'red;}' } }, 'brand.accentColour'],
    ] as const) {
      await assert.rejects(
        startPages({ pages }),
        (error) => error instanceof ConfigurationError && error.setting === setting,
        setting,
      );
    }
  });
});

describe('what the pages keep to themselves', () => {
  it('is the name, numbers and public id: no address, cookie or log line holds them', async () => {
    const { pages, app, upstream, log } = await startPages();
    upstream.familyName = 'Nwosu-Canary';
    const patient = browser(pages);
    const addresses: string[] = [];
    const callback = await approve(patient);
    const finish = location(await patient.get(callback));
    addresses.push(finish, location(await patient.get(finish)));
    const confirm = await propose(patient);
    addresses.push(location(await patient.post('/pkb/confirm', { linkId: linkIdIn(confirm) })));
    assert.match(confirm, /Nwosu-Canary/);
    const kept = JSON.stringify([addresses, [...patient.cookies], log]);
    for (const canary of ['Nwosu', 'Canary', '9990000018', '999 000', upstream.publicId, '1987']) {
      assert.ok(!kept.includes(canary), canary);
    }
    await app.close();
  });
});
