import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Hono } from 'hono';
import { api } from '../../src/http/api/api.ts';
import { type HostedPagesOptions, hostedPages } from '../../src/http/pages/hosted-pages.ts';
import { listening } from './listening.ts';
import { type Browser, browser, linkIdIn, location, startPages } from './pages-for-test.ts';

const ORIGIN = 'https://link.example';
const RETURN_URL = 'https://app.example/linked';
const API_KEY = 'key-of-the-partner-0123456789abcdef';

const OPTIONS: HostedPagesOptions = {
  brand: { appName: 'Ridgeway', organisation: 'Ridgeway Clinic', supportContact: 'Call 01632 960 001.' },
  homeUrl: 'https://app.example/',
};

interface Json {
  readonly [name: string]: unknown;
}

/** The service of one process: API and pages, and an upstream that answers by hand. */
async function startHosted(options: Partial<HostedPagesOptions> = {}) {
  const started = await startPages({
    origin: ORIGIN,
    returnAddresses: ['/home', RETURN_URL, 'com.example.app:/done'],
  });
  const { app } = started;
  const hosted = hostedPages(app, { ...OPTIONS, ...options });
  const routes = api(app, { apiKey: API_KEY, pagesUrl: hosted.url });
  const pages = new Hono();
  pages.all('*', (c) => (hosted.covers(c.req.raw) ? hosted.routes : routes).fetch(c.req.raw, c.env));

  async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const response = await routes.request(path, {
      method,
      headers: { Authorization: `Bearer ${API_KEY}`, 'Content-Type': 'application/json', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Json };
  }
  async function arrange(fields: Json = {}): Promise<{ id: string; path: string }> {
    const made = await ask('POST', '/v1/link-sessions', {
      app_user_id: 'ada',
      return_url: RETURN_URL,
      ...fields,
    });
    assert.equal(made.status, 201, made.text);
    return { id: String(made.body.id), path: new URL(String(made.body.url)).pathname };
  }
  return {
    ...started,
    pages,
    ask,
    arrange,
    visitor: () => browser(pages, ORIGIN),
    complete: (id: string, completion: string, appUserId = 'ada') =>
      ask('POST', `/v1/link-sessions/${id}/complete`, { app_user_id: appUserId, completion }),
  };
}

type Hosted = Awaited<ReturnType<typeof startHosted>>;

/** Opens the session, presses the button, approves at PKB and comes back. */
async function grant(patient: Browser, path: string): Promise<URL> {
  assert.equal(location(await patient.get(path)), '/pkb/start');
  return grantFromStart(patient);
}

async function grantFromStart(patient: Browser): Promise<URL> {
  const toPkb = new URL(location(await patient.post('/pkb/authorize')));
  const state = toPkb.searchParams.get('state') ?? '';
  const query = new URLSearchParams({ code: randomBytes(16).toString('hex'), state });
  return new URL(location(await patient.get(`/pkb/callback?${query}`)), ORIGIN);
}

const pathOf = (url: unknown) => new URL(String(url)).pathname;

async function vouchedFor(hosted: Hosted, patient: Browser, page: 'link' | 'connection' = 'link') {
  const { id, path } = await hosted.arrange({ page });
  const back = page === 'link' ? await grant(patient, path) : new URL(location(await patient.get(path)));
  const completed = await hosted.complete(id, back.searchParams.get('completion') ?? '');
  assert.equal(completed.status, 200, completed.text);
  return { id, body: completed.body, next: pathOf(completed.body.next_url) };
}

describe('hosted linking', () => {
  it('leads from the back end’s call to PKB, back to the app, to "is this your record?" and to the app again', async () => {
    const hosted = await startHosted();
    const { app, upstream, ask } = hosted;
    const patient = hosted.visitor();
    const { id, path } = await hosted.arrange();
    assert.match(path, /^\/pkb\/session\/[A-Za-z0-9_-]{43}$/);
    const back = await grant(patient, path);
    assert.equal(back.origin + back.pathname, RETURN_URL);
    assert.equal(back.searchParams.get('session'), id);
    assert.deepEqual(upstream.asked, [], 'nothing is exchanged before the back end has spoken');
    assert.equal((await ask('GET', `/v1/link-sessions/${id}`)).body.state, 'answered');

    const completion = back.searchParams.get('completion') ?? '';
    const completed = await hosted.complete(id, completion);
    assert.equal(completed.status, 200, completed.text);
    assert.equal((completed.body.link as Json).state, 'proposed');
    const again = await hosted.complete(id, completion);
    assert.deepEqual(again.body, completed.body, 'the same answer again');
    assert.equal(upstream.asked.filter((asked) => asked === '/apiToken.action').length, 1);

    const finish = location(await patient.get(pathOf(completed.body.next_url)));
    assert.equal(location(await patient.get(finish)), '/pkb/confirm');
    const confirm = await patient.get('/pkb/confirm');
    assert.match(
      confirm.headers.get('Content-Security-Policy') ?? '',
      /form-action 'self' https:\/\/app\.example com\.example\.app:$/,
    );
    const text = await confirm.text();
    assert.match(text, /Ada Okonkwo/);
    const done = location(await patient.post('/pkb/confirm', { linkId: linkIdIn(text) }));
    assert.equal(done, `${RETURN_URL}?session=${id}`);
    assert.equal((await app.store.findLink('ada'))?.state, 'active');
    assert.equal((await patient.get('/pkb')).status, 404, 'whoever uses this browser next is nobody');
    await app.close();
  });

  it('shows nothing personal, and nothing of a link, before the back end has vouched', async () => {
    const hosted = await startHosted();
    const { app, world, upstream } = hosted;
    const ada = hosted.visitor();
    await vouchedFor(hosted, ada);
    const link = await app.store.findLink('ada');
    await ada.get('/pkb');
    world.now = new Date(world.now.getTime() + 1000);

    // Somebody who was sent an address of Ada's, and a browser that has none.
    const { path } = await hosted.arrange();
    const stranger = hosted.visitor();
    assert.equal(location(await stranger.get(path)), '/pkb/start');
    const asked = upstream.asked.length;
    for (const visitor of [stranger, hosted.visitor()]) {
      for (const page of [
        '',
        '/start',
        '/confirm',
        '/connected',
        '/disconnect',
        '/disconnected',
        '/declined',
        '/finish?authorization=1',
      ]) {
        const response = await visitor.get(`/pkb${page}`);
        assert.doesNotMatch(await response.text(), /Okonkwo|1987|999 000|proposed|already/, page);
      }
      for (const form of ['/confirm', '/decline', '/disconnect']) {
        await visitor.post(`/pkb${form}`, { linkId: link?.id ?? '' });
      }
    }
    assert.equal(upstream.asked.length, asked, 'PKB is not asked for them');
    assert.deepEqual(await app.store.findLink('ada'), link);
    await app.close();
  });

  it('sends whoever comes by no link session to their app', async () => {
    const hosted = await startHosted();
    const lost = await hosted.visitor().get('/pkb/start');
    assert.equal(lost.status, 404);
    assert.match(
      await lost.text(),
      /Open this page from your app[\s\S]*href="https:\/\/app\.example\/">Go to Ridgeway/,
    );
    assert.equal((await hosted.visitor().post('/pkb/authorize')).status, 404);
    await hosted.app.close();
  });

  it('exchanges and links nothing where another account is signed in, and says so', async () => {
    const hosted = await startHosted();
    const { app, upstream } = hosted;
    const { id, path } = await hosted.arrange({ app_user_id: 'bob' });
    const victim = hosted.visitor();
    const back = await grant(victim, path);
    const refused = await hosted.complete(id, back.searchParams.get('completion') ?? '', 'ada');
    assert.deepEqual([refused.status, refused.body.code], [400, 'different-account']);
    assert.equal(refused.headers.get('content-type'), 'application/problem+json');
    assert.deepEqual(upstream.asked, []);
    for (const appUserId of ['ada', 'bob']) assert.equal(await app.store.findLink(appUserId), undefined);
    assert.equal((await app.store.listAccountEvents('bob')).at(-1)?.type, 'link.completion_refused');
    const told = await victim.get(pathOf(refused.body.next_url));
    assert.match(await told.text(), /You are logged in with a different account/);
    await app.close();
  });

  it('may be kept where an answer says so and nowhere else, and its log lines name the request', async (t) => {
    const s = await startHosted();
    const ask = await listening(t, s.pages);
    const page = await ask('/pkb/cookies');
    const [, style = ''] = /href="([^"]*style\.css[^"]*)"/.exec(await page.text()) ?? [];
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.match((await ask(style)).headers.get('cache-control') ?? '', /^public, max-age=\d+, immutable$/);

    const failed = await ask('/pkb/session/nobodys');
    assert.equal(failed.headers.get('cache-control'), 'no-store');
    const [, line] = s.log.find(([event]) => event === 'failure') ?? [];
    assert.ok(line);
    assert.equal(line.request_id, failed.headers.get('x-request-id'));
  });

  it('says kindly that a link has been used', async () => {
    const hosted = await startHosted();
    const patient = hosted.visitor();
    const { id, path } = await hosted.arrange();
    const back = await grant(patient, path);
    const elsewhere = await hosted.visitor().get(path);
    assert.equal(elsewhere.status, 400);
    assert.match(await elsewhere.text(), /This link has been used/);
    await hosted.complete(id, back.searchParams.get('completion') ?? '');
    const used = await patient.get(path);
    assert.equal(used.status, 400);
    assert.match(
      await used.text(),
      new RegExp(`This link has been used[\\s\\S]*href="${RETURN_URL}\\?session=${id}"`),
    );
    await hosted.app.close();
  });

  it('ends a denied grant on its own page, with the way back to the app, and tells the back end', async () => {
    const hosted = await startHosted();
    const patient = hosted.visitor();
    const { id, path } = await hosted.arrange();
    await patient.get(path);
    const state = new URL(location(await patient.post('/pkb/authorize'))).searchParams.get('state');
    const denied = location(await patient.get(`/pkb/callback?error=access_denied&state=${state}`));
    const text = await (await patient.get(denied)).text();
    assert.match(text, /You are not connected/);
    assert.ok(text.includes(`href="${RETURN_URL}?session=${id}"`), 'without a completion');
    assert.doesNotMatch(text, /completion/);
    const { body } = await hosted.ask('GET', `/v1/link-sessions/${id}`);
    assert.deepEqual([body.state, body.failure], ['opened', 'access-denied']);
    hosted.world.now = new Date(hosted.world.now.getTime() + 1000);
    assert.ok((await grantFromStart(patient)).searchParams.get('completion'), 'and they may try again');
    await hosted.app.close();
  });

  it('keeps the place while PKB is away: the back end may ask again, or the patient may', async () => {
    const hosted = await startHosted();
    const { upstream } = hosted;
    const patient = hosted.visitor();
    const { id, path } = await hosted.arrange();
    const completion = (await grant(patient, path)).searchParams.get('completion') ?? '';
    upstream.trouble = { $purview: 503 };
    const away = await hosted.complete(id, completion);
    assert.equal(away.status, 503, away.text);
    const finish = location(await patient.get(pathOf(away.body.next_url)));
    const kept = await patient.get(finish);
    assert.equal(kept.status, 503);
    assert.match(await kept.text(), /We have kept your place/);
    upstream.trouble = {};
    assert.equal((await hosted.complete(id, completion)).status, 200);
    assert.equal(location(await patient.get(finish)), '/pkb/confirm');
    await hosted.app.close();
  });

  it('tells a conflict to the back end and, on its own page, to the patient', async () => {
    const hosted = await startHosted();
    const patient = hosted.visitor();
    const { id, path } = await hosted.arrange({ expected: { birth_date: '1901-01-01' } });
    const back = await grant(patient, path);
    const refused = await hosted.complete(id, back.searchParams.get('completion') ?? '');
    assert.deepEqual([refused.status, refused.body.code], [409, 'demographics-mismatch']);
    assert.equal(await hosted.app.store.findLink('ada'), undefined);
    const finish = location(await patient.get(pathOf(refused.body.next_url)));
    const told = await patient.get(finish);
    assert.equal(told.status, 409);
    const text = await told.text();
    assert.match(text, /The details do not match/);
    assert.doesNotMatch(text, /Okonkwo|1987/);
    const { body } = await hosted.ask('GET', `/v1/link-sessions/${id}`);
    assert.deepEqual([body.state, body.failure], ['completed', 'demographics-mismatch']);
    await hosted.app.close();
  });

  it('shows how the record compares with whom the app expects', async () => {
    const hosted = await startHosted();
    const patient = hosted.visitor();
    const expected = { birth_date: '1987-03-05', family_name: 'Smith', nhs_number: '999 000 0018' };
    const { id, path } = await hosted.arrange({ expected });
    const back = await grant(patient, path);
    const { body } = await hosted.complete(id, back.searchParams.get('completion') ?? '');
    assert.deepEqual((body.link as Json).comparison, {
      birth_date: 'match',
      family_name: 'unknown',
      nhs_number: 'match',
    });
    await patient.get(pathOf(body.next_url));
    const text = await (await patient.get('/pkb/confirm')).text();
    assert.match(text, /cannot (tell|check)/, 'the family name, which is another');
    await hosted.app.close();
  });

  it('has nothing left to ask where the same record is granted again', async () => {
    const hosted = await startHosted();
    const { world } = hosted;
    const patient = hosted.visitor();
    const { body, next } = await vouchedFor(hosted, patient);
    await patient.get(next);
    await patient.post('/pkb/confirm', { linkId: String((body.link as Json).link) });
    world.now = new Date(world.now.getTime() + 1000);
    const { id, path } = await hosted.arrange();
    const back = await grant(patient, path);
    const again = await hosted.complete(id, back.searchParams.get('completion') ?? '');
    assert.equal(again.body.next_url, `${RETURN_URL}?session=${id}`);
    assert.equal((again.body.link as Json).state, 'active');
    await hosted.app.close();
  });

  it('is for one person after the other in one browser: a new session takes the old one’s pages away', async () => {
    const hosted = await startHosted();
    const { world } = hosted;
    const shared = hosted.visitor();
    const { next } = await vouchedFor(hosted, shared);
    await shared.get(next);
    assert.match(await (await shared.get('/pkb/confirm')).text(), /Okonkwo/);
    world.now = new Date(world.now.getTime() + 1000);
    const { path } = await hosted.arrange({ app_user_id: 'bob' });
    await shared.get(path);
    assert.equal(location(await shared.get('/pkb/confirm')), '/pkb/start');
    await hosted.app.close();
  });

  it('shows nothing to a copy of the browser’s cookie that is older than the back end’s word', async () => {
    const hosted = await startHosted();
    const patient = hosted.visitor();
    const { path } = await hosted.arrange();
    await patient.get(path);
    const thief = hosted.visitor();
    for (const [name, value] of patient.cookies) thief.cookies.set(name, value);
    hosted.world.now = new Date(hosted.world.now.getTime() + 1000);
    const { next } = await vouchedFor(hosted, patient);
    await patient.get(next);
    assert.equal((await patient.get('/pkb/confirm')).status, 200);
    assert.doesNotMatch(await (await thief.get('/pkb/confirm')).text(), /Okonkwo/);
    await hosted.app.close();
  });

  it('is over for a browser half an hour after the back end vouched for it', async () => {
    const hosted = await startHosted();
    const { world } = hosted;
    const patient = hosted.visitor();
    const { next } = await vouchedFor(hosted, patient);
    await patient.get(next);
    world.now = new Date(world.now.getTime() + 30 * 60_000 + 1000);
    assert.equal((await patient.get('/pkb/confirm')).status, 404);
    await hosted.app.close();
  });
});

describe('looking after a link on hosted pages', () => {
  async function linked(hosted: Hosted): Promise<Browser> {
    const patient = hosted.visitor();
    const { body, next } = await vouchedFor(hosted, patient);
    await patient.get(next);
    await patient.post('/pkb/confirm', { linkId: String((body.link as Json).link) });
    hosted.world.now = new Date(hosted.world.now.getTime() + 3600_000);
    return hosted.visitor();
  }

  it('asks the back end first, then shows the connection and ends it', async () => {
    const hosted = await startHosted();
    const patient = await linked(hosted);
    const { body, next, id } = await vouchedFor(hosted, patient, 'connection');
    assert.equal((body.link as Json).state, 'active');
    assert.equal(location(await patient.get(next)), '/pkb');
    assert.match(await (await patient.get('/pkb')).text(), /Ada Okonkwo/);
    assert.equal(location(await patient.post('/pkb/disconnect')), '/pkb/disconnected');
    const ended = await (await patient.get('/pkb/disconnected')).text();
    assert.ok(ended.includes(`href="${RETURN_URL}?session=${id}"`));
    assert.equal(await hosted.app.store.findLink('ada'), undefined);
    await hosted.app.close();
  });

  it('lets somebody who is vouched for connect again, without another round', async () => {
    const hosted = await startHosted();
    const patient = await linked(hosted);
    const { next } = await vouchedFor(hosted, patient, 'connection');
    await patient.get(next);
    const finish = await grantFromStart(patient);
    assert.equal(finish.pathname, '/pkb/finish');
    assert.equal(location(await patient.get(finish.pathname + finish.search)), '/pkb');
    await hosted.app.close();
  });

  it('shows nobody the connection whose browser was not sent on by the back end', async () => {
    const hosted = await startHosted();
    await linked(hosted);
    const { id, path } = await hosted.arrange({ page: 'connection' });
    const visitor = hosted.visitor();
    const back = new URL(location(await visitor.get(path)));
    // Opened without being signed in to the app: back to the app, again and again.
    assert.equal(location(await visitor.get('/pkb')), back.href);
    assert.equal(location(await visitor.get('/pkb/start')), back.href);
    const { body } = await hosted.complete(id, back.searchParams.get('completion') ?? '');
    assert.equal(
      (await visitor.get('/pkb')).status,
      404,
      'completed, but the browser did not bring the proof',
    );
    const elsewhere = hosted.visitor();
    const refused = await elsewhere.get(pathOf(body.next_url));
    assert.match(await refused.text(), /different browser/);
    await hosted.app.close();
  });
});

describe('/v1/link-sessions', () => {
  it('needs the API key and says what is wrong with a call, by its field', async () => {
    const hosted = await startHosted();
    const good = { app_user_id: 'ada', return_url: RETURN_URL };
    const wrong: readonly [unknown, number, string, string][] = [
      [{ ...good, return_url: 'https://evil.example/' }, 400, 'return-to-not-allowed', 'return_url'],
      [{ ...good, return_url: `${RETURN_URL}/` }, 400, 'return-to-not-allowed', 'return_url'],
      [{ ...good, return_url: '/home' }, 400, 'return-to-not-allowed', 'return_url'],
      [{ ...good, app_user_id: '' }, 400, 'bad-input', 'app_user_id'],
      [{ return_url: RETURN_URL }, 400, 'bad-input', 'app_user_id'],
      [{ ...good, page: 'other' }, 400, 'bad-input', 'page'],
      [{ ...good, language: 'fr' }, 400, 'bad-input', 'language'],
      [{ ...good, more: 1 }, 400, 'bad-input', 'more'],
      [{ ...good, expected: { birth_date: '1987-13-01' } }, 400, 'bad-input', 'expected.birth_date'],
      [{ ...good, expected: { nhs_number: 9990000018 } }, 400, 'bad-input', 'expected.nhs_number'],
      [{ ...good, expected: { dob: '1987-03-05' } }, 400, 'bad-input', 'expected.dob'],
      ['{', 400, 'bad-input', 'body'],
      ['[]', 400, 'bad-input', 'body'],
      [`"${'x'.repeat(20_000)}"`, 400, 'bad-input', 'body'],
    ];
    for (const [body, status, code, field] of wrong) {
      const answer = await hosted.ask('POST', '/v1/link-sessions', body);
      assert.deepEqual(
        [answer.status, answer.body.code, answer.body.field],
        [status, code, field],
        answer.text,
      );
      assert.equal(answer.headers.get('content-type'), 'application/problem+json');
      assert.doesNotMatch(answer.text, /evil\.example/);
    }
    const form = await hosted.ask('POST', '/v1/link-sessions', good, { 'Content-Type': 'text/plain' });
    assert.deepEqual([form.status, form.body.field], [400, 'content-type']);
    const keyless = await hosted.ask('POST', '/v1/link-sessions', good, { Authorization: '' });
    assert.equal(keyless.status, 401);
    for (const [path, allow] of [
      ['/v1/link-sessions', 'POST'],
      ['/v1/link-sessions/x', 'GET, HEAD'],
      ['/v1/link-sessions/x/complete', 'POST'],
    ] as const) {
      const answer = await hosted.ask('DELETE', path);
      assert.deepEqual([answer.status, answer.headers.get('allow')], [405, allow]);
    }
    assert.equal((await hosted.ask('GET', '/v1/link-sessions/x')).status, 404);
    await hosted.app.close();
  });

  it('answers whatever it is sent, and never with a fault', async () => {
    const hosted = await startHosted();
    const good = { app_user_id: 'ada', return_url: RETURN_URL, expected: { family_name: 'x' }, page: 'link' };
    const member = fc.oneof(fc.constantFrom(...Object.keys(good), 'completion', '__proto__'), fc.string());
    const body = fc.oneof(
      fc.json(),
      fc.string(),
      fc
        .tuple(member, fc.jsonValue())
        .map(([name, value]) =>
          JSON.stringify(Object.assign({ ...good }, Object.fromEntries([[name, value]]))),
        ),
    );
    const id = fc.oneof(fc.uuid(), fc.constantFrom('%00', '%ff', '..', 'x'.repeat(300)), fc.webSegment());
    await fc.assert(
      fc.asyncProperty(id, body, async (sessionId, sent) => {
        for (const [method, path] of [
          ['POST', '/v1/link-sessions'],
          ['POST', `/v1/link-sessions/${sessionId}/complete`],
          ['GET', `/v1/link-sessions/${sessionId}`],
        ] as const) {
          const { status, text } = await hosted.ask(method, path, method === 'POST' ? sent : undefined);
          assert.ok([200, 201, 400, 404, 405].includes(status), `${method} ${path} ${sent}: ${text}`);
        }
      }),
      { numRuns: 150 },
    );
    await hosted.app.close();
  });

  it('keeps its secrets and what is expected out of the log', async () => {
    const hosted = await startHosted();
    const patient = hosted.visitor();
    const expected = { family_name: 'Expected-Canary' };
    const { id, path } = await hosted.arrange({ expected });
    const back = await grant(patient, path);
    const completion = back.searchParams.get('completion') ?? '';
    const { body } = await hosted.complete(id, completion);
    await patient.get(pathOf(body.next_url));
    const secrets = [path.split('/').at(-1), completion, pathOf(body.next_url).split('/').at(-1), 'Canary'];
    const logged = JSON.stringify(hosted.log);
    for (const secret of secrets) assert.ok(secret && !logged.includes(secret), secret);
    await hosted.app.close();
  });

  it('is not there where no pages are hosted, and says whose move it is', async () => {
    const { app } = await startHosted();
    const routes = api(app, { apiKey: API_KEY });
    const answer = await routes.request('/v1/link-sessions', {
      method: 'POST',
      headers: { Authorization: `Bearer ${API_KEY}` },
    });
    assert.equal(answer.status, 404);
    assert.match(await answer.text(), /PKB_LINK_APP_NAME/);
    await app.close();
  });
});

describe('hosted pages', () => {
  it('start only with settings that can work, and name the one that cannot', async () => {
    const { app } = await startHosted();
    const { brand } = OPTIONS;
    for (const [options, setting] of [
      [{ brand: { ...brand, accentColour: '#ffff00' } }, 'PKB_LINK_ACCENT_COLOUR'],
      [{ brand: { ...brand, supportUrl: '/help' } }, 'PKB_LINK_SUPPORT_URL'],
      [{ brand: { ...brand, privacyUrl: 'javascript:1' } }, 'PKB_LINK_PRIVACY_URL'],
    ] as const) {
      assert.throws(() => hostedPages(app, { ...OPTIONS, ...options }), { setting });
    }
    const paths = { ...app, returnAddresses: ['/home'] as const };
    assert.throws(() => hostedPages(paths, OPTIONS), { setting: 'PKB_LINK_RETURN_ADDRESSES' });
    for (const redirectUri of ['https://link.example/callback', 'https://link.example/v1/callback']) {
      const { provider } = app;
      const moved = { ...app, provider: { ...provider, settings: { ...provider.settings, redirectUri } } };
      assert.throws(() => hostedPages(moved, OPTIONS), { setting: 'PKB_REDIRECT_URI' });
    }
    await app.close();
  });
});
