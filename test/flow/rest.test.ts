import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { rest } from '../../src/flow/rest.ts';
import { linked, story } from './story.ts';

const WHO = { appUserId: 'account-1' };

interface Measurement {
  readonly type: string;
  readonly value: string;
}

describe("a patient's measurements", () => {
  it('are written, and read by type', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(1801);
    const measurements = rest(s.app, WHO);
    const types = await measurements.measurementTypes<readonly { apiRef: string }[]>();
    const weight = types.find(({ apiRef }) => apiRef === 'weight');
    assert.ok(weight);
    const sent = { type: 'weight', value: '70.5', measuredAt: '2026-11-24T09:00:00Z' };
    assert.equal((await measurements.createMeasurement<Measurement>(sent)).value, '70.5');
    for (const found of [
      await measurements.measurementsOfType<readonly Measurement[]>('weight'),
      await measurements.measurements<readonly Measurement[]>(['weight', 'height']),
    ]) {
      assert.deepEqual(
        found.map(({ type, value }) => [type, value]),
        [['weight', '70.5']],
      );
    }
  });

  it('are written once, whatever PKB answers', async (t) => {
    const s = await story(t);
    await linked(s);
    for (const answer of [{ status: 401 }, { status: 503 }, { drop: 'after-acting' }] as const) {
      const before = s.simulator.received('measurements').length;
      s.simulator.next('measurements', answer);
      const sent = { type: 'weight', value: '70', measuredAt: '2026-11-24T09:00:00Z' };
      await assert.rejects(rest(s.app, WHO).createMeasurement(sent));
      assert.equal(s.simulator.received('measurements').length - before, 1);
    }
  });

  it('say what is wrong with a request', async (t) => {
    const s = await story(t);
    await linked(s);
    const measurements = rest(s.app, WHO);
    await assert.rejects(measurements.measurements([]), { code: 'bad-input', field: 'api_refs' });
    await assert.rejects(measurements.measurements(['no-such']), { code: 'refused-by-pkb' });
    await assert.rejects(measurements.measurementsOfType('no-such'), { code: 'not-found' });
    await assert.rejects(measurements.createMeasurement({ type: 'weight' }), { code: 'refused-by-pkb' });
  });
});
