/** From the operator's setting to a store that is ready to use. */

import { fileURLToPath } from 'node:url';
import { ConfigurationError, Failure, FaultError } from '../errors.ts';
import { checkKeys, checkSpoolKeys } from './check-keys.ts';
import { migrate, readMigrations } from './migrate.ts';
import { openSpool } from './spool.ts';
import type { SqlDatabase } from './sql.ts';
import { sqlStore } from './sql-store.ts';
import { openSqlite } from './sqlite.ts';
import type { Store, StoreOptions } from './store.ts';
import { withCopies } from './with-copies.ts';
import { type SpoolReports, withSpool } from './with-spool.ts';

interface OpenStoreOptions extends StoreOptions {
  readonly url: string;
  /** Where answers wait for the database: a folder of this machine, by default beside the SQLite file or `data/spool`. */
  readonly spool?: { readonly folder?: string; readonly report: SpoolReports };
}

/**
 * Opens what `PKB_LINK_DATABASE_URL` names: `postgres://…`, `file:data/pkb-link.db`, `file:///var/lib/pkb-link.db` or a
 * plain path. Creates the file and brings the database to this version's tables.
 * @throws ConfigurationError `bad-configuration` (not such an address), `store-unusable` (see `openSqliteStore` and
 * `openPostgresStore`) or `no-encryption-key` (something is sealed with a key that the ring lacks)
 */
export async function openStore({ url, spool, ...options }: OpenStoreOptions): Promise<Store> {
  // Read only where it is used: the driver is the larger part of what a short command would load.
  if (isPostgres(url)) {
    const { openPostgresStore } = await import('./open-postgres-store.ts');
    const store = await openPostgresStore({ ...options, url });
    return spooled(store);
  }
  const path = sqlitePath(url);
  const store = await openSqliteStore({ ...options, path });
  return path === ':memory:' ? store : spooled(store);

  async function spooled(store: Store): Promise<Store> {
    if (!spool) return store;
    const folder = spool.folder ?? usualSpool(url);
    try {
      const opened = await openSpool(folder, options.keyRing, options.scope);
      if (!options.keysMayBeMissing) await checkSpoolKeys(opened, { folder, keyRing: options.keyRing });
      return await withSpool(store, opened, spool.report);
    } catch (cause) {
      await store.close();
      if (cause instanceof Failure) throw cause;
      throw new ConfigurationError('store-unusable', `the folder ${folder} cannot be written`, {
        cause,
        setting: 'PKB_LINK_SPOOL',
      });
    }
  }
}

/** Where refreshed tokens wait unless `PKB_LINK_SPOOL` says otherwise. */
export function usualSpool(url: string): string {
  return isPostgres(url) ? 'data/spool' : `${sqlitePath(url)}.spool`;
}

export function isPostgres(url: string): boolean {
  return /^postgres(ql)?:/i.test(url);
}

/**
 * @param options.path a file, or `:memory:` for a store that is gone when it is closed
 * @throws ConfigurationError `store-unusable` where the file cannot be opened, is no database, or is one that this
 * version must not write to; `no-encryption-key` where rows are sealed with a key that the ring lacks
 */
export async function openSqliteStore({
  path,
  scope,
  keyRing,
  now = () => new Date(),
  keysMayBeMissing = false,
  tokensInMemory = 0,
}: StoreOptions & { readonly path: string }): Promise<Store> {
  let database: SqlDatabase | undefined;
  try {
    database = await openSqlite(path);
    await migrate(database, readMigrations(new URL('./migrations/sqlite/', import.meta.url)), now);
    if (!keysMayBeMissing) await checkKeys({ database, scope, keyRing });
    return withCopies(sqlStore(database, { scope, keyRing, now }), database, { atMost: tokensInMemory, now });
  } catch (cause) {
    await database?.close();
    if (cause instanceof ConfigurationError) throw cause;
    const said = cause instanceof FaultError ? cause.cause : cause;
    const why = said instanceof Error ? said.message : 'no reason given';
    throw new ConfigurationError('store-unusable', `the database ${path} cannot be opened: ${why}`, {
      cause,
      setting: 'PKB_LINK_DATABASE_URL',
    });
  }
}

/** @throws ConfigurationError `bad-configuration` where `url` names no SQLite file */
export function sqlitePath(url: string): string {
  // An address may hold a password: no message repeats more of it than its scheme. One letter is a Windows drive.
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'file') {
    throw badUrl(
      `PKB_LINK_DATABASE_URL must be file:<path> or postgres://…; this version knows no ${scheme}: databases`,
    );
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
