/**
 * `npm run grid`: the whole grid, a line a cell. A part of it: `npm run grid -- --store sqlite --processes 2,4
 * --callers 50 --delay 0,50 --reuse grace --rounds 3`. Ends with 1 where a cell is bad.
 */

import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import { parseArgs } from 'node:util';
import { postgresServer } from '../storage/postgres-server.ts';
import { bench, type Cell, faults, REUSES, STORES } from './grid.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: STORES.join() },
    processes: { type: 'string', default: '1,2,4,8' },
    callers: { type: 'string', default: '50,500' },
    reuse: { type: 'string', default: REUSES.join() },
    delay: { type: 'string', default: '0,50,2000,12000' },
    rounds: { type: 'string', default: '3' },
  },
});
const numbers = (list: string) => list.split(',').map(Number);
const chosen = <Word extends string>(words: readonly Word[], list: string) =>
  words.filter((word) => list.split(',').includes(word));

const server = postgresServer();
const print = (columns: readonly (string | number)[]) =>
  process.stdout.write(`${columns.map((column) => String(column).padStart(11)).join('')}\n`);

function cellsOf(store: Cell['store'], processes: number): readonly Cell[] {
  return chosen(REUSES, values.reuse).flatMap((reuse) =>
    numbers(values.callers).flatMap((callers) =>
      numbers(values.delay).map((delayMs) => ({
        store,
        processes,
        callers,
        reuse,
        delayMs,
        // A long delay says as much in one round as in many.
        rounds: delayMs >= 1000 ? 1 : Number(values.rounds),
      })),
    ),
  );
}

async function row(t: TestContext, store: Cell['store'], processes: number): Promise<number> {
  const here = await bench(t, { store, processes }, server);
  let bad = 0;
  for (const cell of cellsOf(store, processes)) {
    const outcome = await here.play(cell);
    const wrong = faults(outcome);
    const { callers, reuse, delayMs, rounds } = cell;
    const { refreshes, failures, lost, slowestMs } = outcome;
    print([
      ...[store, processes, callers, reuse, delayMs, rounds, refreshes],
      ...[failures.length, lost ? 1 : 0, Math.round(slowestMs), wrong.length > 0 ? ' BAD' : 'good'],
    ]);
    for (const fault of wrong) process.stdout.write(`            ${fault}\n`);
    if (wrong.length > 0) bad += 1;
  }
  return bad;
}

it('one refresh a round, one token for everybody, no error, nothing lost, in every cell', async (t) => {
  print([
    ...['store', 'processes', 'callers', 'reuse', 'delay ms', 'rounds', 'refreshes'],
    ...['errors', 'lost', 'slowest ms', ''],
  ]);
  let bad = 0;
  for (const store of chosen(STORES, values.store)) {
    for (const processes of numbers(values.processes)) {
      await t.test(`${store}, ${processes} processes`, async (part) => {
        bad += await row(part, store, processes);
      });
    }
  }
  assert.equal(bad, 0, `${bad} bad cells`);
});
