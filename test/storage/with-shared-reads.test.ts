import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { asPublicId, type PublicId } from '../../src/model.ts';
import { openSqliteStore } from '../../src/storage/open-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { withSharedReads } from '../../src/storage/with-shared-reads.ts';
import { present, ring, scope, start } from '../contracts/store.ts';

describe('a store whose callers share reads', () => {
  let store: Store;
  let shared: Store;
  /** The reads of the store, each of which ends when it is let go: with what it found when it began, as over a network. */
  let reads: { readonly appUserId: string; letGo(failure?: Error): void }[];

  beforeEach(async () => {
    reads = [];
    store = await openSqliteStore({ path: ':memory:', scope, keyRing: ring('k1', 1), now: () => start });
    shared = withSharedReads({
      ...store,
      async findGrantOf(appUserId) {
        const held = Promise.withResolvers<void>();
        reads.push({ appUserId, letGo: (failure) => (failure ? held.reject(failure) : held.resolve()) });
        const found = await store.findGrantOf(appUserId);
        await held.promise;
        return found;
      },
    });
    for (const appUserId of ['ada', 'bea']) {
      await store.addLink({
        id: crypto.randomUUID(),
        appUserId,
        publicId: asPublicId(crypto.randomUUID()) as PublicId,
        state: 'active',
        grantedAt: start,
        tokenSet: { accessToken: `of ${appUserId}`, issuedAt: start, expiresAt: start, scope: 'PATIENT' },
      });
    }
  });
  afterEach(() => store.close());

  const tokenOf = async (found: ReturnType<Store['findGrantOf']>) =>
    (await found)?.grant?.tokenSet.accessToken;

  /** Ends the reads that have begun, until none begins any more. */
  async function letGoAll(): Promise<void> {
    for (let n = 0; n < reads.length; n += 1) {
      reads[n]?.letGo();
      await new Promise(setImmediate);
    }
  }

  it('reads twice for fifty who ask at once, and gives each their own account’s', async () => {
    const ada = Array.from({ length: 50 }, () => tokenOf(shared.findGrantOf('ada')));
    const bea = Array.from({ length: 50 }, () => tokenOf(shared.findGrantOf('bea')));
    await letGoAll();
    assert.deepEqual(new Set(await Promise.all(ada)), new Set(['of ada']));
    assert.deepEqual(new Set(await Promise.all(bea)), new Set(['of bea']));
    assert.deepEqual(
      reads.map(({ appUserId }) => appUserId),
      ['ada', 'bea', 'ada', 'bea'],
    );
  });

  it('tells nobody less than they know of, however old the read is that is under way', async () => {
    const before = shared.findGrantOf('ada');
    const { id, version } = present(await store.findLink('ada'));
    await store.changeLink(id, version, { state: 'unlinked' });
    const after = [shared.findGrantOf('ada'), shared.findGrantOf('ada')];
    await letGoAll();
    assert.equal(await tokenOf(before), 'of ada');
    assert.deepEqual(await Promise.all(after), [undefined, undefined]);
    assert.equal(reads.length, 2);
  });

  it('begins anew after a read that failed', async () => {
    const failing = shared.findGrantOf('ada');
    const next = tokenOf(shared.findGrantOf('ada'));
    reads[0]?.letGo(new Error('the connection is gone'));
    await assert.rejects(failing, /the connection is gone/);
    await letGoAll();
    assert.equal(await next, 'of ada');
    const last = tokenOf(shared.findGrantOf('ada'));
    await letGoAll();
    assert.equal(await last, 'of ada');
    assert.equal(reads.length, 3);
  });
});
