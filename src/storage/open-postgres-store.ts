/** From a `postgres://` address to a store that is ready to use, or to what the operator should do about it. */

import { Client } from 'pg';
import { ConfigurationError, FaultError } from '../errors.ts';
import { checkKeys } from './check-keys.ts';
import { migrate, readMigrations } from './migrate.ts';
import { alone, DEFAULT_POOL_SIZE, LIMITS_OF_ROLE, openPostgres } from './postgres.ts';
import { postgresClock } from './postgres-clock.ts';
import type { SqlDatabase } from './sql.ts';
import { sqlStore } from './sql-store.ts';
import type { Store, StoreOptions } from './store.ts';
import { withSharedReads } from './with-shared-reads.ts';

const SETTING = { setting: 'PKB_LINK_DATABASE_URL' } as const;

/** `pg`'s own, but for the last two. Not among them: what would turn off a limit that the store relies on. */
const PARAMETERS: ReadonlySet<string> = new Set([
  'sslmode',
  'sslrootcert',
  'sslcert',
  'sslkey',
  'host',
  'options',
  'application_name',
  'pool_size',
  'pooler',
]);

/** Of Node's network and of `pg`: nobody answered there. */
const UNREACHABLE =
  /^(ECONNREFUSED|ECONNRESET|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENOENT|timeout expired)$/;

/**
 * Brings the database to this version's tables, one process at a time, and opens it.
 * @throws ConfigurationError `bad-configuration` (an address that cannot be read) or `store-unusable` (nobody answers, the
 * password is wrong, there is no such database, it is not ours, commits are not durable); never with the password;
 * `no-encryption-key` where rows are sealed with a key that the ring lacks
 */
export async function openPostgresStore({
  url,
  ...options
}: StoreOptions & { readonly url: string }): Promise<Store> {
  const { poolSize, pooled } = checkedAddress(url);
  try {
    await alone(url, async (database) => {
      await checkDurable(database);
      if (pooled) await checkLimits(database);
      await migrate(
        database,
        readMigrations(new URL('./migrations/postgres/', import.meta.url)),
        options.now ?? (() => new Date()),
      );
      if (!options.keysMayBeMissing) await checkKeys({ ...options, database });
    });
    const database = openPostgres(url, { poolSize, pooled });
    const clock = options.now ? { now: options.now, stop: () => {} } : await postgresClock(database);
    const store = withSharedReads(sqlStore(database, { ...options, now: clock.now }));
    return {
      ...store,
      close() {
        clock.stop();
        return store.close();
      },
    };
  } catch (cause) {
    if (cause instanceof ConfigurationError) throw cause;
    const said = cause instanceof FaultError ? cause.cause : cause;
    throw new ConfigurationError('store-unusable', whyUnusable(url, said), { cause, ...SETTING });
  }
}

/**
 * No message repeats any of the address that is not where it should be: a password with a `/`, `?` or `#` that was not
 * percent-encoded ends up in the path, the parameters or the fragment.
 */
export function checkedAddress(url: string): { readonly poolSize: number; readonly pooled: boolean } {
  const address = URL.parse(url);
  if (address?.hash !== '' || /[/@]/.test(address.pathname.slice(1))) {
    throw badUrl(
      'must be postgres://user:password@host:port/database, with /, ?, # and @ percent-encoded in user and password',
    );
  }
  if (![...address.searchParams.keys()].every((name) => PARAMETERS.has(name))) {
    throw badUrl(
      `has a parameter that is none of ${[...PARAMETERS].join(', ')} (a ? in the password is written %3F)`,
    );
  }
  const text = address.searchParams.get('pool_size') ?? String(DEFAULT_POOL_SIZE);
  const poolSize = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (poolSize < 1 || poolSize > 1000) throw badUrl('needs a pool_size from 1 to 1000');
  const pooler = address.searchParams.get('pooler');
  if (pooler !== null && pooler !== 'transaction') throw badUrl('knows one pooler: pooler=transaction');
  return { poolSize, pooled: pooler !== null };
}

/** Behind a pooler nobody can set them for a session, and without them a process that stands still stops the others. */
async function checkLimits(database: SqlDatabase): Promise<void> {
  const lacking = await database.all<{ name: string }>({
    text: `select name from pg_settings where reset_val = '0' and name in
      ('idle_in_transaction_session_timeout', 'lock_timeout', 'statement_timeout')`,
    values: [],
  });
  if (lacking.length === 0) return;
  const row = await database.get<{ role: string }>({ text: 'select current_user as role', values: [] });
  const remedy = LIMITS_OF_ROLE.map((limit) => `alter role ${row?.role} ${limit};`).join(' ');
  throw new ConfigurationError(
    'store-unusable',
    `behind a pooler the role must have its own limits, and then the pooler new connections: ${remedy}`,
    SETTING,
  );
}

/** A refresh token that PKB has spent and that a crash of the server forgets is a link lost. */
async function checkDurable(database: SqlDatabase): Promise<void> {
  const row = await database.get<{ synchronous_commit: string }>({
    text: 'show synchronous_commit',
    values: [],
  });
  if (row?.synchronous_commit !== 'off') return;
  throw new ConfigurationError(
    'store-unusable',
    'the database has synchronous_commit = off, so a crash of it can lose links: set it to on for this role or database',
    SETTING,
  );
}

/** What to do about what `pg` threw, without the password. */
export function whyUnusable(url: string, error: unknown): string {
  const { code, message } = error as { code?: string; message: string };
  let client: Client;
  try {
    client = new Client({ connectionString: url });
  } catch {
    // A certificate's file that is not there.
    return `the database's address cannot be used: ${message}`;
  }
  const { user, host, port, database } = client;
  const server = `PostgreSQL at ${host}:${port}`;
  if (UNREACHABLE.test(code ?? message)) {
    return `nobody answers at ${host}:${port} (${code ?? message}): is PostgreSQL running there, and may this machine reach it?`;
  }
  if (/unsupported startup parameter/.test(message)) {
    return `at ${host}:${port} is a pooler (${message}): with PgBouncer's transaction mode add pooler=transaction to the address`;
  }
  switch (code) {
    case '28P01':
      return `${server} does not accept the password of ${user}: correct it in the address (percent-encoded) or in PGPASSWORD`;
    case '3D000':
      return `${server} has no database ${database}: create it (create database ${database} owner ${user})`;
    case '42501':
      return `${user} may not make tables in the database ${database} at ${host}:${port}: make it the owner (alter database ${database} owner to ${user})`;
    case '55P03':
      return `another process has been migrating the database ${database} at ${host}:${port} for a minute: start again when it is done`;
    default:
      return `the database ${database} of ${server} cannot be used by ${user}: ${message}`;
  }
}

function badUrl(trouble: string): ConfigurationError {
  return new ConfigurationError('bad-configuration', `PKB_LINK_DATABASE_URL ${trouble}`, SETTING);
}
