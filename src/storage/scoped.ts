import type { KeyRing } from './seal.ts';
import type { Sql } from './sql.ts';
import type { StoreScope } from './store.ts';

/** Whose rows, by which connection, sealed with what. Every statement on a table names the scope. */
export interface Scoped {
  readonly database: Sql;
  readonly scope: StoreScope;
  readonly keyRing: KeyRing;
  /** For what is derived or recorded where the caller names no time. */
  readonly now: () => Date;
}
