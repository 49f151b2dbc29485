/** Whether another connection has changed a SQLite database, with no look at the file where nobody can know yet that it has. */

import type { DatabaseSync } from 'node:sqlite';

/** Calls, after which it looks again in the same turn: callers who wait for nothing else would never leave it. */
const MOST_IN_A_TURN = 100;

/** Of all connections of this process: of these somebody can know in the very turn in which they are made. */
let commitsHere = 0;

/** To be called before anybody is told of a commit. */
export function countCommit(): void {
  commitsHere += 1;
}

/**
 * Of a commit of another process nobody has heard but in an earlier turn of the event loop: so it looks once in each, which
 * is exact and for a busy server nearly free.
 * @returns whether there has been one since the last call; true also where the database does not say
 */
export function changesElsewhere(connection: DatabaseSync): () => boolean {
  const version = connection.prepare('pragma data_version');
  version.setReturnArrays(true);
  let last: unknown;
  let turn: number | undefined;
  let commits = 0;
  let calls = 0;

  return () => {
    calls += 1;
    const now = turnOfTheLoop();
    if (now === turn && commits === commitsHere && calls < MOST_IN_A_TURN) return false;
    [turn, commits, calls] = [now, commitsHere, 0];
    const before = last;
    try {
      [last] = version.get() as unknown as [unknown];
    } catch {
      return true;
    }
    return last !== before;
  };
}

/** Counted up before the loop waits for what comes in, and at no other time: a `setImmediate` may be before that and after. */
function turnOfTheLoop(): number {
  return performance.nodeTiming.uvMetricsInfo.loopCount;
}
