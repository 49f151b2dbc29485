/** From the operator's setting to a store that is ready to use. */

import { fileURLToPath } from 'node:url';
import { ConfigurationError, Failure } from '../errors.ts';
import { migrate, readMigrations } from './migrate.ts';
import type { KeyRing } from './seal.ts';
import type { SqlDatabase } from './sql.ts';
import { sqlStore } from './sql-store.ts';
import { openSqlite } from './sqlite.ts';
import type { Store, StoreScope } from './store.ts';

export interface StoreOptions {
  readonly scope: StoreScope;
  readonly keyRing: KeyRing;
  /** The clock by which a lease is over and what nobody dated is dated. */
  readonly now?: () => Date;
}

/**
 * Opens what `PKB_LINK_DATABASE_URL` names: `file:data/pkb-link.db`, `file:///var/lib/pkb-link.db` or a plain path.
 * Creates the file and brings it to this version's tables.
 * @throws ConfigurationError `bad-configuration` (not such an address) or `store-unusable` (see `openSqliteStore`)
 */
export async function openStore({
  url,
  ...options
}: StoreOptions & { readonly url: string }): Promise<Store> {
  return openSqliteStore({ ...options, path: sqlitePath(url) });
}

/**
 * @param options.path a file, or `:memory:` for a store that is gone when it is closed
 * @throws ConfigurationError `store-unusable` where the file cannot be opened, is no database, or is one that this
 * version must not write to
 */
export async function openSqliteStore({
  path,
  scope,
  keyRing,
  now = () => new Date(),
}: StoreOptions & { readonly path: string }): Promise<Store> {
  let database: SqlDatabase | undefined;
  try {
    database = await openSqlite(path);
    await migrate(database, readMigrations(new URL('./migrations/sqlite/', import.meta.url)), now);
    return sqlStore(database, { scope, keyRing, now });
  } catch (cause) {
    await database?.close();
    if (cause instanceof Failure) throw cause;
    const why = cause instanceof Error ? cause.message : 'no reason given';
    throw new ConfigurationError('store-unusable', `the database ${path} cannot be opened: ${why}`, {
      cause,
      setting: 'PKB_LINK_DATABASE_URL',
    });
  }
}

function sqlitePath(url: string): string {
  // An address may hold a password: no message repeats more of it than its scheme. One letter is a Windows drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme === 'postgres' || scheme === 'postgresql') {
    throw badUrl('PostgreSQL is not supported yet in this version: use file:<path>');
  }
  if (scheme !== undefined && scheme !== 'file') {
    throw badUrl(`PKB_LINK_DATABASE_URL must be file:<path>; this version knows no ${scheme}: databases`);
  }
  const path = scheme === undefined ? url : url.slice('file:'.length);
  if (path === '' || /[?#\0]/.test(path)) {
    throw badUrl('PKB_LINK_DATABASE_URL must be file:<path>, with a path and no parameters');
  }
  return path.startsWith('//') ? filePath(url) : path;
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch (cause) {
    throw badUrl('PKB_LINK_DATABASE_URL must be file:<path> or file:///<path>', cause);
  }
}

function badUrl(message: string, cause?: unknown): ConfigurationError {
  return new ConfigurationError('bad-configuration', message, { setting: 'PKB_LINK_DATABASE_URL', cause });
}
