import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readyAnswers } from '../../src/simulator/control/ready-answers.ts';
import { type Endpoint, endpoints } from '../../src/simulator/script.ts';
import {
  authorizationUrl,
  codeIn,
  get,
  read,
  refresh,
  simulatorForTest,
  type Tokens,
  tokensFor,
} from './browser-for-test.ts';

const purview = '/fhir/Consent/$purview';

describe('next', () => {
  it('answers as scripted, once, in order, without acting', async () => {
    await using simulator = await simulatorForTest();
    const { refresh_token } = await tokensFor(simulator);
    simulator.next('token', { status: 503, headers: { 'retry-after': '7' }, body: 'busy' });
    simulator.next('token', { body: { access_token: 'made up' } });
    const first = await refresh(simulator, refresh_token);
    assert.deepEqual(
      [first.status, first.headers.get('retry-after'), await first.text()],
      [503, '7', 'busy'],
    );
    const second = await refresh(simulator, refresh_token);
    assert.deepEqual([second.status, await second.json()], [200, { access_token: 'made up' }]);
    assert.equal((await refresh(simulator, refresh_token)).status, 200);
  });

  it('acts first and then answers as scripted', async () => {
    await using simulator = await simulatorForTest();
    const { refresh_token } = await tokensFor(simulator);
    simulator.next('token', { act: 'before', status: 502, body: '<h1>Bad gateway</h1>' });
    assert.equal((await refresh(simulator, refresh_token)).status, 502);
    assert.equal((await refresh(simulator, refresh_token)).status, 400, 'the refresh token is spent');
  });

  it('keeps of the real answer what the script does not name', async () => {
    await using simulator = await simulatorForTest();
    const { refresh_token } = await tokensFor(simulator);
    simulator.next('token', { act: 'before', status: 201 });
    const response = await refresh(simulator, refresh_token);
    assert.equal(response.status, 201);
    assert.match((await read<Tokens>(response)).access_token, /^[\w-]{32}$/);
  });

  it('breaks the connection before or after acting', async () => {
    await using simulator = await simulatorForTest();
    const { refresh_token, access_token } = await tokensFor(simulator);
    simulator.next('token', { drop: 'before-acting' });
    await assert.rejects(refresh(simulator, refresh_token));
    const issued = await read<Tokens>(await refresh(simulator, refresh_token));
    simulator.next('token', { drop: 'after-acting' });
    await assert.rejects(refresh(simulator, issued.refresh_token));
    await refresh(simulator, issued.refresh_token);
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'API_SESSION_INVALID');
  });

  it('holds back the real answer, having acted', async () => {
    await using simulator = await simulatorForTest();
    const { refresh_token, access_token } = await tokensFor(simulator);
    simulator.next('token', { delayMs: 60_000 });
    const given = refresh(simulator, refresh_token);
    given.catch(() => {});
    while (simulator.received('token').length < 2) await new Promise(setImmediate);
    assert.equal((await refresh(simulator, refresh_token)).status, 400, 'a second use while the first waits');
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'API_SESSION_INVALID');
  });
});

describe('every endpoint', () => {
  const paths: Readonly<Record<Endpoint, readonly [string, 'GET' | 'POST']>> = {
    authorize: ['/apiAuthorize.action', 'GET'],
    grant: ['/apiAuthorize.action', 'POST'],
    token: ['/apiToken.action', 'POST'],
    revoke: ['/apiRevoke.action', 'POST'],
    metadata: ['/fhir/metadata', 'GET'],
    purview: [purview, 'GET'],
    patient: ['/fhir/Patient/1', 'GET'],
    records: ['/fhir/Observation', 'GET'],
    'users-self': ['/json/users/self', 'GET'],
    measurements: ['/json/v2-beta/measurements', 'GET'],
    registration: ['/register', 'GET'],
  };

  for (const endpoint of endpoints) {
    const [path, method] = paths[endpoint];
    it(`${endpoint} can be given every ready answer, and is itself again`, async () => {
      await using simulator = await simulatorForTest();
      const ask = () => fetch(`${simulator.url}${path}`, { method });
      const real = (await ask()).status;
      for (const { name, answer } of readyAnswers) {
        // Late answers have a test of their own, which does not wait.
        if (answer.delayMs) continue;
        simulator.next(endpoint, { ...answer, times: 2 });
        for (const _ of ['first', 'second']) {
          if (answer.drop) await assert.rejects(ask(), name);
          else {
            const given = await ask();
            assert.equal(given.status, answer.status ?? (answer.act === 'before' ? real : 200), name);
            for (const [header, value] of Object.entries(answer.headers ?? {})) {
              assert.equal(given.headers.get(header), value, name);
            }
            if (typeof answer.body === 'string') assert.equal(await given.text(), answer.body, name);
          }
        }
        assert.equal((await ask()).status, real, `after: ${name}`);
      }
    });
  }

  it('answers as scripted until it is told to stop', async () => {
    await using simulator = await simulatorForTest();
    simulator.next('metadata', { status: 503, times: 'always' });
    simulator.next('purview', { status: 503, times: 'always' });
    for (let n = 0; n < 5; n += 1) assert.equal((await get(simulator, '/fhir/metadata')).status, 503);
    simulator.clear('metadata');
    assert.equal((await get(simulator, '/fhir/metadata')).status, 200);
    assert.equal((await get(simulator, purview)).status, 503);
    simulator.clear();
    assert.equal((await get(simulator, purview)).status, 401);
  });
});

describe('received', () => {
  it('tells what was asked, of one endpoint or of all', async () => {
    await using simulator = await simulatorForTest({ now: () => 1_000 });
    const { access_token } = await tokensFor(simulator);
    await get(simulator, '/fhir/Consent/%24purview', access_token);
    await fetch(`${authorizationUrl(simulator)}&state=twice`);
    assert.deepEqual(
      simulator.received().map(({ endpoint, method }) => [endpoint, method]),
      [
        ['authorize', 'GET'],
        ['grant', 'POST'],
        ['grant', 'POST'],
        ['token', 'POST'],
        ['purview', 'GET'],
        ['authorize', 'GET'],
      ],
    );
    const [asked] = simulator.received('token');
    assert.ok(asked && typeof asked.body === 'object');
    assert.deepEqual(
      [asked.path, asked.body.grant_type, asked.at],
      ['/apiToken.action', 'authorization_code', 1_000],
    );
    assert.equal(simulator.received('purview')[0]?.path, '/fhir/Consent/%24purview');
    assert.equal(simulator.received('purview')[0]?.headers.authorization, `Bearer ${access_token}`);
    assert.deepEqual(simulator.received('authorize')[1]?.query.state, ['s1', 'twice']);
  });
});
