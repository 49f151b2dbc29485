import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { listen } from '../../src/cli/listen.ts';
import { api } from '../../src/http/api/api.ts';
import type { Connection } from '../../src/http/connection.ts';
import { createLimits, type LimitSettings } from '../../src/http/limits.ts';
import { hostedPages } from '../../src/http/pages/hosted-pages.ts';
import { sha256 } from '../../src/sha256.ts';
import { linked, type StoryOptions, story } from '../flow/story.ts';

const API_KEY = 'key-of-the-partner-0123456789abcdef';
const KEY = { authorization: `Bearer ${API_KEY}` };
const RETURN_URL = 'https://app.example/linked';
const TOKEN = '/v1/links/account-1/access-token';
const READ = '/v1/links/account-1/rest/measurements';

/** API and pages as one process serves them, and a clock and a delay that the test sets. */
async function limited(t: TestContext, settings: Partial<LimitSettings> = {}, options: StoryOptions = {}) {
  const told = await story(t, {
    ...options,
    app: { returnAddresses: ['/home', RETURN_URL], ...options.app },
  });
  const machine = { lateMs: 0, now: 1_000 };
  const limits = createLimits(
    { perAddress: 1000, perKey: 1000, underWay: 4, trustedProxies: [], ...settings },
    () => undefined,
    { lateMs: () => machine.lateMs, now: () => machine.now },
  );
  t.after(() => limits.close());
  const pages = hostedPages(told.app, {
    brand: { appName: 'Ridgeway', organisation: 'Ridgeway Clinic', supportContact: 'Call us.' },
    homeUrl: 'https://app.example/',
    limits,
  });
  const routes = api(told.app, { apiKey: API_KEY, pagesUrl: pages.url, limits });

  const from = (address: string, headers: Record<string, string>) => ({
    incoming: { socket: { remoteAddress: address }, headers },
  });
  return {
    ...told,
    machine,
    answer: (request: Request, connection: Connection) => routes.fetch(request, connection),
    async ask(path: string, init: RequestInit = {}, address = '192.0.2.1') {
      const headers = { ...KEY, ...(init.headers as Record<string, string>) };
      return routes.request(path, { ...init, headers }, from(address, headers));
    },
    visit: async (path: string, headers: Record<string, string> = {}, address = '192.0.2.1') =>
      pages.routes.request(`https://app.example/pkb${path}`, { headers }, from(address, headers)),
    newSession: {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ app_user_id: 'ada', return_url: RETURN_URL }),
    },
  };
}

/** A PKB whose REST API answers when it is told to. */
async function slowPkb(t: TestContext) {
  const waiting: ServerResponse[] = [];
  const asked: (() => void)[] = [];
  const server = createServer((_, response) => {
    waiting.push(response);
    asked.shift()?.();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    restBaseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/json`,
    /** Resolves when the next request has come. */
    asked: () => new Promise<void>((resolve) => asked.push(resolve)),
    answer: (body = '{}') => {
      for (const response of waiting.splice(0)) response.end(body);
    },
  };
}

/** New work is taken again as soon as what was under way is over. */
async function untilTaken(url: string, session: RequestInit): Promise<void> {
  const init = { ...session, headers: { ...KEY, ...session.headers } };
  while ((await fetch(`${url}/v1/link-sessions`, init)).status === 503);
}

async function isTurnedAway(response: Response, status: 429 | 503): Promise<void> {
  assert.equal(response.status, status);
  assert.match(response.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
  assert.equal(response.headers.get('pkb-link-failure'), status === 429 ? 'too-many-requests' : 'overloaded');
}

describe('a process with more to do than it can', () => {
  it('turns new work away, hands out the tokens that it has, and takes all again when there is room', async (t) => {
    const pkb = await slowPkb(t);
    const s = await limited(t, { underWay: 4 }, { app: { provider: { restBaseUrl: pkb.restBaseUrl } } });
    await linked(s);
    const held: Promise<Response>[] = [];
    for (let n = 0; n < 2; n += 1) {
      const asked = pkb.asked();
      held.push(s.ask(READ));
      await asked;
    }

    await isTurnedAway(await s.ask(READ), 503);
    await isTurnedAway(await s.ask('/v1/link-sessions', s.newSession), 503);
    const page = await s.visit('/start');
    await isTurnedAway(page, 503);
    assert.match(await page.text(), /This service is very busy/);
    assert.equal((await s.ask('/v1/links/account-1')).status, 200, 'what was begun goes on');
    assert.notEqual((await s.visit('/callback?state=x&code=y')).status, 503, 'and so does who comes back');
    assert.equal((await s.ask(TOKEN, { method: 'POST' })).status, 200);

    pkb.answer();
    for (const answer of held) assert.equal((await answer).status, 200);
    assert.equal((await s.ask('/v1/link-sessions', s.newSession)).status, 201);
  });

  it('when its turns come too late, hands out tokens that are good and asks PKB for no other', async (t) => {
    const s = await limited(t);
    await linked(s);
    s.machine.lateMs = 10_000;
    assert.equal((await s.ask(TOKEN, { method: 'POST' })).status, 200);
    await isTurnedAway(await s.ask('/v1/links/account-1'), 503);
    const before = s.simulator.received('token').length;
    s.advance(1801);
    await isTurnedAway(await s.ask(TOKEN, { method: 'POST' }), 503);
    assert.equal(s.simulator.received('token').length, before);
    s.machine.lateMs = 0;
    assert.equal((await s.ask(TOKEN, { method: 'POST' })).status, 200);
    assert.equal((await s.ask('/healthz')).status, 200);
  });

  it('has room again when a caller has gone, and not before an answer has been read', async (t) => {
    const pkb = await slowPkb(t);
    const s = await limited(t, { underWay: 2 }, { app: { provider: { restBaseUrl: pkb.restBaseUrl } } });
    await linked(s);
    const { url, stop } = await listen(s.answer, { host: '127.0.0.1', port: 0 });
    t.after(() => stop());
    const gone = new AbortController();
    const first = pkb.asked();
    const call = fetch(url + READ, { headers: KEY, signal: gone.signal });
    await first;
    await isTurnedAway(await fetch(url + READ, { headers: KEY }), 503);
    gone.abort();
    await assert.rejects(call);
    await untilTaken(url, s.newSession);

    // More than the sockets between hold: it is under way until somebody reads it.
    const second = pkb.asked();
    const large = fetch(url + READ, { headers: KEY });
    await second;
    pkb.answer('x'.repeat(32 * 1024 * 1024));
    const answer = await large;
    await isTurnedAway(await fetch(url + READ, { headers: KEY }), 503);
    assert.equal((await answer.text()).length, 32 * 1024 * 1024);
    await untilTaken(url, s.newSession);
    const third = pkb.asked();
    const last = fetch(url + READ, { headers: KEY });
    await third;
    pkb.answer();
    assert.equal((await last).status, 200);
  });
});

describe('one caller among many', () => {
  it('with a key may ask so often in a second', async (t) => {
    const s = await limited(t, { perKey: 3 });
    await s.app.store.addApiKey({
      id: 'other',
      name: 'other',
      access: 'read',
      keyHash: sha256('another-key'),
      createdAt: s.app.now(),
      by: 'app',
    });
    for (let n = 0; n < 3; n += 1) assert.equal((await s.ask('/v1/links')).status, 200);
    await isTurnedAway(await s.ask('/v1/links'), 429);
    await isTurnedAway(await s.ask('/v1/links', {}, '192.0.2.9'), 429);
    const other = { headers: { authorization: 'Bearer another-key' } };
    assert.equal((await s.ask('/v1/links', other)).status, 200, 'another key is another caller');
    s.machine.now += 1_000;
    assert.equal((await s.ask('/v1/links')).status, 200);
  });

  it('that tries keys is not even told that they are wrong', async (t) => {
    const s = await limited(t, { perAddress: 3 });
    const wrong = { headers: { authorization: 'Bearer guess' } };
    assert.equal((await s.ask('/v1/links')).status, 200);
    for (let n = 0; n < 4; n += 1) assert.equal((await s.ask('/v1/links', wrong)).status, 401);
    await isTurnedAway(await s.ask('/v1/links', wrong), 429);
    assert.equal((await s.ask('/v1/links', wrong, '192.0.2.9')).status, 401);
    assert.equal(
      (await s.ask('/v1/links')).status,
      200,
      'who had a key before is not shut out by a neighbour',
    );
    s.machine.now += 60_000;
    assert.equal((await s.ask('/v1/links')).status, 200);
  });

  it('may load so many pages a minute, and is shown a page that says so in its language', async (t) => {
    const s = await limited(t, { perAddress: 2 });
    for (let n = 0; n < 2; n += 1) assert.notEqual((await s.visit('/start')).status, 429);
    const page = await s.visit('/start?anyway=yes', { 'accept-language': 'cy' });
    await isTurnedAway(page, 429);
    const said = await page.text();
    assert.match(said, /yn brysur iawn/);
    const [, style = ''] = /rel="stylesheet" href="\/pkb([^"]*)"/.exec(said) ?? [];
    assert.equal((await s.visit(style)).status, 200, 'and the page is not bare');
    assert.match(
      said,
      /class="button" href="\/pkb\/start\?anyway=yes"/,
      'from it the same can be asked again',
    );
    assert.notEqual((await s.visit('/start', {}, '192.0.2.9')).status, 429);
    s.machine.now += 60_000;
    assert.notEqual((await s.visit('/start')).status, 429);
  });

  it('is the address that a trusted proxy names, and nobody else’s word', async (t) => {
    const s = await limited(t, { perAddress: 1, trustedProxies: ['10.0.0.0/8', '2001:db8::/32'] });
    const seen = async (forwarded: string, connected: string) =>
      (await s.visit('/start', { 'x-forwarded-for': forwarded }, connected)).status === 429;
    assert.equal(await seen('203.0.113.1', '10.0.0.1'), false);
    assert.equal(await seen('203.0.113.2', '::ffff:10.0.0.1'), false, 'another person behind the same proxy');
    assert.equal(
      await seen('198.51.100.7, 203.0.113.1', '10.0.0.2'),
      true,
      'a line of their own changes nothing',
    );
    assert.equal(await seen('203.0.113.1, 10.0.0.9', '2001:db8::1'), true, 'two proxies in a row');
    assert.equal(await seen('203.0.113.50', '192.0.2.1'), false);
    assert.equal(await seen('203.0.113.51', '192.0.2.1'), true, 'who is no proxy is who it is');
    assert.equal(await seen('2a00:1:2:3::5', '10.0.0.1'), false);
    assert.equal(await seen('2a00:1:2:3:ffff::9', '10.0.0.1'), true, 'one line has a /64 of IPv6');
    assert.equal(await seen('2a00:1:2:4::5', '10.0.0.1'), false);
  });
});

describe('a client that is slow', () => {
  async function slow(t: TestContext, patience: Parameters<typeof listen>[3]) {
    const never = new Promise<Response>(() => undefined);
    const server = await listen(
      async (request) => {
        if (request.url.endsWith('/never')) return never;
        await request.text();
        return new Response('answered');
      },
      { host: '127.0.0.1', port: 0 },
      undefined,
      { connectionsCheckingInterval: 20, ...patience },
    );
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    t.after(() => socket.destroy());
    await once(socket, 'connect');
    return { socket, said: text(socket) };
  }

  it('has so long for the head of a request', async (t) => {
    const { socket, said } = await slow(t, { headersTimeout: 100, requestTimeout: 60_000 });
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ');
    assert.match(await said, /^HTTP\/1\.1 408 /);
  });

  it('has so long for all of it', async (t) => {
    const { socket, said } = await slow(t, { headersTimeout: 100, requestTimeout: 200 });
    socket.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
    assert.match(await said, /^HTTP\/1\.1 408 /);
  });

  it('may not be silent for ever', async (t) => {
    const { socket, said } = await slow(t, { timeout: 100 });
    socket.write('GET /never HTTP/1.1\r\nHost: a\r\n\r\n');
    assert.equal(await said, '');
  });

  it('may send no more to PKB than there is room for', async (t) => {
    const s = await limited(t);
    await linked(s);
    const body = 'x'.repeat(10 * 1024 * 1024 + 1);
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const answer = await s.ask('/v1/links/account-1/rest/measurements', { method: 'POST', body, headers });
    assert.deepEqual([answer.status, answer.headers.get('pkb-link-failure')], [413, 'bad-request']);
  });
});
