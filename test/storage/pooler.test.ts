import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { ConfigurationError } from '../../src/errors.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';
import { sql } from '../../src/storage/sql.ts';
import type { Store } from '../../src/storage/store.ts';
import { auditContract } from '../contracts/audit.ts';
import { consoleContract } from '../contracts/console.ts';
import { linkSessionContract } from '../contracts/link-sessions.ts';
import { outwardContract } from '../contracts/outward.ts';
import { peopleContract } from '../contracts/people.ts';
import { type StoreContractOptions, type StoreUnderTest, storeContract } from '../contracts/store.ts';
import { APP_USER_ID, linked, story } from '../flow/story.ts';
import { pooler, withoutPooler } from './pooler.ts';
import { postgresServer } from './postgres-server.ts';

const server = postgresServer();
const OPTIONS = {
  scope: { environment: 'sandbox', clientId: 'client' },
  keyRing: parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`),
} as const;

describe('behind PgBouncer in transaction mode', withoutPooler, () => {
  const pooled = pooler(server);

  async function emptyStore(options: StoreContractOptions): Promise<StoreUnderTest> {
    const url = await server.newDatabase();
    const opened: Store[] = [];
    const another = async (over = {}) => {
      const store = await openStore({ url: `${pooled(url)}?pooler=transaction`, ...options, ...over });
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

  it('is not opened before the role has limits of its own: the message is what to run', async () => {
    const url = `${pooled(await server.newDatabase())}?pooler=transaction`;
    let remedy = '';
    await assert.rejects(openStore({ url, ...OPTIONS }), (error: unknown) => {
      assert.ok(error instanceof ConfigurationError);
      [, remedy = ''] = /new connections: (.*)$/.exec(error.message) ?? [];
      return error.code === 'store-unusable';
    });
    assert.match(remedy, /^alter role postgres set idle_in_transaction_session_timeout = 5000; alter role/);
    await server.query(remedy);
    const again = `${pooled(await server.newDatabase())}?pooler=transaction`;
    await (await openStore({ url: again, ...OPTIONS })).close();
  });

  it('says so where nobody told it of the pooler', async () => {
    await assert.rejects(
      openStore({ url: pooled(await server.newDatabase()), ...OPTIONS }),
      /add pooler=transaction/,
    );
  });

  describe('with these limits', () => {
    before(async () => {
      const limits = {
        idle_in_transaction_session_timeout: 5_000,
        lock_timeout: 10_000,
        statement_timeout: 15_000,
      };
      for (const [name, ms] of Object.entries(limits)) {
        await server.query(`alter role postgres set ${name} = ${ms}`);
      }
    });

    storeContract('PgBouncer', emptyStore);
    linkSessionContract('PgBouncer', emptyStore);
    outwardContract('PgBouncer', emptyStore);
    peopleContract('PgBouncer', emptyStore);
    consoleContract('PgBouncer', emptyStore);
    auditContract('PgBouncer', emptyStore, {
      entries: 'alter table audit_entry disable trigger user',
      chain: 'alter table audit_chain disable trigger user',
    });

    it('brings a database to this version once, where eight open it at the same time', async () => {
      const url = await server.newDatabase();
      const open = () => openStore({ url: `${pooled(url)}?pooler=transaction`, ...OPTIONS });
      const stores = await Promise.all(Array.from({ length: 8 }, open));
      await Promise.all(stores.map((store) => store.close()));
      assert.deepEqual(await server.query('select number from schema_migration', url), [{ number: 1 }]);
    });

    it('leaves nothing in a session that the next one to get it would find', async (t) => {
      const url = `${pooled(await server.newDatabase())}?pooler=transaction`;
      const database = openPostgres(url, { pooled: true });
      t.after(() => database.close());
      await database.script('create table t (n bigint)');
      const add = (n: number) => database.transaction((tx) => tx.run(sql`insert into t values (${n})`));
      await Promise.all(
        Array.from({ length: 60 }, (_, n) =>
          n % 2 ? add(n) : database.run(sql`insert into t values (${n})`),
        ),
      );
      assert.deepEqual(await database.get(sql`select count(*) as n from t`), { n: 60 });
      const left = await database.all(sql`select name from pg_prepared_statements`);
      assert.deepEqual(left, []);
    });

    it('has one refresh for 200 callers of two processes', async (t) => {
      const s = await story(t, { databaseUrl: `${pooled(await server.newDatabase())}?pooler=transaction` });
      const other = await s.another();
      await linked(s);
      for (let life = 0; life < 3; life += 1) {
        s.advance(1801);
        const before = s.simulator.received('token').length;
        const callers = Array.from({ length: 200 }, (_, i) =>
          refresh(i % 2 ? s.app : other, { appUserId: APP_USER_ID }),
        );
        const tokens = new Set((await Promise.all(callers)).map(({ accessToken }) => accessToken));
        assert.deepEqual([tokens.size, s.simulator.received('token').length - before], [1, 1]);
      }
    });
  });
});
