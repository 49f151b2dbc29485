import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manyLinks, refreshAll, states } from './many-links.ts';

const COUNT = 10_000;

describe('a client secret that PKB does not accept for an hour, with 10,000 links due', () => {
  it('changes no link, asks PKB a handful of times, raises one alarm, and passes without a restart', async (t) => {
    const many = await manyLinks(t, { count: COUNT });
    const { app, accounts, advance } = many;
    many.setSecret('another');
    advance(1801);
    assert.deepEqual(await refreshAll([app], accounts), { 'invalid-client': COUNT });
    for (let half = 0; half < 120; half += 1) {
      advance(30);
      const some = accounts.slice(half * 20, half * 20 + 20);
      assert.deepEqual(await refreshAll([app], some), { 'invalid-client': 20 });
    }
    assert.deepEqual(await states(app), { 'active fresh': COUNT });
    // Two callers are let in before the first answer is there; then one at a time, at growing intervals.
    const asked = many.refreshes().length;
    assert.ok(asked >= 5 && asked <= 2 + 6, `PKB was asked ${asked} times`);
    assert.deepEqual(many.alarms, ['alarm.raised invalid-client']);

    many.setSecret('right');
    advance(1126);
    assert.deepEqual(await refreshAll([app], accounts.slice(0, 1)), { token: 1 });
    assert.deepEqual(await refreshAll([app], accounts), { token: COUNT });
    assert.deepEqual(await states(app), { 'active fresh': COUNT });
    assert.deepEqual(many.alarms, ['alarm.raised invalid-client', 'alarm.over invalid-client']);
    assert.equal(many.refreshes().length, asked + COUNT);
  });
});
