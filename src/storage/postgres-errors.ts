/** What a failure of `pg` means: by SQLSTATE (PostgreSQL, appendix A) where the server spoke, by its kind where it did not. */

import { DatabaseError } from 'pg';
import { FaultError } from '../errors.ts';
import { UniqueViolation } from './sql.ts';

const UNIQUE_VIOLATION = '23505';

/** With these the server takes back all of it, and the same again may succeed. */
const CHANGED_NOTHING: ReadonlySet<string | undefined> = new Set([
  '40001', // serialization failure
  '40P01', // deadlock
  '0A000', // a plan that a migration has outdated, or SERIALIZABLE on what has become a standby
  '25006', // a write on what has become a standby
]);

/** What a server says that will take connections later: starting up, shutting down, too many connections. */
const PASSING: ReadonlySet<string | undefined> = new Set(['57P01', '57P02', '57P03', '53300']);

export function changedNothing(error: unknown): boolean {
  return error instanceof DatabaseError && CHANGED_NOTHING.has(error.code);
}

/** The connection is gone, or nobody answers on it: whether the statement was done is not known. */
export function isLost(error: unknown): boolean {
  if (error === undefined) return false;
  // 08: connection exceptions; 57P: shutdown, crash; 25P03: idle in a transaction for too long.
  return !(error instanceof DatabaseError) || /^(08|57P|25P03)/.test(error.code ?? '');
}

/** Of a failure to connect: nothing was sent, and it may be over soon. A wrong password will not be. */
export function isPassing(error: unknown): boolean {
  return !(error instanceof DatabaseError) || PASSING.has(error.code);
}

/** A statement was refused for what it says (23) or for whom it met (40): the next one finds the connection in order. */
export function leavesConnectionGood(error: unknown): boolean {
  return error instanceof DatabaseError && /^(23|40)/.test(error.code ?? '');
}

/** What `pg` threw, as a failure of ours where the database is away, full or beset; anything else as it came. */
export function asFailure(error: unknown): unknown {
  // 53: no memory, no room, too many connections; 55P03 and 57014: waited too long for another's lock, or for itself.
  const beset = error instanceof DatabaseError && /^(53|55P03|57014|58)/.test(error.code ?? '');
  if (!beset && !changedNothing(error) && !(error instanceof Error && isLost(error))) return error;
  return new FaultError('store-unavailable', 'PostgreSQL does not answer, or takes nothing now', {
    cause: error,
  });
}

export function uniqueViolation(error: unknown): UniqueViolation | undefined {
  if (!(error instanceof DatabaseError) || error.code !== UNIQUE_VIOLATION) return undefined;
  return new UniqueViolation(error.constraint ?? '', { cause: error });
}
