import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { get, personCalled, read, simulatorForTest, tokensFor } from './browser-for-test.ts';

interface Measurement {
  id: string;
  type: string;
  value: string;
  unit: string;
  measuredAt: string;
}

describe('measurements', () => {
  it('are what the patient wrote, by type and all together, and nobody else sees them', async () => {
    await using simulator = await simulatorForTest();
    const { access_token } = await tokensFor(simulator);
    const write = (body: object) =>
      get(simulator, '/json/v1/measurements', undefined, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
      });
    const written = await write({ type: 'weight', value: 71.5, measuredAt: '2026-02-03T08:00:00Z' });
    assert.equal(written.status, 201);
    const measurement = await read<Measurement>(written);
    assert.deepEqual(measurement, {
      id: measurement.id,
      type: 'weight',
      value: '71.5',
      unit: 'kg',
      measuredAt: '2026-02-03T08:00:00.000Z',
    });
    await write({ type: 'heart_rate', value: '64', measuredAt: '2026-02-03T08:05:00Z' });

    const list = async (path: string, token = access_token) =>
      read<Measurement[]>(await get(simulator, `/json/${path}`, token));
    assert.deepEqual(await list('v1/measurements/byType/weight'), [measurement]);
    assert.equal((await list('v2-beta/measurements?apiRefs=weight,heart_rate')).length, 2);
    assert.equal((await list('v2-beta/measurements?apiRefs=heart_rate')).length, 1);
    const other = await tokensFor(simulator, personCalled(simulator, 'Whitfield').publicId);
    assert.deepEqual(await list('v1/measurements/byType/weight', other.access_token), []);
  });

  it('are refused where they make no sense, and need a token', async () => {
    await using simulator = await simulatorForTest({ toggles: { restErrorStyle: 'json' } });
    const { access_token } = await tokensFor(simulator);
    const good = { type: 'weight', value: 70, measuredAt: '2026-02-03T08:00:00Z' };
    const statusOf = async (body: string, contentType = 'application/json') =>
      (
        await get(simulator, '/json/v1/measurements', undefined, {
          method: 'POST',
          body,
          headers: { authorization: `Bearer ${access_token}`, 'content-type': contentType },
        })
      ).status;
    assert.equal(await statusOf(JSON.stringify(good), 'text/plain'), 415);
    assert.equal(await statusOf('{'), 400);
    for (const bad of [{ type: 'mood' }, { value: 'heavy' }, { measuredAt: 'today' }]) {
      assert.equal(await statusOf(JSON.stringify({ ...good, ...bad })), 400, JSON.stringify(bad));
    }
    assert.equal((await get(simulator, '/json/v2-beta/measurements', access_token)).status, 400);
    assert.equal((await get(simulator, '/json/v2-beta/measurements?apiRefs=mood', access_token)).status, 400);
    assert.equal((await get(simulator, '/json/v1/measurements/byType/mood', access_token)).status, 404);
    assert.equal((await get(simulator, '/json/v1/measurements/byType/weight')).status, 401);
    assert.equal(
      (await get(simulator, '/json/v2-beta/measurements/apiRefs')).status,
      200,
      'the catalogue is public',
    );
    assert.equal((await get(simulator, '/json/v1/measurements')).status, 405);
  });
});
