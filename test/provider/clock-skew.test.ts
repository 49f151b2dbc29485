import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSkewWatch } from '../../src/provider/clock-skew.ts';

function watched() {
  const alarms: string[] = [];
  const watch = createSkewWatch((event, { code, seconds }) => alarms.push(`${event} ${code} ${seconds}`));
  const ours = Date.parse('2026-11-24T10:00:00Z');
  return {
    alarms,
    answer: (secondsAhead: number, waited = 1) =>
      watch(
        new Headers({ date: new Date(ours + secondsAhead * 1000).toUTCString() }),
        new Date(ours),
        new Date(ours + waited * 1000),
      ),
    watch,
  };
}

describe('the clocks', () => {
  it('are said to disagree once, by how much, and to agree again', () => {
    const { alarms, answer } = watched();
    for (const seconds of [0, 30, -30, 300, 301, -300, 0, 0]) answer(seconds);
    assert.deepEqual(alarms, ['alarm.raised clock-skew 299', 'alarm.over clock-skew 0']);
  });

  it('are not blamed for a slow answer, and not judged without a date', () => {
    const { alarms, answer, watch } = watched();
    answer(100, 120);
    watch(new Headers(), new Date(), new Date());
    watch(new Headers({ date: 'yesterday' }), new Date(), new Date());
    assert.deepEqual(alarms, []);
  });
});
