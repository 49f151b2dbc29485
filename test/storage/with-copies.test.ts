import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { asPublicId, type PublicId, type TokenSet } from '../../src/model.ts';
import { openSqliteStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { present, ring, scope, start } from '../contracts/store.ts';

const FOR_MS = 30_000;
const ACCOUNTS = ['ada', 'bea', 'cyd'] as const;
type Account = (typeof ACCOUNTS)[number];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let count = 0;

function tokens(): TokenSet {
  count += 1;
  return {
    accessToken: `access-${count}`,
    refreshToken: `refresh-${count}`,
    issuedAt: start,
    expiresAt: new Date(start.getTime() + 600_000),
    scope: 'PATIENT',
  };
}

function link(store: Pick<Store, 'addLink'>, appUserId: string) {
  const publicId = asPublicId(crypto.randomUUID()) as PublicId;
  return store.addLink({
    id: crypto.randomUUID(),
    appUserId,
    publicId,
    state: 'active',
    grantedAt: start,
    tokenSet: tokens(),
  });
}

async function leased(store: Store, appUserId: string) {
  const found = await store.findLink(appUserId);
  if (!found) return undefined;
  const { id: linkId, version } = found;
  return store.leaseRefresh({ linkId, appUserId, version, owner: 'test', forMs: FOR_MS });
}

/** What may happen to an account's link, each by whatever store it is given. */
const CHANGES = {
  async link(store, appUserId) {
    if (!(await store.findLink(appUserId))) await link(store, appUserId);
  },
  async refresh(store, appUserId) {
    const lease = await leased(store, appUserId);
    if (lease) await store.commitRefresh(lease, tokens());
  },
  async lease(store, appUserId) {
    await leased(store, appUserId);
  },
  async releaseUnknown(store, appUserId) {
    const lease = await leased(store, appUserId);
    if (lease) await store.releaseRefresh(lease, 'unknown');
  },
  suspend: (store, appUserId) => changed(store, appUserId, 'suspended'),
  resume: (store, appUserId) => changed(store, appUserId, 'active'),
  unlink: (store, appUserId) => changed(store, appUserId, 'unlinked'),
  async erase(store, appUserId) {
    await store.erasePerson(appUserId, 'app');
  },
  async reseal(store) {
    await store.reseal({ limit: 100 });
  },
  async unlinkInVain(store, appUserId) {
    const failing = store.transaction(async (tx) => {
      const found = await tx.findLink(appUserId);
      if (found) await tx.changeLink(found.id, found.version, { state: 'unlinked' });
      throw new Error('after all not');
    });
    await assert.rejects(failing, /after all not/);
  },
} satisfies Record<string, (store: Store, appUserId: string) => Promise<void>>;

async function changed(store: Store, appUserId: string, state: 'suspended' | 'active' | 'unlinked') {
  const found = await store.findLink(appUserId);
  if (found) await store.changeLink(found.id, found.version, { state });
}

describe('a store with tokens in memory', () => {
  let directory: string;
  let path: string;
  let store: Store;
  let now = start;
  /** Another process, for all that SQLite knows. */
  let other: Store;

  const open = (tokensInMemory: number) =>
    openSqliteStore({ path, scope, keyRing: ring('k1', 1), now: () => now, tokensInMemory });
  async function isInMemory(appUserId: string): Promise<boolean> {
    const found = await store.findGrantOf(appUserId);
    return found !== undefined && found === (await store.findGrantOf(appUserId));
  }
  const accessToken = async (of: Store, appUserId: string) =>
    (await of.findGrantOf(appUserId))?.grant?.tokenSet.accessToken;

  beforeEach(async () => {
    now = start;
    directory = mkdtempSync(join(tmpdir(), 'pkb-link-copies-'));
    path = join(directory, 'store.db');
    store = await open(2);
    other = await open(0);
  });
  afterEach(async () => {
    await store.close();
    await other.close();
    rmSync(directory, { recursive: true });
  });

  it('reads what it has read no second time', async () => {
    await link(store, 'ada');
    assert.ok(await isInMemory('ada'));
    assert.equal(await accessToken(store, 'ada'), await accessToken(other, 'ada'));
    store = await open(0);
    assert.ok(!(await isInMemory('ada')));
  });

  it('keeps so many and no more, the last that were read', async () => {
    for (const each of ACCOUNTS) await link(store, each);
    const [ada, bea, cyd] = [
      await store.findGrantOf('ada'),
      await store.findGrantOf('bea'),
      await store.findGrantOf('cyd'),
    ];
    assert.equal(await store.findGrantOf('bea'), bea);
    assert.equal(await store.findGrantOf('cyd'), cyd);
    assert.notEqual(await store.findGrantOf('ada'), ada);
  });

  it('keeps nothing that ends by the clock, and nothing that may not be used', async () => {
    await link(store, 'ada');
    for (const change of ['suspend', 'resume', 'releaseUnknown', 'refresh', 'lease'] as const) {
      await CHANGES[change](store, 'ada');
      assert.equal(await isInMemory('ada'), ['resume', 'refresh'].includes(change), change);
    }
    assert.ok(!(await isInMemory('nobody')));
  });

  it('finds what any other store finds, whoever changed it', async () => {
    const second = await open(3);
    const step = fc.record({
      by: fc.constantFrom('itself', 'a second with copies', 'one without'),
      appUserId: fc.constantFrom<Account>(...ACCOUNTS),
      change: fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[])),
    });
    let served = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        for (const { by, appUserId, change } of steps) {
          const stores = { itself: store, 'a second with copies': second, 'one without': other };
          await CHANGES[change](stores[by], appUserId);
          for (const each of ACCOUNTS) {
            const truth = await other.findGrantOf(each);
            assert.deepEqual(
              await store.findGrantOf(each),
              truth,
              `${change} ${appUserId} by ${by}: ${each}`,
            );
            assert.deepEqual(
              await second.findGrantOf(each),
              truth,
              `${change} ${appUserId} by ${by}: ${each}`,
            );
            if (await isInMemory(each)) served += 1;
          }
        }
      }),
      { numRuns: 100 },
    );
    await second.close();
    assert.ok(served > 20, `only ${served} were in memory`);
  });

  it('finds it in the same turn where callers let nobody else have one', async () => {
    await link(store, 'ada');
    const connection = new DatabaseSync(path);
    await store.findGrantOf('ada');
    connection.exec("update link set state = 'suspended'");
    const states: unknown[] = [];
    while (!states.includes('suspended') && states.length < 1_000) {
      states.push((await store.findGrantOf('ada'))?.link.state);
    }
    connection.close();
    assert.equal(states.at(-1), 'suspended');
  });

  it('keeps nothing of a read that was under way when the row changed', async () => {
    const { id, version } = await link(store, 'ada');
    // A write in line puts the read in line too, with the change behind it: all in one commit.
    const write = link(store, 'bea');
    const read = store.findGrantOf('ada');
    const change = store.changeLink(id, version, { state: 'suspended' });
    assert.equal((await read)?.link.state, 'active');
    await Promise.all([write, change]);
    assert.equal((await store.findGrantOf('ada'))?.link.state, 'suspended');
  });

  it('keeps nothing of a read during which another process has committed', async () => {
    const { id, version } = await link(store, 'ada');
    const write = link(store, 'bea');
    const read = store.findGrantOf('ada').then(async (found) => {
      await other.changeLink(id, version, { state: 'suspended' });
      return found;
    });
    await Promise.all([write, read]);
    assert.equal((await store.findGrantOf('ada'))?.link.state, 'suspended');
  });

  it('still sees its own changes once another process has made the table anew', async () => {
    await link(store, 'ada');
    assert.ok(await isInMemory('ada'));
    const connection = new DatabaseSync(path);
    const textOf = (which: string) =>
      connection
        .prepare(which)
        .all()
        .map((row) => Object.values(row)[0]);
    const [made] = textOf("select sql from sqlite_schema where type = 'table' and name = 'link'");
    const columns = textOf("select name from pragma_table_info('link')");
    const indexes = textOf(
      "select name from sqlite_schema where tbl_name = 'link' and type = 'index' and sql is not null",
    );
    const others = textOf(
      "select sql from sqlite_schema where tbl_name = 'link' and type <> 'table' and sql is not null",
    );
    connection.exec(`
      pragma foreign_keys = off; pragma legacy_alter_table = on;
      begin;
      alter table link rename to old_link;
      ${indexes.map((name) => `drop index ${name};`).join('\n')}
      ${made}; insert into link (${columns}) select ${columns} from old_link; drop table old_link;
      ${others.map((text) => `${text};`).join('\n')}
      commit`);
    connection.close();
    await nextTurn();
    assert.ok(await isInMemory('ada'));
    const before = await store.findGrantOf('ada');
    await CHANGES.refresh(store, 'ada');
    assert.notEqual(await accessToken(store, 'ada'), before?.grant?.tokenSet.accessToken);
    assert.equal(await accessToken(store, 'ada'), await accessToken(other, 'ada'));
  });

  it('lets go of what is over, and of what another process has ended, though nobody asks', async (t) => {
    t.mock.timers.enable({ apis: ['setInterval'] });
    const watched = await open(2);
    await link(watched, 'ada');
    await link(watched, 'bea');
    const held = new WeakRef(present(await watched.findGrantOf('ada')));
    const over = present(await watched.findGrantOf('bea'));
    await CHANGES.erase(other, 'ada');
    await nextTurn();
    collectGarbage();
    assert.ok(held.deref(), 'nothing else has let go of it');
    await nextTurn();
    t.mock.timers.tick(1_000);
    await nextTurn();
    collectGarbage();
    assert.equal(held.deref(), undefined);

    assert.deepEqual(await watched.findGrantOf('bea'), over);
    now = new Date(start.getTime() + 600_000);
    const bea = await watched.findGrantOf('bea');
    assert.equal(await watched.findGrantOf('bea'), bea, 'who asks may still be told that it is over');
    t.mock.timers.tick(1_000);
    assert.notEqual(await watched.findGrantOf('bea'), bea);
    await watched.close();
  });

  it('hands out nothing when it is closed', async () => {
    await link(store, 'ada');
    assert.ok(present(await store.findGrantOf('ada')));
    await store.close();
    await assert.rejects(store.findGrantOf('ada'));
  });
});
