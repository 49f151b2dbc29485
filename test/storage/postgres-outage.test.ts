import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, it, type TestContext } from 'node:test';
import type { FaultError } from '../../src/errors.ts';
import { asPublicId, type PublicId } from '../../src/model.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { openPostgres } from '../../src/storage/postgres.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';
import { type Sql, sql } from '../../src/storage/sql.ts';
import type { Store } from '../../src/storage/store.ts';
import { messageOf, postgresServer, processOn, withoutPostgres } from './postgres-server.ts';

const server = postgresServer({ fsync: true });
const SCOPE = { environment: 'sandbox', clientId: 'client' };

async function opened(t: TestContext, url: string): Promise<Store> {
  const keyRing = parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`);
  const store = await openStore({ url, scope: SCOPE, keyRing });
  t.after(() => store.close());
  return store;
}

function activeLink(id: string) {
  const publicId = asPublicId(crypto.randomUUID()) as PublicId;
  const tokenSet = {
    accessToken: `first-${id}`,
    refreshToken: `refresh-${id}`,
    issuedAt: new Date(),
    expiresAt: new Date(),
  };
  return { id, appUserId: id, publicId, state: 'active', grantedAt: new Date(), tokenSet } as const;
}

describe('when PostgreSQL goes away', withoutPostgres, () => {
  it('keeps everything it acknowledged through three crashes of the server, and goes on without a restart', async (t) => {
    const url = await server.newDatabase();
    const store = await opened(t, url);
    const saved: string[] = [];
    const waiting = new Set<{ count: number; reached: () => void }>();
    let stopped = false;
    let serial = 0;

    async function write(id: string): Promise<void> {
      const link = activeLink(id);
      await store.transaction(async (tx) => {
        await tx.addLink(link);
        await tx.addEvent({ linkId: id, by: 'service', type: 'link.active', at: link.grantedAt });
      });
      const lease = await store.leaseRefresh({ linkId: id, version: 1, owner: 'one', forMs: 60_000 });
      assert.ok(lease, id);
      await store.commitRefresh(lease, { ...link.tokenSet, accessToken: `second-${id}` });
    }
    async function writer(): Promise<void> {
      while (!stopped) {
        const id = `link-${serial++}`;
        const failure = await write(id).catch((error) => error);
        // A write that was under way when the server crashed: nobody knows, and nobody was told that it was done.
        if (failure) continue;
        saved.push(id);
        for (const each of waiting) if (saved.length >= each.count) each.reached();
      }
    }
    const more = (count: number) =>
      new Promise<void>((reached) => {
        waiting.add({ count: saved.length + count, reached });
      });

    const writers = Array.from({ length: 8 }, writer);
    for (let crash = 0; crash < 3; crash += 1) {
      await more(60);
      await server.stop('immediate');
      await server.start();
    }
    await more(60);
    stopped = true;
    await Promise.all(writers);

    for (const id of saved) {
      const grant = await store.findGrant(id);
      assert.deepEqual([grant?.tokenSet.accessToken, grant?.link.health], [`second-${id}`, 'fresh'], id);
    }
    const halves = await server.query(
      'select l.id from link l left join link_event e on e.link_id = l.id group by l.id having count(e.id) <> 1',
      url,
    );
    assert.deepEqual(halves, []);
  });

  it('lets a shutdown and a start pass, for callers who ask in between', async (t) => {
    const store = await opened(t, await server.newDatabase());
    await store.addLink(activeLink('ada'));
    await server.stop('fast');
    const asked = Promise.all([
      store.findLink('ada'),
      store.changeLink('ada', 1, { reason: 'changed' }),
      store.transaction((tx) => tx.addLink(activeLink('bob'))),
    ]);
    await server.start();
    assert.deepEqual(
      (await asked).map((link) => link?.id),
      ['ada', 'ada', 'bob'],
    );
  });

  it('waits for a server that may be written to, as after a failover', async (t) => {
    const url = await server.newDatabase();
    const name = new URL(url).pathname.slice(1);
    const store = await opened(t, url);
    await server.query(`alter database ${name} set default_transaction_read_only = on`);
    await cut(url);
    const added = Promise.all([
      store.addLink(activeLink('ada')),
      store.transaction((tx) => tx.addLink(activeLink('bob'))),
    ]);
    await store.findLink('ada');
    await server.query(
      `alter database ${name} reset default_transaction_read_only`,
      server.address('postgres'),
    );
    assert.deepEqual(
      (await added).map(({ id }) => id),
      ['ada', 'bob'],
    );
  });
});

describe('when connections are cut', withoutPostgres, () => {
  it('answers every read', async (t) => {
    const url = await server.newDatabase();
    const store = await opened(t, url);
    await store.addLink(activeLink('ada'));
    let over = false;
    const reader = async () => {
      let reads = 0;
      for (; !over; reads += 1) assert.equal((await store.findGrant('ada'))?.link.id, 'ada');
      return reads;
    };
    const readers = Array.from({ length: 12 }, reader);
    let connections = 0;
    for (let round = 0; round < 40; round += 1) connections += await cut(url);
    over = true;
    assert.ok((await Promise.all(readers)).every((reads) => reads > 0));
    assert.ok(connections > 40);
  });

  for (const [moment, before] of [
    ['between two statements', async () => undefined],
    ['under a statement', (tx: Sql) => tx.get(sql`select pg_terminate_backend(pg_backend_pid())`)],
  ] as const) {
    it(`does a transaction that was cut ${moment} again, once and as a whole`, async (t) => {
      const { url, database } = await counter(t);
      let runs = 0;
      await database.transaction(async (tx) => {
        runs += 1;
        await tx.run(sql`update t set n = n + 1`);
        if (runs === 1) {
          await before(tx)?.catch(() => undefined);
          await cut(url);
        }
        await tx.run(sql`update t set n = n + 10`);
      });
      assert.equal(runs, 2);
      assert.deepEqual(await database.get(sql`select n from t`), { n: 11 });
    });
  }

  it('does not repeat a write whose answer was lost', async (t) => {
    const { url, database } = await counter(t);
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const { promise: held, resolve: holding } = Promise.withResolvers<void>();
    const holder = openPostgres(url);
    t.after(() => holder.close());
    const hold = holder.transaction(async (tx) => {
      await tx.run(sql`update t set n = 5`);
      holding();
      await gate;
    });
    await held;
    const write = assert.rejects(
      database.run(sql`update t set n = n + 1`),
      (error: FaultError) =>
        error.code === 'store-unavailable' && (error.cause as { code?: string }).code === '57P01',
    );
    await cut(url, "wait_event_type = 'Lock'");
    await write;
    open();
    await hold;
    assert.deepEqual(await database.get(sql`select n from t`), { n: 5 });
  });

  it('does not repeat a transaction whose commit was not answered', async (t) => {
    const { url, database } = await counter(t);
    // What is done at the commit, and only there, takes a while.
    await database.script(
      `create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return null; end $$;
       create constraint trigger at_commit after update on t deferrable initially deferred
         for each row execute function slow()`,
    );
    let runs = 0;
    const written = assert.rejects(
      database.transaction(async (tx) => {
        runs += 1;
        await tx.run(sql`update t set n = n + 1`);
      }),
      (error: FaultError) =>
        error.code === 'store-unavailable' && (error.cause as { code?: string }).code === '57P01',
    );
    await cut(url, "wait_event = 'PgSleep'");
    await written;
    assert.equal(runs, 1);
    assert.deepEqual(await database.get(sql`select n from t`), { n: 0 });
  });

  it('saves a refresh though a transaction on its link never goes on', async (t) => {
    const url = await server.newDatabase();
    const store = await opened(t, url);
    const { tokenSet } = await addedTo(store, 'ada');
    const lease = await store.leaseRefresh({ linkId: 'ada', version: 1, owner: 'one', forMs: 60_000 });
    assert.ok(lease);
    const child = processOn(url, 'stop in the middle of a transaction');
    t.after(() => child.kill('SIGKILL'));
    assert.equal(await messageOf(child), 'in the middle');
    child.kill('SIGSTOP');
    const link = await store.commitRefresh(lease, { ...tokenSet, accessToken: 'second' });
    assert.ok(link && link !== 'kept');
    assert.deepEqual([link.state, link.health], ['active', 'fresh']);
  });
});

describe('processes on one PostgreSQL', withoutPostgres, () => {
  it('leave nothing half done and nothing locked where they are killed in a transaction', async (t) => {
    const url = await server.newDatabase();
    const store = await opened(t, url);
    await addedTo(store, 'ada');
    for (let round = 0; round < 3; round += 1) {
      const child = processOn(url, 'stop in the middle of a transaction');
      assert.equal(await messageOf(child), 'in the middle');
      child.kill('SIGKILL');
      await once(child, 'exit');
      const changed = await store.changeLink('ada', round + 1, { reason: `round ${round}` });
      assert.deepEqual([changed?.state, changed?.reason], ['active', `round ${round}`]);
      assert.deepEqual(await store.listEvents('ada'), []);
    }
  });

  it('give each lease to one of them, in a hundred rounds', async (t) => {
    const url = await server.newDatabase();
    const store = await opened(t, url);
    const children = [processOn(url, 'lease'), processOn(url, 'lease')];
    t.after(() => children.map((child) => child.kill('SIGKILL')));
    await Promise.all(children.map(messageOf));
    const won = [0, 0];
    for (let round = 0; round < 100; round += 1) {
      await addedTo(store, `link-${round}`);
      const answers = children.map(messageOf);
      for (const child of children) child.send(`link-${round}`);
      const [first, second] = await Promise.all(answers);
      assert.notEqual(first, second, `round ${round}`);
      won[first ? 0 : 1] = (won[first ? 0 : 1] ?? 0) + 1;
    }
    assert.equal((won[0] ?? 0) + (won[1] ?? 0), 100);
  });
});

/** Ends every connection of pkb-link to the database of `url`; how many there were, once they are gone. */
async function cut(url: string, which = 'true'): Promise<number> {
  // Where the database is read-only by default, this connection need not be.
  const writable = `${url}?options=-c%20default_transaction_read_only%3Doff`;
  for (;;) {
    const ended = await server.query(
      `select pid, pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'pkb-link' and datname = current_database() and ${which}`,
      writable,
    );
    // A statement that was sent a moment ago may not be waiting yet.
    if (ended.length === 0 && which !== 'true') continue;
    const pids = ended.map(({ pid }) => pid).join(', ') || 'null';
    const alive = `select pid from pg_stat_activity where pid in (${pids})`;
    while ((await server.query(alive, writable)).length > 0);
    return ended.length;
  }
}

async function counter(t: TestContext) {
  const url = await server.newDatabase();
  const database = openPostgres(url);
  t.after(() => database.close());
  await database.script('create table t (n bigint); insert into t values (0)');
  return { url, database };
}

async function addedTo(store: Store, id: string) {
  const link = activeLink(id);
  await store.addLink(link);
  return link;
}
