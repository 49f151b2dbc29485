import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, it } from 'node:test';
import { mismatch, type Schema } from '../../src/simulator/control/schema.ts';
import type { Simulator } from '../../src/simulator.ts';
import {
  amara,
  codeIn,
  get,
  personCalled,
  read,
  refresh,
  simulatorForTest,
  tokensFor,
} from './browser-for-test.ts';

const purview = '/fhir/Consent/$purview';

const controlled = (options = {}) => simulatorForTest({ control: {}, ...options });

function api(simulator: Simulator, method: string, path: string, body?: object): Promise<Response> {
  return fetch(`${simulator.controlUrl}/api${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
}

async function done(response: Promise<Response>): Promise<void> {
  const { status } = await response;
  assert.equal(status, 204);
}

/** With headers that fetch does not let anybody set. */
function statusOf(
  simulator: Simulator,
  headers: Record<string, string>,
  method = 'GET',
  path = '/',
): Promise<number> {
  const { port } = new URL(simulator.controlUrl ?? '');
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    asked.on('error', reject).end(method === 'GET' ? '' : 'ms=1');
  });
}

describe('the control API', () => {
  it('is not there unless it is asked for', async () => {
    await using simulator = await simulatorForTest();
    assert.equal(simulator.controlUrl, undefined);
    assert.equal((await get(simulator, '/api/toggles')).status, 404);
  });

  it('does to people and grants what admin does', async () => {
    await using simulator = await controlled();
    const publicId = amara(simulator);
    const at = `/people/${publicId}`;
    const { access_token } = await tokensFor(simulator);
    const code = async () => codeIn(await get(simulator, purview, access_token));

    await done(api(simulator, 'POST', `${at}/status`, { status: 'frozen' }));
    assert.equal(await code(), 'ACCESS_FROZEN_OUTWARD');
    await done(api(simulator, 'POST', `${at}/status`, { status: 'active' }));
    const to = 'a7b44550-c19d-4757-83a2-9163ad7998a0';
    await done(api(simulator, 'POST', `${at}/public-id`, { to }));
    assert.match(await (await get(simulator, purview, access_token)).text(), new RegExp(to));

    const [session] = await read<{ id: string; state: string }[]>(
      await api(simulator, 'GET', `/sessions?publicId=${to}`),
    );
    assert.equal(session?.state, 'live');
    const tokens = await read<{ access: { token: string; works: boolean }[] }>(
      await api(simulator, 'GET', `/sessions/${session?.id}/tokens`),
    );
    assert.deepEqual(
      tokens.access.map(({ token, works }) => [token, works]),
      [[access_token, true]],
    );
    await done(api(simulator, 'POST', `/sessions/${session?.id}/end`, { how: 'expired' }));
    assert.equal(await code(), 'API_SESSION_EXPIRED');

    const thomas = personCalled(simulator, 'Whitfield').publicId;
    const second = await tokensFor(simulator, thomas);
    await done(api(simulator, 'POST', `/people/${thomas}/revoke`));
    assert.equal(await codeIn(await get(simulator, purview, second.access_token)), 'BAD_AUTHENTICATION');
    const third = await tokensFor(simulator, thomas);
    await done(api(simulator, 'POST', `/people/${thomas}/merge`, { into: to }));
    assert.match(await (await get(simulator, purview, third.access_token)).text(), new RegExp(to));
    await done(api(simulator, 'POST', `/people/${to}/end-sessions`, { how: 'invalid' }));
    assert.equal(await codeIn(await get(simulator, purview, third.access_token)), 'API_SESSION_INVALID');
  });

  it('scripts answers, moves time, and tells what was asked', async () => {
    await using simulator = await controlled({ now: () => 0 });
    const { refresh_token, access_token } = await tokensFor(simulator);
    await done(api(simulator, 'POST', '/answers/token', { status: 503, body: { busy: true }, times: 2 }));
    const waiting = await read<{ token: object[] }>(await api(simulator, 'GET', '/answers'));
    assert.deepEqual(waiting.token, [{ status: 503, body: { busy: true }, times: 2 }]);
    assert.equal((await refresh(simulator, refresh_token)).status, 503);
    assert.equal((await refresh(simulator, refresh_token)).status, 503);
    await done(api(simulator, 'POST', '/answers/token', { status: 500, times: 'always' }));
    for (let n = 0; n < 3; n += 1) assert.equal((await refresh(simulator, refresh_token)).status, 500);
    await done(api(simulator, 'DELETE', '/answers/token'));
    assert.equal((await refresh(simulator, refresh_token)).status, 200);

    const asked = await read<{ body: { grant_type: string } }[]>(
      await api(simulator, 'GET', '/requests?endpoint=token'),
    );
    assert.equal(asked.length, 7);
    assert.equal(asked[0]?.body.grant_type, 'authorization_code');
    await done(api(simulator, 'DELETE', '/requests'));
    assert.deepEqual(simulator.received(), []);

    const { now } = await read<{ now: string }>(
      await api(simulator, 'POST', '/clock/advance', { ms: 1_800_000 }),
    );
    assert.equal(now, '1970-01-01T00:30:00.000Z');
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'ACC_TOKEN_EXPIRED');
  });

  it('grants without a browser, to clients that are registered on the way', async () => {
    await using simulator = await controlled();
    const client = { owner: 'Other', product: 'Other app', redirectUris: ['https://other.example/cb'] };
    assert.equal((await api(simulator, 'PUT', '/clients/other', client)).status, 200);
    const granted = await api(simulator, 'POST', '/grants', {
      clientId: 'other',
      publicId: amara(simulator),
    });
    const tokens = await read<{ access_token: string; refresh_token: string }>(granted);
    assert.equal((await get(simulator, purview, tokens.access_token)).status, 200);
    assert.equal((await refresh(simulator, tokens.refresh_token, { client_id: 'other' })).status, 200);
    const professional = personCalled(simulator, 'Castellane').publicId;
    assert.equal(
      (await api(simulator, 'POST', '/grants', { clientId: 'other', publicId: professional })).status,
      400,
    );
    assert.equal(
      (await api(simulator, 'PUT', '/clients/bad', { ...client, redirectUris: ['/cb'] })).status,
      400,
    );
  });

  it('changes toggles and profiles, and refuses what they do not allow', async () => {
    await using simulator = await controlled();
    assert.equal((await api(simulator, 'PATCH', '/toggles', { pkce: 'required', rateLimit: 9 })).status, 200);
    assert.deepEqual([simulator.toggles.pkce, simulator.toggles.rateLimit], ['required', 9]);
    for (const bad of [{ pkce: 'maybe' }, { colour: 'red' }, { rateLimit: 0 }, { wwwAuthenticate: 'yes' }]) {
      const refused = await api(simulator, 'PATCH', '/toggles', bad);
      assert.deepEqual(
        [refused.status, refused.headers.get('content-type')],
        [400, 'application/problem+json'],
      );
    }
    assert.equal((await api(simulator, 'PUT', '/profile', { profile: 'documented' })).status, 200);
    assert.equal(simulator.toggles.pkce, 'ignored');
  });

  it('finds people, and invites those who have not registered', async () => {
    await using simulator = await controlled({ patients: 200 });
    const found = async (query: string) =>
      read<{ total: number; people: { userId: string; familyName: string }[] }>(
        await api(simulator, 'GET', `/people?${query}`),
      );
    assert.equal((await found('')).total, simulator.directory.size);
    assert.equal((await found('from=100&count=20')).people.length, 20);
    const someone = simulator.directory.at(120);
    for (const search of [someone?.publicId, someone?.userId, 'okafor', '9995924226']) {
      assert.equal((await found(`search=${search}`)).people.length, 1, search);
    }
    const sophie = personCalled(simulator, 'Marlowe').publicId;
    const person = await read<{ invitation: object }>(await api(simulator, 'GET', `/people/${sophie}`));
    assert.ok(person.invitation);
    await done(api(simulator, 'POST', `/people/${sophie}/invite`, { email: 'sophie@example.com' }));
    const [mail] = await read<{ to: string; link: string }[]>(await api(simulator, 'GET', '/mail'));
    assert.equal(mail?.to, 'sophie@example.com');
    assert.equal((await get(simulator, mail?.link ?? '')).status, 200);
    assert.equal(
      (await api(simulator, 'POST', `/people/${amara(simulator)}/invite`, { email: 'a@b.example' })).status,
      400,
    );
  });

  it('says what is wrong with a call', async () => {
    await using simulator = await controlled();
    const said = async (response: Promise<Response>) => {
      const { status, detail } = await read<{ status: number; detail: string }>(await response);
      return `${status} ${detail}`;
    };
    assert.match(await said(api(simulator, 'POST', '/clock/advance', {})), /400 ms is missing from the body/);
    assert.match(
      await said(api(simulator, 'POST', '/clock/advance', { ms: '1' })),
      /400 ms must be an integer/,
    );
    assert.match(
      await said(api(simulator, 'POST', '/clock/advance', { ms: 1, by: 2 })),
      /400 the body has no by/,
    );
    assert.match(
      await said(api(simulator, 'POST', '/answers/nowhere', {})),
      /404 there is no endpoint nowhere/,
    );
    assert.match(await said(api(simulator, 'POST', '/people/x/revoke')), /404 nobody has the public id x/);
    assert.match(
      await said(api(simulator, 'POST', '/sessions/x/end', { how: 'expired' })),
      /404 there is no API/,
    );
    assert.match(await said(api(simulator, 'GET', '/requests?colour=red')), /400 there is no colour/);
    assert.match(await said(api(simulator, 'GET', '/nothing')), /404 There is no such operation/);
    const noJson = fetch(`${simulator.controlUrl}/api/clock/advance`, { method: 'POST', body: '{' });
    assert.match(await said(noJson), /400 send application\/json/);
  });
});

describe('the OpenAPI document', () => {
  interface Described {
    operationId: string;
    parameters?: { name: string; in: string }[];
    requestBody?: object;
    responses: Record<string, { content?: Record<string, { schema: Schema }> }>;
  }

  it('tells of every operation, with its parameters, and of answers that come out as it says', async () => {
    await using simulator = await controlled();
    await tokensFor(simulator);
    const { openapi, paths } = await read<{
      openapi: string;
      paths: Record<string, Record<string, Described>>;
    }>(await api(simulator, 'GET', '/openapi.json'));
    assert.equal(openapi, '3.1.0');
    const ids = new Set<string>();
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, { operationId, parameters = [], responses }] of Object.entries(methods)) {
        assert.ok(!ids.has(operationId), operationId);
        ids.add(operationId);
        const inPath = parameters.filter((one) => one.in === 'path').map(({ name }) => `{${name}}`);
        assert.deepEqual(
          [...path.matchAll(/\{\w+\}/g)].map(([name]) => name),
          inPath,
        );
        if (method !== 'get') continue;
        const filled = path
          .replace('{publicId}', amara(simulator))
          .replace('{id}', simulator.sessions()[0]?.id ?? '');
        const answer = await fetch(`${simulator.controlUrl}${filled}`);
        const schema = responses['200']?.content?.['application/json']?.schema ?? {};
        assert.equal(mismatch(schema, await answer.json()), undefined, operationId);
      }
    }
    assert.ok(ids.size >= 25, `only ${ids.size} operations`);
  });
});

describe('the control server', () => {
  it('listens on loopback only', async () => {
    await using simulator = await controlled();
    assert.match(simulator.controlUrl ?? '', /^http:\/\/localhost:\d+$/);
  });

  it('is deaf to a name that is not its own, and to forms of other pages', async () => {
    await using simulator = await controlled();
    const { port, host } = new URL(simulator.controlUrl ?? '');
    assert.equal(await statusOf(simulator, { host }), 200);
    assert.equal(await statusOf(simulator, { host: `127.0.0.1:${port}` }), 200);
    assert.equal(await statusOf(simulator, { host: `evil.example:${port}` }), 403);
    assert.equal(await statusOf(simulator, { host: 'localhost.evil.example' }), 403);

    const form = { host, 'content-type': 'application/x-www-form-urlencoded' };
    const advance = (headers: Record<string, string>) =>
      statusOf(simulator, { ...form, ...headers }, 'POST', '/do/advanceClock/clock/advance');
    const before = simulator.clock.now();
    assert.equal(await advance({ origin: 'https://evil.example' }), 403);
    assert.equal(await advance({ origin: 'null' }), 403);
    assert.equal(await advance({ 'sec-fetch-site': 'cross-site' }), 403);
    assert.ok(simulator.clock.now() - before < 60_000);
    assert.equal(await advance({ origin: `http://${host}` }), 303);
  });

  it('frees both ports, and starts nothing where one is taken', async () => {
    const first = await controlled();
    const control = Number(new URL(first.controlUrl ?? '').port);
    await assert.rejects(simulatorForTest({ control: { port: control } }), { code: 'EADDRINUSE' });
    await first.close();
    await using again = await simulatorForTest({ port: first.port, control: { port: control } });
    assert.equal((await fetch(`${again.controlUrl}/`)).status, 200);
  });
});
