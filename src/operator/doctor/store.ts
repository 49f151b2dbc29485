import { ConfigurationError, FaultError } from '../../errors.ts';
import { checkKeys } from '../../storage/check-keys.ts';
import { migrationsLacking, readMigrations } from '../../storage/migrate.ts';
import { isPostgres, sqlitePath } from '../../storage/open-store.ts';
import type { SqlDatabase } from '../../storage/sql.ts';
import { sql } from '../../storage/sql.ts';
import { sqlStore } from '../../storage/sql-store.ts';
import { openSqliteToRead } from '../../storage/sqlite.ts';
import type { Store } from '../../storage/store.ts';
import type { Sound } from './configuration.ts';
import { type Finding, fail, failedBy, pass } from './finding.ts';

const CHECK = 'database';
const MIGRATIONS = new URL('../../storage/migrations/', import.meta.url);

/**
 * Whether the database is there, has this version's tables, keeps what it commits and is sealed with keys that we have.
 * @param further what else is to be looked at where all of that is so, with a store that can only be read
 */
export async function checkDatabase(
  sound: Sound,
  further: (store: Store) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const { databaseUrl } = sound.config.app;
  return isPostgres(databaseUrl) ? ofPostgres() : ofSqlite(sqlitePath(databaseUrl));

  async function ofSqlite(path: string): Promise<readonly Finding[]> {
    if (path === ':memory:') {
      return [
        fail(CHECK, 'is in memory: every link ends with the process', 'set PKB_LINK_DATABASE_URL to a file'),
      ];
    }
    let database: SqlDatabase | undefined;
    try {
      database = openSqliteToRead(path);
      const durable = async (it: SqlDatabase) => {
        const row = await it.get<{ journal_mode: string }>({ text: 'pragma journal_mode', values: [] });
        return row?.journal_mode === 'wal'
          ? pass('durability', 'SQLite in WAL mode; every commit is synced')
          : fail(
              'durability',
              'SQLite is not in WAL mode',
              'run pkb-link migrate, and keep the file on a local disk',
            );
      };
      return await inside(database, 'sqlite/', durable);
    } catch (thrown) {
      const remedy = 'correct PKB_LINK_DATABASE_URL; a new database is made by pkb-link migrate';
      return [
        notRead(thrown, remedy, (cause) => {
          const why = cause instanceof Error ? cause.message : 'no reason given';
          return `${path} cannot be read: ${why}`;
        }),
      ];
    } finally {
      await database?.close();
    }
  }

  async function ofPostgres(): Promise<readonly Finding[]> {
    const { alone } = await import('../../storage/postgres.ts');
    const { checkedAddress, whyUnusable } = await import('../../storage/open-postgres-store.ts');
    try {
      checkedAddress(databaseUrl);
      return await alone(databaseUrl, async (database) => {
        await database.script('set transaction read only');
        return inside(database, 'postgres/', postgresKeeps);
      });
    } catch (thrown) {
      const remedy = 'correct PKB_LINK_DATABASE_URL, or make the server well';
      return [notRead(thrown, remedy, (cause) => whyUnusable(databaseUrl, cause))];
    }
  }

  async function inside(
    database: SqlDatabase,
    folder: string,
    durable: (database: SqlDatabase) => Promise<Finding>,
  ): Promise<readonly Finding[]> {
    // First: of PostgreSQL nothing more can be asked once a table is found lacking.
    const kept = await durable(database);
    const migrations = readMigrations(new URL(folder, MIGRATIONS));
    const lacking = await migrationsLacking(database, migrations).catch((thrown) => {
      if (!isLackOfTable(thrown)) throw thrown;
      return migrations.length;
    });
    if (lacking > 0) {
      return [
        kept,
        fail(CHECK, `lacks ${lacking} of ${migrations.length} migrations`, 'run pkb-link migrate'),
      ];
    }
    const { environment, clientId } = sound.settings;
    const scope = { environment, clientId };
    const store = sqlStore(database, { scope, keyRing: sound.keyRing, now: () => new Date() });
    return [
      pass(CHECK, 'there, with the tables of this version'),
      kept,
      await keys(),
      ...(await further(store)),
    ];

    async function keys(): Promise<Finding> {
      try {
        await checkKeys({ database, scope, keyRing: sound.keyRing });
        return pass('keys', 'open what is stored');
      } catch (thrown) {
        return failedBy(
          'keys',
          thrown,
          'put the key back in PKB_LINK_ENCRYPTION_KEYS (docs/operating.md, Keys)',
        );
      }
    }
  }
}

function notRead(thrown: unknown, remedy: string, says: (cause: unknown) => string): Finding {
  if (thrown instanceof ConfigurationError) return failedBy(CHECK, thrown, 'correct PKB_LINK_DATABASE_URL');
  return fail(CHECK, says(thrown instanceof FaultError ? thrown.cause : thrown), remedy);
}

/** SQLite has no code for it; PostgreSQL has one (42P01), and its words may be in any language. */
function isLackOfTable(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  return ('code' in thrown && thrown.code === '42P01') || thrown.message.startsWith('no such table');
}

/** A refresh token that PKB has spent and that a crash of the server forgets is a link lost. */
async function postgresKeeps(database: SqlDatabase): Promise<Finding> {
  const off = await database.all<{ name: string }>(
    sql`select name from pg_settings
      where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off' order by name`,
  );
  if (off.length === 0) return pass('durability', 'PostgreSQL syncs every commit');
  const names = off.map(({ name }) => name).join(', ');
  return fail(
    'durability',
    `PostgreSQL has ${names} off, so a crash of it can lose links`,
    `set ${names} to on, for the server or for this role`,
  );
}
