import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { commitsIn } from '../../bench/commits.ts';
import { sha256 } from '../../src/sha256.ts';
import { openSqliteStore } from '../../src/storage/open-store.ts';
import { sql, UniqueViolation } from '../../src/storage/sql.ts';
import { openSqlite } from '../../src/storage/sqlite.ts';
import type { Store } from '../../src/storage/store.ts';
import { auditContract } from '../contracts/audit.ts';
import { consoleContract } from '../contracts/console.ts';
import { linkSessionContract } from '../contracts/link-sessions.ts';
import { outwardContract } from '../contracts/outward.ts';
import { peopleContract } from '../contracts/people.ts';
import { type StoreContractOptions, type StoreUnderTest, storeContract } from '../contracts/store.ts';

async function emptyStore(options: StoreContractOptions): Promise<StoreUnderTest> {
  const directory = mkdtempSync(join(tmpdir(), 'pkb-link-store-'));
  const path = join(directory, 'store.db');
  const opened: Store[] = [];
  const another = async (over = {}) => {
    const store = await openSqliteStore({ path, ...options, ...over });
    opened.push(store);
    return store;
  };
  return {
    store: await another(),
    another,
    async execute(statement) {
      const database = new DatabaseSync(path);
      database.exec(statement);
      database.close();
    },
    raw: async () => Buffer.concat(readdirSync(directory).map((file) => readFileSync(join(directory, file)))),
    async close() {
      await Promise.all(opened.map((store) => store.close()));
      rmSync(directory, { recursive: true });
    },
  };
}

storeContract('SQLite', emptyStore);
storeContract('SQLite with tokens in memory', (options) => emptyStore({ ...options, tokensInMemory: 3 }));
linkSessionContract('SQLite', emptyStore);
outwardContract('SQLite', emptyStore);
peopleContract('SQLite', emptyStore);
consoleContract('SQLite', emptyStore);
auditContract('SQLite', emptyStore, {
  entries: 'drop trigger audit_entry_begins; drop trigger audit_entry_stays; drop trigger audit_entry_lasts',
  chain: 'drop trigger audit_chain_grows; drop trigger audit_chain_lasts',
});

describe('the SQLite database', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pkb-link-sqlite-'));
    path = join(directory, 'made', 'for it', 'store.db');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is a file for its owner only, in directories for its owner only', async () => {
    const database = await openSqlite(path);
    await database.run(sql`create table t (a text) strict`);
    const mode = (name: string) => statSync(name).mode & 0o777;
    assert.deepEqual(
      [mode(join(directory, 'made')), mode(join(directory, 'made', 'for it'))],
      [0o700, 0o700],
    );
    for (const file of ['', '-wal', '-shm']) assert.equal(mode(path + file), 0o600, file);
    await database.close();
  });

  it('commits to the disk, keeps foreign keys and wipes what is deleted', async () => {
    const database = await openSqlite(path);
    const setting = async (text: string) =>
      Object.values((await database.get<object>({ text, values: [] })) ?? {});
    assert.deepEqual(await setting('pragma journal_mode'), ['wal']);
    assert.deepEqual(await setting('pragma synchronous'), [2]);
    assert.deepEqual(await setting('pragma foreign_keys'), [1]);
    assert.deepEqual(await setting('pragma secure_delete'), [1]);
    await database.close();
  });

  it('names the index that refused a row', async () => {
    const database = await openSqlite(':memory:');
    await database.script(
      'create table t (a text, b text, c text) strict; create unique index one_a on t (a, b); create unique index one_c on t (c) where a > b',
    );
    const add = (a: string, b: string, c: string) =>
      database.run(sql`insert into t values (${a}, ${b}, ${c})`);
    await add('2', '1', 'x');
    const refusedBy = (index: string) => (error: unknown) =>
      error instanceof UniqueViolation && error.constraint === index;
    await assert.rejects(add('2', '1', 'y'), refusedBy('one_a'));
    await assert.rejects(add('3', '1', 'x'), refusedBy('one_c'));
    await add('0', '1', 'x');
    await database.close();
  });

  it('writes to the disk once for all who write at the same time, and tells nobody before', async () => {
    const database = await openSqlite(path);
    await database.run(sql`create table t (a integer) strict`);
    const before = commitsIn(`${path}-wal`);
    // Nobody is in line any more: the first that comes waits for the others.
    await nextTurn();
    const told: number[] = [];
    await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        if (n % 2 === 0) await database.run(sql`insert into t values (${n})`);
        else await database.transaction((tx) => tx.run(sql`insert into t values (${n})`));
        told.push(commitsIn(`${path}-wal`) - before);
      }),
    );
    assert.deepEqual(told, Array(20).fill(1));
    await database.close();
  });

  it('writes its WAL back beside those who commit', async () => {
    const database = await openSqlite(path);
    await database.script('create table word (id integer primary key)');
    const commits = 1_010;
    for (let n = 0; n < commits; n += 1) await database.run(sql`insert into word (id) values (${n})`);
    // Without its WAL: the file has what was written back and nothing else.
    const writtenBack = join(directory, 'written-back.db');
    const words = () => {
      copyFileSync(path, writtenBack);
      const alone = new DatabaseSync(writtenBack, { readOnly: true });
      try {
        return Number(alone.prepare('select count(*) as words from word').get()?.words);
      } catch {
        // Copied in the midst of it, or before it.
        return 0;
      } finally {
        alone.close();
      }
    };
    while (words() < 990) await nextTurn();
    assert.ok(words() <= commits);
    await database.run(sql`insert into word (id) values (${commits})`);
    await database.close();
    assert.equal(words(), commits + 1);
  });

  it('undoes what fails among those who share a commit, and nothing else', async () => {
    const database = await openSqlite(path);
    await database.script('create table t (a integer) strict; create unique index one_a on t (a)');
    const ends = await Promise.allSettled([
      database.run(sql`insert into t values (1)`),
      database.transaction(async (tx) => {
        await tx.run(sql`insert into t values (2)`);
        throw new Error('changed my mind');
      }),
      database.transaction(async (tx) => {
        await tx.run(sql`insert into t values (3)`);
        await tx.run(sql`insert into t values (1)`).catch(() => undefined);
      }),
      database.run(sql`insert into t values (1)`),
      database.run(sql`insert into t values (4)`),
    ]);
    assert.deepEqual(
      ends.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(
      (await database.all<{ a: number }>(sql`select a from t order by a`)).map(({ a }) => a),
      [1, 4],
    );
    await database.close();
  });

  it('reads after the writes that were called before it, also where it waits for none of them', async () => {
    const database = await openSqlite(path);
    await database.run(sql`create table t (a integer) strict`);
    const writing = database.run(sql`insert into t values (1)`);
    assert.equal((await database.get<{ n: number }>(sql`select count(*) as n from t`))?.n, 1);
    await writing;
    await database.close();
  });

  it('keeps the columns apart that a statement names where another process gives the table a new order', async () => {
    const database = await openSqlite(path);
    await database.script(`create table t (a text, b text) strict; insert into t values ('a', 'b')`);
    const asked = [sql`select b, a from t`, sql`select * from t`];
    for (const query of asked)
      assert.deepEqual({ ...(await database.get<object>(query)) }, { a: 'a', b: 'b' });
    const other = new DatabaseSync(path);
    other.exec(
      `drop table t; create table t (c text, b text, a text) strict; insert into t values ('c', 'b', 'a')`,
    );
    other.close();
    const seen = await Promise.all(asked.map((query) => database.get<object>(query)));
    assert.deepEqual(
      seen.map((row) => ({ ...row })),
      [
        { a: 'a', b: 'b' },
        { a: 'a', b: 'b', c: 'c' },
      ],
    );
    await database.close();
  });

  it('knows of a copy that SQLite left where a row had been, and writes the file without it', async () => {
    const database = await openSqlite(path);
    await database.script('create table t (a text primary key, b text) strict');
    // Rows that grow and shrink are moved to other pages.
    const keys = Array.from({ length: 300 }, (_, n) => sha256(String(n)));
    await database.transaction(async (tx) => {
      for (const [n, key] of keys.entries()) {
        await tx.run(sql`insert into t values (${key}, ${'x'.repeat(400 + (n % 60))})`);
      }
      for (const key of keys) {
        const length = 300 + 2 * Number.parseInt(key.slice(0, 2), 16);
        await tx.run(sql`update t set b = ${'y'.repeat(length)} where a = ${key}`);
      }
    });
    const deleted = keys.filter((_, n) => n % 2 === 0);
    for (const key of deleted) await database.run(sql`delete from t where a = ${key}`);
    const clean = await Promise.all(deleted.map((key) => database.expunged([key])));
    const raw = readFileSync(path);
    assert.deepEqual(
      clean,
      deleted.map((key) => !raw.includes(key)),
    );
    assert.ok(clean.includes(true) && clean.includes(false), 'some are left, or this tests nothing');
    assert.equal(await database.rewrite(), true);
    assert.equal(await database.expunged(deleted), true);
    assert.equal(await database.expunged(['never there', keys[1] as string]), false);
    await database.close();
  });

  it('cannot say that a row is gone while somebody still reads it as it was', async () => {
    const database = await openSqlite(path);
    await database.script('create table t (a text) strict');
    await database.run(sql`insert into t values ('a row that is deleted')`);
    const reader = new DatabaseSync(path);
    reader.exec('begin');
    reader.prepare('select * from t').all();
    await database.run(sql`delete from t`);
    assert.equal(await database.expunged(['a row that is deleted']), false);
    reader.exec('commit');
    assert.equal(await database.expunged(['a row that is deleted']), true);
    reader.close();
    await database.close();
  });

  it('refuses to be called inside its own transaction rather than wait for itself', async () => {
    const database = await openSqlite(':memory:');
    await assert.rejects(
      database.transaction(() => database.run(sql`create table t (a text) strict`)),
      /inside its own transaction/,
    );
    await database.run(sql`create table t (a text) strict`);
    await database.close();
  });

  it('refuses whoever comes after it was closed, and whoever comes after them', async () => {
    const database = await openSqlite(':memory:');
    await database.script('create table t (a text) strict');
    await database.close();
    const write = () => database.run(sql`insert into t values ('late')`);
    await assert.rejects(write(), /not open/);
    await assert.rejects(write(), /not open/);
    await assert.rejects(
      database.transaction((tx) => tx.run(sql`delete from t`)),
      /not open/,
    );
    const late = database.get(sql`select a from t`);
    await assert.rejects(late, /not open/);
    await database.close();
  });

  it('refuses a statement that comes after the end of its transaction', async () => {
    const database = await openSqlite(':memory:');
    const late = await database.transaction(async (tx) => () => tx.run(sql`create table t (a text) strict`));
    await assert.rejects(late(), /after the end/);
    await database.close();
  });
});
