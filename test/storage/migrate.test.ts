import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../../src/errors.ts';
import { migrate, readMigrations } from '../../src/storage/migrate.ts';
import { type SqlDatabase, sql } from '../../src/storage/sql.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';

describe('migrate', () => {
  let directory: string;
  let database: SqlDatabase;
  const now = () => new Date('2026-03-01T09:00:00.000Z');

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'pkb-link-migrate-'));
    database = await openSqlite(join(directory, 'store.db'));
  });
  afterEach(async () => {
    await database.close();
    rmSync(directory, { recursive: true });
  });

  /** Writes the files anew, each one `<number>_step.sql`, and reads them as a version of the code would. */
  function version(...scripts: string[]) {
    const files = mkdtempSync(join(directory, 'version-'));
    scripts.forEach((script, place) => {
      writeFileSync(join(files, `${String(place + 1).padStart(4, '0')}_step.sql`), script);
    });
    return readMigrations(pathToFileURL(`${files}/`));
  }

  const recorded = () =>
    database.all<{ number: number; name: string; applied_at: number }>(
      sql`select number, name, applied_at from schema_migration order by number`,
    );
  const unusable = (message: RegExp) => (error: unknown) =>
    error instanceof ConfigurationError && error.code === 'store-unusable' && message.test(error.message);

  it('runs each migration once, in order, and records it', async () => {
    const first = 'create table t (a text) strict;';
    await migrate(database, version(first), now);
    await database.run(sql`insert into t values ('kept')`);
    await migrate(database, version(first, 'alter table t add column b text; update t set b = a;'), now);
    await migrate(database, version(first, 'alter table t add column b text; update t set b = a;'), now);
    assert.deepEqual(
      (await database.all<object>(sql`select * from t`)).map((row) => ({ ...row })),
      [{ a: 'kept', b: 'kept' }],
    );
    const applied_at = now().getTime();
    assert.deepEqual(
      (await recorded()).map((row) => ({ ...row })),
      [
        { number: 1, name: 'step', applied_at },
        { number: 2, name: 'step', applied_at },
      ],
    );
  });

  it('leaves nothing of a migration that fails half-way, and runs it when it is repaired', async () => {
    const broken = version(
      'create table t (a text) strict;',
      'create table u (a text) strict; select nonsense;',
    );
    await assert.rejects(migrate(database, broken, now), /nonsense/);
    assert.equal((await recorded()).length, 1);
    await migrate(
      database,
      version('create table t (a text) strict;', 'create table u (a text) strict;'),
      now,
    );
    assert.equal((await recorded()).length, 2);
  });

  it('refuses a database that is newer than the code, and says what to run', async () => {
    await migrate(
      database,
      version('create table t (a text) strict;', 'create table u (a text) strict;'),
      now,
    );
    await assert.rejects(
      migrate(database, version('create table t (a text) strict;'), now),
      unusable(/newer pkb-link.*run that version or a later one/),
    );
  });

  it('refuses a database whose migration is not the one of this name', async () => {
    await migrate(database, version('create table t (a text) strict;'), now);
    const other = version('create table t (a text, b text) strict;', 'create table u (a text) strict;');
    await assert.rejects(migrate(database, other, now), unusable(/migration 1, step, is not this version's/));
    assert.equal((await recorded()).length, 1);
  });

  it('does not care how the ends of lines were checked out', async () => {
    await migrate(database, version('create table t (\n  a text\n) strict;\n'), now);
    await migrate(database, version('create table t (\r\n  a text\r\n) strict;\r\n'), now);
    assert.equal((await recorded()).length, 1);
  });

  it('runs each migration once where several start at the same time', async () => {
    const scripts = Array.from({ length: 6 }, (_, n) => `create table t${n} (a text) strict;`);
    const path = join(directory, 'store.db');
    const others = await Promise.all([openSqlite(path), openSqlite(path), openSqlite(path)]);
    await Promise.all([database, ...others].map((each) => migrate(each, version(...scripts), now)));
    assert.equal((await recorded()).length, 6);
    await Promise.all(others.map((each) => each.close()));
  });
});

describe('readMigrations', () => {
  it('refuses a gap, a double and a name that is not a migration’s', () => {
    for (const names of [['0002_later.sql'], ['0001_a.sql', '0001_b.sql'], ['first.sql']]) {
      const files = mkdtempSync(join(tmpdir(), 'pkb-link-migrations-'));
      for (const name of names) writeFileSync(join(files, name), 'select 1;');
      assert.throws(() => readMigrations(pathToFileURL(`${files}/`)), /is not the migration/);
      rmSync(files, { recursive: true });
    }
  });
});
