import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { asPublicId, type PublicId, type TokenSet } from '../../src/model.ts';
import { openSqliteStore } from '../../src/storage/open-store.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';
import { openSpool, type Spool, spoolEnding } from '../../src/storage/spool.ts';
import type { RefreshLease, Store } from '../../src/storage/store.ts';
import { withSpool } from '../../src/storage/with-spool.ts';

const keyRing = parseKeyRing(`k1:${Buffer.alloc(32, 1).toString('base64')}`);
const scope = { environment: 'simulator', clientId: 'spool' };
const at = new Date('2026-11-24T10:00:00Z');

function tokens(n: number): TokenSet {
  return {
    accessToken: `access-${n}`,
    refreshToken: `refresh-${n}`,
    issuedAt: at,
    expiresAt: new Date(at.getTime() + n),
  };
}

/** A database that can be away, as a server can that is restarted: what reaches it while it is away throws. */
function thatCanBeAway(store: Store): { readonly store: Store; away: boolean } {
  const state = { away: false, store };
  state.store = {
    ...store,
    leaseRefresh: (lease) => (state.away ? Promise.reject(new Error('away')) : store.leaseRefresh(lease)),
    commitRefresh: (lease, tokenSet) =>
      state.away ? Promise.reject(new Error('away')) : store.commitRefresh(lease, tokenSet),
  };
  return state;
}

async function setUp(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), 'pkb-link-spool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'links.db');
  const plain = await openSqliteStore({ path, scope, keyRing });
  t.after(() => plain.close());
  const publicId = asPublicId('7c0369c8-325a-4480-934f-88d230e770d0') as PublicId;
  await plain.addLink({
    id: 'link-1',
    appUserId: 'ada',
    publicId,
    state: 'active',
    grantedAt: at,
    tokenSet: tokens(1),
  });
  const database = thatCanBeAway(plain);
  const reports: string[] = [];
  const spoolFolder = join(folder, 'spool');
  const open = async (spool?: Spool) =>
    withSpool(database.store, spool ?? (await openSpool(spoolFolder, keyRing, scope)), (what, linkId) =>
      reports.push(`${what} ${linkId}`),
    );
  return { database, plain, reports, spoolFolder, open };
}

async function leased(store: Store, version = 1): Promise<RefreshLease> {
  const lease = await store.leaseRefresh({
    linkId: 'link-1',
    appUserId: 'ada',
    version,
    owner: 'one',
    forMs: 30_000,
  });
  assert.ok(lease);
  return lease;
}

async function stored(store: Store): Promise<string | undefined> {
  return (await store.findGrant('link-1'))?.tokenSet.accessToken;
}

describe('the spool', () => {
  it('is empty again once the database has the answer', async (t) => {
    const { open, plain, spoolFolder, reports } = await setUp(t);
    const store = await open();
    const link = await store.commitRefresh(await leased(store), tokens(2));
    assert.ok(link && link !== 'kept');
    assert.equal(await stored(plain), 'access-2');
    assert.deepEqual(readdirSync(spoolFolder), []);
    assert.deepEqual(reports, []);
  });

  it('has the answer on the disk, sealed and private, before the database is asked', async (t) => {
    const { open, database, spoolFolder } = await setUp(t);
    const store = await open();
    const lease = await leased(store);
    database.away = true;
    assert.equal(await store.commitRefresh(lease, tokens(2)), 'kept');
    const [file = ''] = readdirSync(spoolFolder);
    assert.equal(statSync(join(spoolFolder, file)).mode & 0o777, 0o600);
    assert.equal(statSync(spoolFolder).mode & 0o777, 0o700);
    const text = readFileSync(join(spoolFolder, file), 'latin1');
    assert.ok(!/access-|refresh-/.test(text), text);
  });

  it('is replayed by the next process', async (t) => {
    const { open, database, plain, reports } = await setUp(t);
    const store = await open();
    const lease = await leased(store);
    database.away = true;
    await store.commitRefresh(lease, tokens(2));
    database.away = false;
    await open();
    assert.equal(await stored(plain), 'access-2');
    assert.equal((await plain.findLink('ada'))?.health, 'fresh');
    assert.deepEqual(reports, ['kept link-1', 'replayed link-1']);
  });

  it('is replayed before anybody may spend that refresh token again, in another process too', async (t) => {
    const { open, database, plain } = await setUp(t);
    const [store, other] = [await open(), await open()];
    const lease = await leased(store);
    database.away = true;
    await store.commitRefresh(lease, tokens(2));
    await assert.rejects(
      other.leaseRefresh({
        linkId: 'link-1',
        appUserId: 'ada',
        version: lease.version,
        owner: 'two',
        forMs: 1,
      }),
    );
    database.away = false;
    const taken = await other.leaseRefresh({
      linkId: 'link-1',
      appUserId: 'ada',
      version: lease.version,
      owner: 'two',
      forMs: 1,
    });
    assert.equal(taken, undefined, 'read again');
    assert.equal(await stored(plain), 'access-2');
  });

  it('is replayed by itself as soon as the database is back', async (t) => {
    const { open, database, plain, reports } = await setUp(t);
    const store = await open();
    const lease = await leased(store);
    database.away = true;
    await store.commitRefresh(lease, tokens(2));
    database.away = false;
    while (!reports.includes('replayed link-1')) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await stored(plain), 'access-2');
  });

  it('does not bring back an unlinked link, nor put an old answer over a new grant', async (t) => {
    for (const change of [{ state: 'unlinked' as const }, { tokenSet: tokens(9) }]) {
      const { open, database, plain, reports, spoolFolder } = await setUp(t);
      const store = await open();
      const lease = await leased(store);
      database.away = true;
      await store.commitRefresh(lease, tokens(2));
      database.away = false;
      await plain.changeLink('link-1', lease.version, change);
      await open();
      assert.equal(await stored(plain), change.tokenSet?.accessToken);
      assert.ok(reports.includes('outdated link-1'));
      assert.deepEqual(readdirSync(spoolFolder), []);
    }
  });

  it('has an answer on the disk before it returns, for whoever comes after a process that was killed', async (t) => {
    const { open, plain, reports, spoolFolder } = await setUp(t);
    const killed = await open();
    const lease = await leased(killed);
    killed.receiveRefresh(lease, tokens(2));
    assert.equal(readdirSync(spoolFolder).length, 1);
    await open();
    assert.deepEqual(reports, ['replayed link-1']);
    assert.equal(await stored(plain), 'access-2');
    assert.deepEqual(readdirSync(spoolFolder), []);
  });

  it('holds the answer in memory where neither the database nor the disk takes it', async (t) => {
    const { open, database, plain, reports, spoolFolder } = await setUp(t);
    const real = await openSpool(spoolFolder, keyRing, scope);
    const full = () => {
      throw new Error('ENOSPC');
    };
    const store = await open({ ...real, keep: full, secure: async () => full() });
    const lease = await leased(store);
    store.receiveRefresh(lease, tokens(2));
    database.away = true;
    assert.equal(await store.commitRefresh(lease, tokens(2)), 'kept');
    assert.deepEqual(reports, ['held link-1']);
    assert.equal(await store.spooled(), 1);
    database.away = false;
    const again = await store.leaseRefresh({
      linkId: 'link-1',
      appUserId: 'ada',
      version: lease.version,
      owner: 'x',
      forMs: 1,
    });
    assert.equal(again, undefined);
    assert.equal(await stored(plain), 'access-2');
  });

  it('leaves alone what waits for another client that shares the folder', async (t) => {
    const { open, database, plain, reports, spoolFolder } = await setUp(t);
    const store = await open();
    database.away = true;
    await store.commitRefresh(await leased(plain), tokens(2));
    database.away = false;
    const other = await openSqliteStore({
      path: ':memory:',
      scope: { ...scope, clientId: 'other' },
      keyRing,
    });
    t.after(() => other.close());
    const ofOther = await openSpool(spoolFolder, keyRing, { ...scope, clientId: 'other' });
    assert.deepEqual([...(await ofOther.sealedWith())], []);
    await withSpool(other, ofOther, (what, linkId) => reports.push(`other ${what} ${linkId}`));
    await open();
    assert.deepEqual(reports, ['kept link-1', 'replayed link-1']);
    assert.equal(await stored(plain), 'access-2');
  });

  it('says that a file cannot be read, keeps it, and goes on with the others', async (t) => {
    const { open, reports, spoolFolder } = await setUp(t);
    await open();
    writeFileSync(join(spoolFolder, `link-1.7${spoolEnding(scope)}`), 'k9.nonsense.nonsense');
    const store = await open();
    assert.deepEqual(reports, ['unreadable link-1']);
    assert.equal(await store.spooled(), 1);
    assert.equal(readdirSync(spoolFolder).length, 1);
    assert.ok(
      await store.leaseRefresh({
        linkId: 'link-1',
        appUserId: 'ada',
        version: 1,
        owner: 'one',
        forMs: 30_000,
      }),
    );
  });
});
