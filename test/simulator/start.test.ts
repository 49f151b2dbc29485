import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { startSimulator } from '../../src/simulator.ts';
import {
  amara,
  client,
  codeFor,
  codeIn,
  exchange,
  get,
  personCalled,
  post,
  read,
  refresh,
  simulatorForTest,
  type Tokens,
  tokensFor,
} from './browser-for-test.ts';

const purview = '/fhir/Consent/$purview';

describe('start', () => {
  it('keeps grants, codes, tokens, the clock and what admin changed from one start to the next', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'simulator-'));
    const data = join(folder.path, 'simulator.json');
    let tokens: Tokens;
    let code: string;
    let ended: Tokens;
    {
      await using first = await simulatorForTest({ data, now: () => 0 });
      first.clock.advance(5_000);
      tokens = await tokensFor(first);
      code = await codeFor(first);
      ended = await tokensFor(first, personCalled(first, 'Whitfield').publicId);
      first.admin.endSession(personCalled(first, 'Whitfield'), 'expired');
      first.admin.freeze(personCalled(first, 'Demir').publicId, true);
    }
    assert.deepEqual(await readdir(folder.path), ['simulator.json']);
    assert.equal((await stat(data)).mode & 0o777, 0o600);

    await using second = await simulatorForTest({ data, now: () => 0 });
    assert.equal(second.clock.now(), 5_000);
    assert.equal((await get(second, purview, tokens.access_token)).status, 200);
    assert.equal((await exchange(second, code)).status, 200);
    assert.equal(await codeIn(await get(second, purview, ended.access_token)), 'API_SESSION_EXPIRED');
    assert.equal(personCalled(second, 'Demir').status, 'frozen');
    assert.equal((await refresh(second, tokens.refresh_token)).status, 200);
    assert.equal(
      (await refresh(second, tokens.refresh_token)).status,
      400,
      'a replay across a restart is one too',
    );
  });

  it('refuses a file that is not its own, a port that is taken, and a client that nobody could use', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'simulator-'));
    const data = join(folder.path, 'other.json');
    await writeFile(data, '{"version":0}');
    await assert.rejects(startSimulator({ data }), /other\.json is not a state file/);
    await assert.rejects(startSimulator({ data: join(folder.path, 'no-folder', 'x.json') }), {
      code: 'ENOENT',
    });
    await using simulator = await simulatorForTest();
    await assert.rejects(startSimulator({ port: simulator.port }), { code: 'EADDRINUSE' });
    await assert.rejects(startSimulator({ clients: [{ ...client, redirectUris: [] }] }), TypeError);
    await assert.rejects(startSimulator({ clients: [{ ...client, auth: 'basic' }] }), TypeError);
    await assert.rejects(startSimulator({ clients: [{ ...client, redirectUris: ['/cb'] }] }), TypeError);
  });
});

describe('what people did', () => {
  it('is there after a restart: who registered, their mail and what they measured', async () => {
    await using folder = await mkdtempDisposable(join(tmpdir(), 'simulator-'));
    const data = join(folder.path, 'simulator.json');
    const measurement = JSON.stringify({ type: 'weight', value: 70, measuredAt: '2026-02-03T08:00:00Z' });
    let token: string;
    {
      await using first = await simulatorForTest({ data });
      const team = /href="(\/join\/[^"]+)"/.exec(await (await get(first, '/register')).text())?.[1] ?? '';
      const sam = { given: 'Sam', family: 'Carver', sex: 'Male', born: '1990-05-01', agree: 'yes' };
      await post(`${first.url}${team}`, {
        ...sam,
        email: 'sam@example.com',
        password: 'Sunflower-26',
        answer: 'x',
      });
      token = (await tokensFor(first)).access_token;
      await get(first, '/json/v1/measurements', undefined, {
        method: 'POST',
        body: measurement,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
    }
    await using second = await simulatorForTest({ data });
    assert.equal(personCalled(second, 'Carver').email, 'sam@example.com');
    assert.match(await (await get(second, '/inbox')).text(), /To sam@example\.com/);
    const list = await get(second, '/json/v1/measurements/byType/weight', token);
    assert.equal((await read<object[]>(list)).length, 1);
  });
});

describe('admin', () => {
  it('forgets a grant without a word', async () => {
    await using simulator = await simulatorForTest();
    const { access_token, refresh_token } = await tokensFor(simulator);
    simulator.admin.revokeSilently({ publicId: amara(simulator) });
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'BAD_AUTHENTICATION');
    const refused = await read<{ error_description: string }>(await refresh(simulator, refresh_token));
    assert.doesNotMatch(refused.error_description, /API_SESSION/);
  });

  it('gives nobody an address that logs in somebody else', async () => {
    await using simulator = await simulatorForTest();
    const email = personCalled(simulator, 'Whitfield').email.toUpperCase();
    assert.throws(() => simulator.admin.changeCredentials(amara(simulator), { email }), TypeError);
    simulator.admin.changeCredentials(amara(simulator), { email: 'new@example.com' });
    assert.equal(personCalled(simulator, 'Okafor').email, 'new@example.com');
  });

  it('freezes and thaws', async () => {
    await using simulator = await simulatorForTest();
    const { access_token, refresh_token } = await tokensFor(simulator);
    simulator.admin.freeze(amara(simulator), true);
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'ACCESS_FROZEN_OUTWARD');
    assert.equal((await get(simulator, '/json/users/self', access_token)).status, 403);
    assert.equal((await refresh(simulator, refresh_token)).status, 200);
    simulator.admin.freeze(amara(simulator), false);
    assert.equal((await get(simulator, purview, access_token)).status, 200);
  });

  it('ends the grants of somebody who leaves', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    simulator.admin.setStatus(amara(simulator), 'deregistered');
    assert.equal(await codeIn(await get(simulator, purview, access_token)), 'API_SESSION_INVALID');
  });

  it('moves a record to another public id while the grant lives on', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    const to = 'a7b44550-c19d-4757-83a2-9163ad7998a0';
    simulator.admin.changePublicId(amara(simulator), to);
    assert.match(await (await get(simulator, purview, access_token)).text(), new RegExp(`Patient/${to}`));
    assert.equal((await get(simulator, `/fhir/Patient/${to}`, access_token)).status, 200);
    assert.throws(() => simulator.admin.freeze('7c0369c8-325a-4480-934f-88d230e770d0', true), TypeError);
  });
});
