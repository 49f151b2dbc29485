import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { manyLinks, refreshAll, states } from './many-links.ts';

describe('500 grants that PKB says have ended, all at once', () => {
  it('send fewer than 20 patients back to PKB; the others recover when PKB does', async (t) => {
    const many = await manyLinks(t, { count: 500 });
    const { app, accounts, advance } = many;
    for (const session of many.sessions) session.ended = 'invalid';
    advance(1801);
    for (let minutes = 0; minutes < 50; minutes += 10) {
      await refreshAll([app], accounts);
      advance(600);
    }
    const { 'reauthorization_required ended': told = 0, ...others } = await states(app);
    assert.ok(told > 0 && told < 20, `${told} patients were told to grant again`);
    assert.deepEqual(others, { 'active fresh': 500 - told });
    assert.deepEqual(many.alarms, ['alarm.raised grants-ending']);

    for (const session of many.sessions) delete session.ended;
    const { token } = await refreshAll([app], accounts);
    assert.equal(token, 500 - told);
    assert.deepEqual(many.alarms, ['alarm.raised grants-ending', 'alarm.over grants-ending']);
  });
});
