import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request } from '../../src/flow/request.ts';
import { type ManyLinks, manyLinks, states } from './many-links.ts';

const COUNT = 20;
const HOURS = 4;
/** A token lives for half an hour and is replaced in the last tenth to fifth of it. */
const MOST_REFRESHES = Math.ceil((HOURS * 60) / 24) * COUNT;

/** Every patient's app asks PKB once a minute, by PKB's clock. */
async function everyMinute({ app, accounts, advance }: ManyLinks, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    const answers = await Promise.all(
      accounts.map((appUserId) => request(app, { appUserId, url: '/json/users/self' })),
    );
    assert.ok(answers.every(({ status }) => status === 200));
    advance(60);
  }
}

describe('a clock that differs from PKB’s', () => {
  for (const minutes of [5, -5]) {
    it(`by ${minutes} minutes makes no token end early and nobody refresh more often`, async (t) => {
      const many = await manyLinks(t, { count: COUNT });
      many.setAppClock(minutes * 60);
      // Linked while it was right, so that the first tokens are dated by the other clock.
      await everyMinute(many, HOURS * 60);
      assert.deepEqual(await states(many.app), { 'active fresh': COUNT });
      const refreshes = many.refreshes().length;
      assert.ok(refreshes <= MOST_REFRESHES, `${refreshes} refreshes`);
    });
  }

  it('and is put right, forwards or backwards, loses nothing', async (t) => {
    const many = await manyLinks(t, { count: COUNT });
    const jumps = [5, -5, 0, -5, 5, 0];
    for (const minutes of jumps) {
      many.setAppClock(minutes * 60);
      await everyMinute(many, (HOURS * 60) / jumps.length);
    }
    assert.deepEqual(await states(many.app), { 'active fresh': COUNT });
    const refreshes = many.refreshes().length;
    // A clock that jumps may make each link refresh once more.
    assert.ok(refreshes <= MOST_REFRESHES + jumps.length * COUNT, `${refreshes} refreshes`);
  });
});
