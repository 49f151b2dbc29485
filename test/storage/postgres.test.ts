import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Client } from 'pg';
import { ConfigurationError } from '../../src/errors.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { alone, openPostgres } from '../../src/storage/postgres.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';
import { sql, UniqueViolation } from '../../src/storage/sql.ts';
import type { Store } from '../../src/storage/store.ts';
import { auditContract } from '../contracts/audit.ts';
import { consoleContract } from '../contracts/console.ts';
import { linkSessionContract } from '../contracts/link-sessions.ts';
import { outwardContract } from '../contracts/outward.ts';
import { peopleContract } from '../contracts/people.ts';
import { type StoreContractOptions, type StoreUnderTest, storeContract } from '../contracts/store.ts';
import { GUARDED, messageOf, postgresServer, processOn, withoutPostgres } from './postgres-server.ts';

const server = postgresServer();
const OPTIONS = {
  scope: { environment: 'sandbox', clientId: 'client' },
  keyRing: parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`),
} as const;

async function emptyStore(options: StoreContractOptions): Promise<StoreUnderTest> {
  const url = await server.newDatabase();
  const opened: Store[] = [];
  const another = async (over = {}) => {
    const store = await openStore({ url, ...options, ...over });
    opened.push(store);
    return store;
  };
  return {
    store: await another(),
    another,
    execute: async (statement) => void (await server.query(statement, url)),
    raw: () => server.written(url),
    close: async () => void (await Promise.all(opened.map((store) => store.close()))),
  };
}

describe('on PostgreSQL', withoutPostgres, () => {
  storeContract('PostgreSQL', emptyStore);
  linkSessionContract('PostgreSQL', emptyStore);
  outwardContract('PostgreSQL', emptyStore);
  peopleContract('PostgreSQL', emptyStore);
  consoleContract('PostgreSQL', emptyStore);
  auditContract('PostgreSQL', emptyStore, {
    entries: 'alter table audit_entry disable trigger user',
    chain: 'alter table audit_chain disable trigger user',
  });

  describe('openStore', () => {
    it('brings a database to this version once, where eight processes start at the same time', async () => {
      const url = await server.newDatabase();
      const children = Array.from({ length: 8 }, () => processOn(url, 'open'));
      await Promise.all(children.map(messageOf));
      const said = Promise.all(children.map(messageOf));
      for (const child of children) child.send('now');
      assert.deepEqual(await said, Array(8).fill('opened'));
      assert.deepEqual(await server.query('select number from schema_migration', url), [{ number: 1 }]);
      for (const child of children) child.kill('SIGKILL');
    });

    it('migrates in one process at a time', async () => {
      const url = await server.newDatabase();
      let inside = 0;
      await Promise.all(
        Array.from({ length: 8 }, () =>
          alone(url, async (database) => {
            inside += 1;
            await database.get(sql`select pg_sleep(0.01)`);
            assert.equal(inside, 1);
            inside -= 1;
          }),
        ),
      );
    });

    it('lets the processes that wait go on where the one that migrates is killed', async () => {
      const url = await server.newDatabase();
      const first = processOn(url, 'migrate and stop half-way');
      assert.equal(await messageOf(first), 'half-way');
      const opening = openStore({ url, ...OPTIONS });
      first.kill('SIGKILL');
      await (await opening).close();
      assert.equal((await server.query('select 1 from schema_migration', url)).length, 1);
    });

    function refusal(code: string, message: RegExp) {
      return (error: unknown) => {
        assert.ok(error instanceof ConfigurationError);
        assert.deepEqual([error.code, error.setting], [code, 'PKB_LINK_DATABASE_URL']);
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /s3cret|s3|cret/);
        return true;
      };
    }

    it('says what the operator must do, and never the password', async () => {
      const guarded = (password: string, database = 'postgres') =>
        server.address(database, `${GUARDED.user}${password}`);
      for (const [url, message] of [
        [guarded(':wr0ng'), /does not accept the password of guarded/],
        [guarded(''), /cannot be used by guarded: SASL/],
        [guarded(':s3cret', 'nowhere'), /has no database nowhere: create it/],
        [guarded(':s3cret'), /guarded may not make tables .* make it the owner/],
        ['postgres://pkb:s3cret@127.0.0.1:1/pkb', /nobody answers at 127.0.0.1:1 \(ECONNREFUSED\)/],
        [
          'postgresql://pkb:s3cret@db.invalid/pkb',
          /nobody answers at db.invalid:5432 \((ENOTFOUND|EAI_AGAIN)\)/,
        ],
        [`${guarded(':s3cret')}?sslmode=verify-full`, /does not support SSL/],
        [`${guarded(':s3cret')}?sslmode=verify-full&sslrootcert=/no/such/file`, /ENOENT.*\/no\/such\/file/],
      ] as const) {
        await assert.rejects(
          openStore({ url, ...OPTIONS }),
          refusal('store-unusable', message),
          String(message),
        );
      }
    });

    it('refuses an address that cannot be read as it was meant', async () => {
      for (const [url, message] of [
        ['postgres://pkb:12/s3cret@db/pkb', /percent-encoded/],
        ['postgres://pkb:s3/cret@db/pkb', /percent-encoded/],
        ['postgres://pkb:12#s3cret@db/pkb', /percent-encoded/],
        ['postgres://pkb:12?s3cret@db/pkb', /a parameter that is none of/],
        ['postgres://pkb:s3cret@db/pkb?statement_timeout=0', /a parameter that is none of/],
        ['postgres://pkb:s3cret@db/pkb?pool_size=0', /pool_size from 1 to 1000/],
        ['postgres://pkb:s3cret@db/pkb?pool_size=many', /pool_size from 1 to 1000/],
      ] as const) {
        await assert.rejects(openStore({ url, ...OPTIONS }), refusal('bad-configuration', message), url);
      }
    });

    it('refuses a database whose commits are not durable', async () => {
      const url = await server.newDatabase();
      await server.query(`alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`);
      await assert.rejects(
        openStore({ url, ...OPTIONS }),
        refusal('store-unusable', /synchronous_commit = off/),
      );
    });

    it('refuses a database that a newer version has written', async () => {
      const url = await server.newDatabase();
      await (await openStore({ url, ...OPTIONS })).close();
      await server.query("insert into schema_migration values (2, 'later', 'x', 0)", url);
      await assert.rejects(openStore({ url, ...OPTIONS }), refusal('store-unusable', /newer pkb-link/));
    });

    it('keeps its tables in the schema that the options name', async () => {
      const url = await server.newDatabase();
      await server.query('create schema pkb', url);
      await (await openStore({ url: `${url}?options=-c%20search_path%3Dpkb`, ...OPTIONS })).close();
      const schemas = await server.query("select schemaname from pg_tables where tablename = 'link'", url);
      assert.deepEqual(schemas, [{ schemaname: 'pkb' }]);
    });

    it('takes as many connections as pool_size says and is called pkb-link', async () => {
      const url = await server.newDatabase();
      const store = await openStore({ url: `${url}?pool_size=3`, ...OPTIONS });
      await Promise.all(Array.from({ length: 50 }, () => store.findLink('ada')));
      const taken = await server.query(
        `select count(*)::int as count from pg_stat_activity
         where application_name = 'pkb-link' and datname = current_database()`,
        url,
      );
      assert.deepEqual(taken, [{ count: 3 }]);
      await store.close();
    });
  });

  describe('the PostgreSQL database', () => {
    async function opened(t: TestContext) {
      const url = await server.newDatabase();
      const database = openPostgres(url);
      const other = openPostgres(url);
      t.after(() => Promise.all([database.close(), other.close()]));
      return { url, database, other };
    }

    it('names the index that refused a row', async (t) => {
      const { database } = await opened(t);
      await database.script(
        'create table t (a text, b text); create unique index one_a on t (a); create unique index one_b on t (b) where a > b',
      );
      const add = (a: string, b: string) => database.run(sql`insert into t values (${a}, ${b})`);
      const refusedBy = (index: string) => (error: unknown) =>
        error instanceof UniqueViolation && error.constraint === index;
      await add('2', '1');
      await assert.rejects(add('2', '3'), refusedBy('one_a'));
      await assert.rejects(add('3', '1'), refusedBy('one_b'));
    });

    it('gives bigints as numbers', async (t) => {
      const { database } = await opened(t);
      await database.script('create table t (at bigint)');
      const at = Date.parse('2026-11-24T10:00:00Z');
      await database.run(sql`insert into t values (${at})`);
      assert.deepEqual(await database.get(sql`select at from t`), { at });
    });

    it('refuses to be called inside its own transaction, and a statement after the end of one', async (t) => {
      const { database } = await opened(t);
      await database.script('create table t (a text)');
      await assert.rejects(
        database.transaction(() => database.run(sql`delete from t`)),
        /inside its own transaction/,
      );
      const late = await database.transaction(async (tx) => () => tx.run(sql`delete from t`));
      await assert.rejects(late(), /after the end/);
    });

    it('lets no two transactions each miss what the other changes', async (t) => {
      const { database, other } = await opened(t);
      await database.script(
        "create table t (name text primary key, on_call text); insert into t values ('a', 'yes'), ('b', 'yes')",
      );
      for (let round = 0; round < 20; round += 1) {
        await database.run(sql`update t set on_call = 'yes'`);
        const leave = (each: typeof database, name: string) =>
          each.transaction(async (tx) => {
            const left = await tx.all(sql`select * from t where on_call = 'yes'`);
            if (left.length > 1) await tx.run(sql`update t set on_call = 'no' where name = ${name}`);
          });
        await Promise.all([leave(database, 'a'), leave(other, 'b')]);
        assert.equal((await database.all(sql`select * from t where on_call = 'yes'`)).length, 1);
      }
    });

    it('runs a transaction again where a single statement changed what it had read', async (t) => {
      const { database, other } = await opened(t);
      await database.script('create table t (n bigint); insert into t values (0)');
      const seen: number[] = [];
      await database.transaction(async (tx) => {
        const row = await tx.get<{ n: number }>(sql`select n from t`);
        seen.push(row?.n ?? -1);
        if (seen.length === 1) await other.run(sql`update t set n = 10`);
        await tx.run(sql`update t set n = ${(row?.n ?? 0) + 1}`);
      });
      assert.deepEqual(seen, [0, 10]);
      assert.deepEqual(await database.get(sql`select n from t`), { n: 11 });
    });

    it('answers single statements while transactions wait, however many do', async (t) => {
      const { database, other } = await opened(t);
      await database.script('create table t (n bigint); insert into t values (0)');
      const { promise: gate, resolve: open } = Promise.withResolvers<void>();
      const waiting = Array.from({ length: 50 }, () =>
        database.transaction(async (tx) => {
          await gate;
          await tx.run(sql`update t set n = n + 1`);
        }),
      );
      await Promise.all(Array.from({ length: 50 }, () => database.all(sql`select * from t`)));
      await other.transaction((tx) => tx.run(sql`update t set n = n + 1`));
      open();
      await Promise.all(waiting);
      assert.deepEqual(await database.get(sql`select n from t`), { n: 51 });
    });

    it('survives a migration under its prepared statements', async (t) => {
      const { url, database } = await opened(t);
      await database.script("create table t (a text); insert into t values ('kept')");
      const read = () => database.get(sql`select * from t`);
      const change = (tx: Pick<typeof database, 'get'>) =>
        tx.get(sql`update t set a = ${'changed'} returning *`);
      await Promise.all(Array.from({ length: 20 }, read));
      await Promise.all(Array.from({ length: 20 }, () => change(database)));
      await server.query('alter table t add column b text', url);
      await Promise.all(Array.from({ length: 20 }, read));
      await Promise.all(Array.from({ length: 20 }, () => change(database)));
      await server.query('alter table t add column c text', url);
      assert.deepEqual(await database.transaction(change), { a: 'changed', b: null, c: null });
    });
  });

  describe('the feed', () => {
    it('shows what commits late after what was seen before it, though its id is the lower one', async () => {
      const url = await server.newDatabase();
      const [slow, quick] = await Promise.all([
        openStore({ url, ...OPTIONS }),
        openStore({ url, ...OPTIONS }),
      ]);
      const written = Promise.withResolvers<void>();
      const over = Promise.withResolvers<void>();
      const event = (appUserId: string) =>
        ({ appUserId, type: 'link.completion_refused', at: new Date() }) as const;
      const slowly = slow.transaction(async (tx) => {
        await tx.addEvent({ ...event('slow'), by: 'app' });
        written.resolve();
        await over.promise;
      });
      await written.promise;
      await quick.addEvent({ ...event('quick'), by: 'app' });
      const seen = (await quick.listFeed({ limit: 9 })) ?? [];
      over.resolve();
      await slowly;
      const after = seen.at(-1)?.id ?? '';
      const then = (await quick.listFeed({ after, limit: 9 })) ?? [];
      const accounts = [seen, then].map((events) => events.map(({ appUserId }) => appUserId));
      assert.deepEqual(accounts, [['quick'], ['slow']]);
      assert.deepEqual(await server.query('select app_user_id from link_event order by id', url), [
        { app_user_id: 'slow' },
        { app_user_id: 'quick' },
      ]);
      await Promise.all([slow.close(), quick.close()]);
    });
  });

  describe('the audit trail', () => {
    it('lets acts be done while another process is at the chain, and has them in it afterwards', async () => {
      const url = await server.newDatabase();
      const store = await openStore({ url, ...OPTIONS });
      await store.record({ act: 'links.exported', by: 'app' });
      await store.auditChain();
      const other = new Client({ connectionString: url });
      await other.connect();
      await other.query('begin');
      await other.query('select * from audit_chain for update');
      // Who waited for that row here would wait for as long as the transaction above.
      await store.addEvent({ appUserId: 'ada', type: 'link.completion_refused', at: new Date(), by: 'app' });
      await store.record({ act: 'keys.rotated', by: 'app' });
      await other.query('commit');
      await other.end();
      const acts = (await store.listAudit({ limit: 9 })).map(({ act }) => act);
      assert.deepEqual(acts, ['links.exported', 'link.completion_refused', 'keys.rotated']);
      await store.close();
    });

    it('cannot be emptied at once either', async () => {
      const url = await server.newDatabase();
      const store = await openStore({ url, ...OPTIONS });
      for (const table of ['audit_entry', 'audit_chain']) {
        await assert.rejects(server.query(`truncate ${table}`, url), /append-only/);
      }
      await store.close();
    });
  });
});
