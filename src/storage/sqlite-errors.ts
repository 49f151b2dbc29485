/** What SQLite throws, and what that says. */

import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { FaultError } from '../errors.ts';
import { UniqueViolation } from './sql.ts';

// https://sqlite.org/rescode.html
const SQLITE_BUSY = 5;
/** Locked for too long, no memory, not to be written, a disk that fails, no room on it, no file any more. */
const AWAY: ReadonlySet<number> = new Set([SQLITE_BUSY, 6, 7, 8, 10, 13, 14]);
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** How long a statement waits for another process's transaction, in milliseconds. */
const BUSY_LIMIT = 10_000;

/** Repeats what another connection's lock refused: such a statement has changed nothing. */
export async function untilFree<T>(work: () => T): Promise<T> {
  const limit = performance.now() + BUSY_LIMIT;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!isBusy(error) || performance.now() > limit) throw asFailure(error);
    }
    await pause(1 + Math.random() * 9);
  }
}

/** SQLite names the columns (`UNIQUE constraint failed: link.environment, …`); the index over them has the name. */
export function uniqueViolation(connection: DatabaseSync, error: unknown): UniqueViolation | undefined {
  if (resultCode(error) !== SQLITE_CONSTRAINT_UNIQUE) return undefined;
  const columns = (error as Error).message.replace(/^.*failed: /, '').split(', ');
  const table = columns[0]?.split('.')[0] ?? '';
  const indexes = connection
    .prepare(
      `select l.name, group_concat(? || '.' || i.name, ', ' order by i.seqno) as columns
       from pragma_index_list(?) l, pragma_index_info(l.name) i where l."unique" group by l.name`,
    )
    .all(table, table);
  const index = indexes.find((each) => each.columns === columns.join(', '));
  return index && new UniqueViolation(String(index.name), { cause: error });
}

/** What SQLite threw, as a failure of ours where the file cannot be had or written now; anything else as it came. */
export function asFailure(error: unknown): unknown {
  const code = primaryCode(error);
  if (code === undefined || !AWAY.has(code)) return error;
  return new FaultError('store-unavailable', 'SQLite cannot write or read its file now', { cause: error });
}

export function isBusy(error: unknown): boolean {
  return primaryCode(error) === SQLITE_BUSY;
}

function primaryCode(error: unknown): number | undefined {
  const code = resultCode(error);
  return code === undefined ? undefined : code & 0xff;
}

function resultCode(error: unknown): number | undefined {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) : undefined;
}
