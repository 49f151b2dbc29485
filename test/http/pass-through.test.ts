import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { refresh } from '../../src/flow/refresh.ts';
import { api } from '../../src/http/api/api.ts';
import { linked, proposed, type StoryOptions, story } from '../flow/story.ts';
import { listening } from './listening.ts';

const API_KEY = 'key-of-the-partner-0123456789abcdef';
const KEY = { authorization: `Bearer ${API_KEY}` };

async function served(t: TestContext, options: StoryOptions = {}) {
  const told = await story(t, options);
  const asked = await listening(t, api(told.app, { apiKey: API_KEY }));
  const ask = (path: string, init: RequestInit = {}) =>
    asked(path, { ...init, headers: { ...KEY, ...(init.headers as Record<string, string>) } });
  return { ...told, ask };
}

/** A PKB whose FHIR API answers as it is told. */
async function upstream(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
) {
  const server = createServer(answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const fhirBaseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
  return served(t, { app: { provider: { fhirBaseUrl } } });
}

/** The link is made at the simulator; what comes afterwards goes to the other server. */
const CONFIRMED = '/v1/links/account-1';

describe('the pass-through', () => {
  it('hands on what PKB answers, with a token that is fresh', async (t) => {
    const s = await served(t);
    const { publicId } = await linked(s);
    s.advance(1801);
    const patient = await s.ask(`${CONFIRMED}/fhir/Patient/${publicId}`);
    assert.equal(patient.status, 200);
    assert.match(patient.headers.get('content-type') ?? '', /^application\/fhir\+json/);
    assert.equal(patient.headers.get('pkb-link-failure'), null);
    assert.equal(patient.headers.get('cache-control'), 'no-store');
    assert.equal(((await patient.json()) as { id: string }).id, publicId);

    const self = await s.ask(`${CONFIRMED}/rest/users/self`);
    assert.equal(((await self.json()) as { patient: boolean }).patient, true);
    const { accessToken } = await refresh(s.app, { appUserId: 'account-1' });
    assert.equal(s.simulator.received('users-self').at(-1)?.headers.authorization, `Bearer ${accessToken}`);
  });

  it('keeps PKB’s own refusals, and tells them from ours', async (t) => {
    const s = await served(t);
    await linked(s);
    const refused = await s.ask(`${CONFIRMED}/fhir/Patient/00000000-0000-4000-8000-000000000000`);
    assert.equal(refused.headers.get('pkb-link-failure'), null);
    assert.notEqual(refused.headers.get('content-type'), 'application/problem+json');
    assert.ok([403, 404].includes(refused.status));

    for (const [path, code, status] of [
      ['/v1/links/nobody/fhir/Patient/x', 'unknown-link', 404],
      [`${CONFIRMED}/fhir/%2e%2e/json/users/self`, 'bad-request', 404],
    ] as const) {
      const ours = await s.ask(path);
      assert.deepEqual([ours.status, ours.headers.get('pkb-link-failure')], [status, code], path);
      assert.equal(ours.headers.get('content-type'), 'application/problem+json');
    }
    s.advance(1801);
    s.simulator.next('token', { status: 400, body: { error: 'invalid_grant' } });
    const ended = await s.ask(`${CONFIRMED}/rest/users/self`);
    assert.deepEqual([ended.status, ended.headers.get('pkb-link-failure')], [409, 'refresh-token-rejected']);
  });

  it('serves nobody without a key, and no proposal', async (t) => {
    const s = await served(t);
    await proposed(s);
    assert.equal((await s.ask(`${CONFIRMED}/rest/users/self`)).status, 404);
    assert.equal(
      (await s.ask(`${CONFIRMED}/rest/users/self`, { headers: { authorization: '' } })).status,
      401,
    );
  });

  it('lets through what is about the request, and no cookie, no key, nothing of the connection', async (t) => {
    const s = await served(t);
    await linked(s);
    s.simulator.next('users-self', {
      status: 200,
      body: '{}',
      headers: {
        'set-cookie': 'a=b',
        'x-internal': 'yes',
        etag: '"7"',
        'retry-after': '3',
        'pkb-link-failure': 'no',
      },
    });
    const answer = await s.ask(`${CONFIRMED}/rest/users/self`, {
      headers: {
        cookie: 'session=canary',
        'x-api-key': 'canary',
        'if-none-match': '"6"',
        accept: 'application/json;v=2',
        te: 'trailers',
        'proxy-authorization': 'canary',
      },
    });
    const sent = s.simulator.received('users-self').at(-1)?.headers ?? {};
    assert.doesNotMatch(JSON.stringify(sent), /canary/);
    assert.doesNotMatch(JSON.stringify(sent), new RegExp(API_KEY));
    assert.deepEqual(
      [sent['if-none-match'], sent.accept, sent.te],
      ['"6"', 'application/json;v=2', undefined],
    );
    assert.deepEqual(
      ['etag', 'retry-after', 'set-cookie', 'x-internal', 'pkb-link-failure'].map((name) =>
        answer.headers.get(name),
      ),
      ['"7"', '3', null, null, null],
    );
  });

  it('keeps path and query as they came', async (t) => {
    const asked: (string | undefined)[] = [];
    const s = await upstream(t, (request, response) => {
      asked.push(request.url);
      response.writeHead(200, { 'content-type': 'application/fhir+json' }).end('{}');
    });
    const simulator = new URL(s.simulator.url);
    const { fhirBaseUrl } = s.app.provider.settings;
    assert.notEqual(new URL(fhirBaseUrl).host, simulator.host);
    await addedLink(s);
    await s.ask(`${CONFIRMED}/fhir/Observation?category=http%3A%2F%2Fa%7CB&date=ge2026-01-01&date=lt2027`);
    await s.ask(`${CONFIRMED}/fhir//elsewhere.example/Patient`);
    assert.deepEqual(asked, [
      '/fhir/Observation?category=http%3A%2F%2Fa%7CB&date=ge2026-01-01&date=lt2027',
      '/fhir//elsewhere.example/Patient',
    ]);
  });

  it('streams: the caller has the first part before PKB has sent the last', async (t) => {
    const pending = Promise.withResolvers<ServerResponse>();
    const s = await upstream(t, (_, response) => {
      response.writeHead(200, { 'content-type': 'application/fhir+json' }).write('{"first":1,');
      pending.resolve(response);
    });
    await addedLink(s);
    const answer = await s.ask(`${CONFIRMED}/fhir/Observation`);
    const reader = answer.body?.getReader();
    const first = await reader?.read();
    assert.equal(new TextDecoder().decode(first?.value), '{"first":1,');
    (await pending.promise).end('"last":2}');
    assert.equal(new TextDecoder().decode((await reader?.read())?.value), '"last":2}');
  });

  it('sends a body once, as it comes, and a write never twice', async (t) => {
    const bodies: string[] = [];
    const s = await upstream(t, async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      bodies.push(`${request.method} ${request.headers['content-type']} ${body}`);
      response.writeHead(401).end();
    });
    await addedLink(s);
    const headers = { 'content-type': 'application/fhir+json' };
    const refused = await s.ask(`${CONFIRMED}/fhir/Observation`, {
      method: 'POST',
      body: '{"a":1}',
      headers,
    });
    // PKB's own 401, or what became of the refresh that it caused: the write is not sent again in either case.
    assert.ok(refused.status >= 400);
    assert.deepEqual(bodies, ['POST application/fhir+json {"a":1}']);
  });
});

/** An active link without the way there: the FHIR API of these tests answers no `$purview`. */
async function addedLink(s: Awaited<ReturnType<typeof served>>): Promise<void> {
  const at = s.app.now();
  await s.app.store.addLink({
    id: crypto.randomUUID(),
    appUserId: 'account-1',
    publicId: s.simulator.people[0]?.publicId as never,
    state: 'active',
    grantedAt: at,
    tokenSet: {
      accessToken: 'access',
      refreshToken: 'refresh',
      issuedAt: at,
      expiresAt: new Date(at.getTime() + 600_000),
    },
  });
}
