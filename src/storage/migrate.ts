/**
 * Brings a database to this version's tables. Migrations are numbered files, each run once, in a transaction of its own
 * that also records it; processes that start together take turns.
 */

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { ConfigurationError } from '../errors.ts';
import { type Sql, type SqlDatabase, sql } from './sql.ts';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly script: string;
  readonly sha256: string;
}

type Recorded = Omit<Migration, 'script'>;

/** The files `0001_name.sql`, `0002_name.sql` … of a directory, in order. */
export function readMigrations(directory: URL): readonly Migration[] {
  const files = readdirSync(directory).filter((file) => file.endsWith('.sql'));
  return files.sort().map((file, place) => {
    const [, number, name] = /^(\d{4})_([a-z0-9_]+)\.sql$/.exec(file) ?? [];
    if (name === undefined || Number(number) !== place + 1) {
      throw new Error(`${file} is not the migration ${place + 1}: the numbers have no gaps and no doubles`);
    }
    // A checkout on Windows may have changed the ends of lines.
    const script = readFileSync(new URL(file, directory), 'utf8').replaceAll('\r\n', '\n');
    return { number: place + 1, name, script, sha256: createHash('sha256').update(script).digest('hex') };
  });
}

/** @throws ConfigurationError `store-unusable` where the database has migrations that are not among these. */
export async function migrate(
  database: SqlDatabase,
  migrations: readonly Migration[],
  now: () => Date,
): Promise<void> {
  await database.run(
    sql`create table if not exists schema_migration
      (number integer primary key, name text not null, sha256 text not null, applied_at bigint not null)`,
  );
  while (await nextMigration(database, migrations)) {
    await database.transaction(async (tx) => {
      // Asked again: another process may have run it while this one waited for its turn.
      const next = await nextMigration(tx, migrations);
      if (!next) return;
      await tx.script(next.script);
      await tx.run(
        sql`insert into schema_migration (number, name, sha256, applied_at)
          values (${next.number}, ${next.name}, ${next.sha256}, ${now().getTime()})`,
      );
    });
  }
}

/**
 * How many of these migrations the database lacks. Writes nothing.
 * @throws as `migrate`, and what the database throws where none was ever run
 */
export async function migrationsLacking(database: Sql, migrations: readonly Migration[]): Promise<number> {
  const next = await nextMigration(database, migrations);
  return next ? migrations.length - next.number + 1 : 0;
}

async function nextMigration(
  database: Sql,
  migrations: readonly Migration[],
): Promise<Migration | undefined> {
  const recorded = await database.all<Recorded>(
    sql`select number, name, sha256 from schema_migration order by number`,
  );
  recorded.forEach((row, place) => {
    check(row, migrations[place]);
  });
  return migrations[recorded.length];
}

function check(recorded: Recorded, ours: Migration | undefined): void {
  if (ours === undefined) {
    throw new ConfigurationError(
      'store-unusable',
      `the database was written by a newer pkb-link (its migration ${recorded.number}, ${recorded.name}, is not in this version): run that version or a later one`,
      { setting: 'PKB_LINK_DATABASE_URL' },
    );
  }
  if (recorded.number !== ours.number || recorded.sha256 !== ours.sha256) {
    throw new ConfigurationError(
      'store-unusable',
      `the database's migration ${recorded.number}, ${recorded.name}, is not this version's ${ours.number}, ${ours.name}: name a database of pkb-link, or restore it from a backup`,
      { setting: 'PKB_LINK_DATABASE_URL' },
    );
  }
}
