import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { type FunnelDays, funnel } from '../../src/operator/funnel.ts';
import type { AttemptTally } from '../../src/storage/console.ts';
import { openSqliteStore } from '../../src/storage/open-store.ts';
import { ring, scope } from '../contracts/store.ts';

/** The funnel at a moment, on a store in which these attempts are tallied. */
async function at(t: TestContext, now: string, days: FunnelDays, tallies: readonly AttemptTally[] = []) {
  const folder = mkdtempSync(join(tmpdir(), 'pkb-link-funnel-'));
  const path = join(folder, 'store.db');
  const clock = () => new Date(now);
  const store = await openSqliteStore({ path, scope, keyRing: ring('k1', 1), now: clock });
  t.after(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });
  const database = new DatabaseSync(path);
  const add = database.prepare(
    'insert into attempt_tally (environment, client_id, hour, step, ending, attempts) values (?, ?, ?, ?, ?, ?)',
  );
  for (const { hour, step, ending, attempts } of tallies) {
    add.run(scope.environment, scope.clientId, hour.getTime(), step, ending ?? null, attempts);
  }
  database.close();
  return funnel({ store, now: clock }, { days });
}

const tally = (
  hour: string,
  step: AttemptTally['step'],
  attempts: number,
  ending?: string,
): AttemptTally => ({
  hour: new Date(hour),
  step,
  attempts,
  ...(ending !== undefined && { ending }),
});

const begin = ({ periods }: Awaited<ReturnType<typeof at>>) => periods.map(({ from }) => from.toISOString());

describe('the periods of the funnel', () => {
  it('are the hours of a day up to this one, with all that began in it', async (t) => {
    const seen = await at(t, '2026-11-25T10:59:59Z', 1, [
      tally('2026-11-24T10:00:00Z', 'asked', 1),
      tally('2026-11-24T11:00:00Z', 'asked', 2),
      tally('2026-11-25T10:00:00Z', 'asked', 4),
    ]);
    assert.equal(seen.periods.length, 24);
    assert.equal(begin(seen)[0], '2026-11-24T11:00:00.000Z');
    assert.equal(begin(seen)[23], '2026-11-25T10:00:00.000Z');
    assert.deepEqual([seen.periods[0]?.reached.asked, seen.periods[23]?.reached.asked], [2, 4]);
    assert.equal(seen.steps[0]?.reached, 6);
  });

  it('are days as they begin in London, where winter becomes summer and summer winter', async (t) => {
    assert.deepEqual(begin(await at(t, '2026-03-31T12:00:00Z', 7)), [
      '2026-03-25T00:00:00.000Z',
      '2026-03-26T00:00:00.000Z',
      '2026-03-27T00:00:00.000Z',
      '2026-03-28T00:00:00.000Z',
      '2026-03-29T00:00:00.000Z',
      '2026-03-29T23:00:00.000Z',
      '2026-03-30T23:00:00.000Z',
    ]);
    assert.deepEqual(begin(await at(t, '2026-10-26T00:30:00Z', 7)).slice(-3), [
      '2026-10-23T23:00:00.000Z',
      '2026-10-24T23:00:00.000Z',
      '2026-10-26T00:00:00.000Z',
    ]);
    assert.equal(
      (await at(t, '2026-07-01T23:30:00Z', 30)).periods.at(-1)?.from.toISOString(),
      '2026-07-01T23:00:00.000Z',
    );
    assert.equal((await at(t, '2026-07-01T23:30:00Z', 30)).periods.length, 30);
  });

  it('put each attempt into one of them, and count nothing twice', async (t) => {
    const hours = Array.from(
      { length: 24 * 40 },
      (_, n) => new Date(Date.parse('2026-03-01T00:00:00Z') + n * 3_600_000),
    );
    const tallies = hours.map((hour) => tally(hour.toISOString(), 'confirmed', 1));
    const { periods, steps } = await at(t, '2026-04-09T12:00:00Z', 30, tallies);
    const days = periods.map(({ reached }) => reached.started);
    assert.equal(
      days.reduce((sum, n) => sum + n, 0),
      steps[0]?.reached,
    );
    // The night in which the clocks go forward has 23 hours.
    assert.equal(days.filter((n) => n === 24).length, 28);
    assert.equal(days.filter((n) => n === 23).length, 1);
  });
});

describe('a step of the funnel', () => {
  it('counts who came at least so far, who went no further by why, and who may still', async (t) => {
    const hour = '2026-11-25T10:00:00Z';
    const { steps } = await at(t, '2026-11-25T10:30:00Z', 7, [
      tally(hour, 'asked', 3),
      tally(hour, 'asked', 2, 'never-came-back'),
      tally('2026-11-24T10:00:00Z', 'asked', 1, 'never-came-back'),
      tally(hour, 'answered', 4, 'access-denied'),
      tally(hour, 'answered', 4, 'code-rejected'),
      tally(hour, 'confirmed', 5),
    ]);
    assert.deepEqual(
      steps.map(({ step, reached, underWay }) => [step, reached, underWay]),
      [
        ['started', 19, 0],
        ['asked', 19, 3],
        ['answered', 13, 0],
        ['exchanged', 5, 0],
        ['identified', 5, 0],
        ['confirmed', 5, 0],
      ],
    );
    assert.deepEqual(steps[1]?.lost, [{ ending: 'never-came-back', attempts: 3 }]);
    assert.deepEqual(steps[2]?.lost, [
      { ending: 'access-denied', attempts: 4 },
      { ending: 'code-rejected', attempts: 4 },
    ]);
  });
});
