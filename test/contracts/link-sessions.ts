/** The part of `src/storage/store.ts` about link sessions and expected identities, as a suite. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { NewLinkSession, Store } from '../../src/storage/store.ts';
import {
  asked,
  present,
  ring,
  rings,
  type StoreContractOptions,
  type StoreUnderTest,
  scope,
  seconds,
  start,
  taking,
  walk,
} from './store.ts';

export const EXPECTED = { birthDate: '1987-03-05', familyName: 'Expected-Canary', nhsNumber: '9990000018' };

export function newSession(over: Partial<NewLinkSession> = {}): NewLinkSession {
  return {
    id: 'session-1',
    appUserId: 'ada',
    returnUrl: 'https://app.example/back',
    page: 'link',
    createdAt: start,
    expiresAt: seconds(3600),
    secretHash: 'secret-hash-1',
    secrets: { completion: 'completion-canary', vouching: 'vouching-canary', expected: EXPECTED },
    ...over,
  };
}

const arriving = (browserSessionHash = 'browser-1', at = 1) => ({
  secretHash: 'secret-hash-1',
  browserSessionHash,
  now: seconds(at),
});

const asking = (browserSessionHash = 'browser-1', at = 2) => ({
  id: 'session-1',
  browserSessionHash,
  now: seconds(at),
  expiresAt: seconds(at + 3600),
});

const completing = (browserSessionHash = 'browser-1', at = 3) => ({
  id: 'session-1',
  browserSessionHash,
  now: seconds(at),
  expiresAt: seconds(at + 1800),
});

export function linkSessionContract(
  name: string,
  open: (options: StoreContractOptions) => Promise<StoreUnderTest>,
): void {
  describe(`link sessions, kept by ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;

    beforeEach(async () => {
      under = await open({ scope, keyRing: ring('k1', 1), now: () => start });
      store = under.store;
    });
    afterEach(() => under.close());

    it('finds one by its id, the hash of its secret and its browser, and hands over what it keeps sealed', async () => {
      await store.addLinkSession(newSession({ language: 'cy', page: 'connection' }));
      const { secretHash: _hash, secrets, ...rest } = newSession({ language: 'cy', page: 'connection' });
      assert.deepEqual(await store.findLinkSession({ id: 'session-1' }), rest);
      assert.deepEqual(await store.findLinkSession({ secretHash: 'secret-hash-1' }), rest);
      assert.equal(await store.findLinkSession({ browserSessionHash: 'browser-1' }), undefined);
      assert.deepEqual(await store.linkSessionSecrets('session-1'), secrets);
      assert.equal(await store.linkSessionSecrets('session-2'), undefined);
      await assert.rejects(store.addLinkSession(newSession({ id: 'session-2' })), 'the same secret');
    });

    it('goes to the newest browser until one has asked, and to no other from then on', async () => {
      await store.addLinkSession(newSession());
      assert.equal((await store.arriveAtLinkSession(arriving('browser-1')))?.browserSessionHash, 'browser-1');
      assert.equal((await store.arriveAtLinkSession(arriving('browser-2')))?.browserSessionHash, 'browser-2');
      assert.equal(await store.askInLinkSession(asking('browser-1')), false);
      assert.equal(await store.askInLinkSession(asking('browser-2')), true);
      assert.equal(await store.arriveAtLinkSession(arriving('browser-1', 5)), undefined);
      const again = present(await store.arriveAtLinkSession(arriving('browser-2', 5)));
      assert.deepEqual([again.askedAt, again.expiresAt], [seconds(2), seconds(3602)]);
    });

    it('is one browser’s where two arrive and ask at once, over two connections', async () => {
      const other = await under.another();
      for (let round = 0; round < 20; round += 1) {
        const [id, secretHash] = [`session-${round}`, `secret-${round}`];
        await store.addLinkSession(newSession({ id, secretHash }));
        await store.arriveAtLinkSession({ ...arriving('browser-1'), secretHash });
        const [asked] = await Promise.all([
          store.askInLinkSession({ ...asking('browser-1'), id }),
          other.arriveAtLinkSession({ ...arriving('browser-2'), secretHash }),
        ]);
        const { browserSessionHash } = present(await store.findLinkSession({ id }));
        assert.equal(browserSessionHash, asked ? 'browser-1' : 'browser-2', `round ${round}`);
      }
    });

    it('is found by its browser as the one it arrived at last', async () => {
      await store.addLinkSession(newSession());
      await store.addLinkSession(newSession({ id: 'session-2', secretHash: 'secret-hash-2' }));
      const last = async () => (await store.findLinkSession({ browserSessionHash: 'browser-1' }))?.id;
      await store.arriveAtLinkSession(arriving('browser-1', 1));
      await store.arriveAtLinkSession({ ...arriving('browser-1', 2), secretHash: 'secret-hash-2' });
      assert.equal(await last(), 'session-2');
      await store.completeLinkSession(completing());
      assert.equal(await last(), 'session-2', 'a completion moves nobody');
    });

    it('is completed once, for the browser that is named, which no other takes over', async () => {
      await store.addLinkSession(newSession());
      assert.equal(await store.completeLinkSession(completing()), false, 'nobody has arrived');
      await store.arriveAtLinkSession(arriving());
      const other = await under.another();
      const completed = await Promise.all([
        store.completeLinkSession(completing()),
        other.completeLinkSession(completing()),
      ]);
      assert.deepEqual(completed.sort(), [false, true]);
      const { completedAt, browserSessionHash } = present(await store.findLinkSession({ id: 'session-1' }));
      assert.deepEqual([completedAt, browserSessionHash], [seconds(3), 'browser-1']);
      assert.equal(await store.arriveAtLinkSession(arriving('browser-1', 5)), undefined);
      assert.equal(await store.askInLinkSession(asking('browser-1', 5)), false);
      assert.equal(await store.dropLinkSession('session-1', 'different-account'), false);
    });

    it('is nobody’s once it is dropped', async () => {
      await store.addLinkSession(newSession());
      await store.arriveAtLinkSession(arriving());
      assert.equal(await store.dropLinkSession('session-1', 'different-account'), true);
      assert.equal(await store.dropLinkSession('session-1', 'later'), false);
      assert.equal((await store.findLinkSession({ id: 'session-1' }))?.refusal, 'different-account');
      assert.equal(await store.linkSessionSecrets('session-1'), undefined);
      assert.equal(await store.arriveAtLinkSession(arriving()), undefined);
      assert.equal(await store.askInLinkSession(asking()), false);
      assert.equal(await store.completeLinkSession(completing()), false);
    });

    it('opens, asks and is completed up to its expiry and not after', async () => {
      await store.addLinkSession(newSession({ expiresAt: seconds(10) }));
      assert.ok(await store.arriveAtLinkSession(arriving('browser-1', 10)));
      assert.equal(await store.arriveAtLinkSession(arriving('browser-1', 10.001)), undefined);
      assert.equal(await store.askInLinkSession(asking('browser-1', 10.001)), false);
      assert.equal(await store.completeLinkSession(completing('browser-1', 10.001)), false);
      assert.equal(await store.completeLinkSession(completing('browser-1', 10)), true);
    });

    it('names the newest authorization that PKB granted, or else the newest', async () => {
      await store.addLinkSession(newSession());
      const find = async () => (await store.findPendingAuthorization({ linkSessionId: 'session-1' }))?.id;
      assert.equal(await find(), undefined);
      for (const n of [1, 2, 3]) {
        const of = { id: `pending-${n}`, stateHash: `state-${n}`, linkSessionId: 'session-1' };
        await store.addPendingAuthorization(asked({ ...of, createdAt: seconds(n) }));
      }
      assert.equal(await find(), 'pending-3');
      await store.takePendingAuthorization(taking(undefined, { stateHash: 'state-1' }));
      assert.equal(await find(), 'pending-1');
      await store.takePendingAuthorization(taking(undefined, { stateHash: 'state-2' }));
      assert.equal(await find(), 'pending-2');
      await store.takePendingAuthorization(taking({ refusal: 'access-denied' }, { stateHash: 'state-3' }));
      assert.equal(await find(), 'pending-2');
    });

    it('keeps whom an authorization expects until it ends', async () => {
      const ends: readonly ((id: string, stateHash: string) => Promise<unknown>)[] = [
        (_id, stateHash) =>
          store.takePendingAuthorization(taking({ refusal: 'access-denied' }, { stateHash })),
        (id) => store.endPendingAuthorization(id, { step: 'refused', refusal: 'code-rejected' }),
        () => store.purgeExpired(seconds(3601)),
      ];
      for (const [n, end] of ends.entries()) {
        const [id, stateHash] = [`pending-${n}`, `state-${n}`];
        await store.addPendingAuthorization(asked({ id, stateHash, expected: EXPECTED }));
        assert.deepEqual(await store.expectedIdentity(id), EXPECTED);
        await end(id, stateHash);
        assert.equal(await store.expectedIdentity(id), undefined, `end ${n}`);
      }
    });

    it('is emptied when it is over and deleted a day later, once no authorization of it is left', async () => {
      await store.addLinkSession(newSession({ expiresAt: seconds(10) }));
      await store.addLinkSession(
        newSession({ id: 'session-2', secretHash: 'secret-2', expiresAt: seconds(20) }),
      );
      await store.purgeExpired(seconds(10));
      assert.ok(await store.linkSessionSecrets('session-1'));
      await store.purgeExpired(seconds(11));
      assert.equal(await store.linkSessionSecrets('session-1'), undefined);
      assert.ok(await store.linkSessionSecrets('session-2'));
      assert.ok(await store.findLinkSession({ id: 'session-1' }));
      const aDayLater = seconds(24 * 60 * 60 + 15);
      await store.addPendingAuthorization(
        asked({ linkSessionId: 'session-1', expiresAt: seconds(24 * 60 * 60) }),
      );
      assert.equal((await store.purgeExpired(aDayLater)).linkSessions, 0);
      const twoDaysLater = seconds(48 * 60 * 60 + 15);
      assert.equal((await store.purgeExpired(twoDaysLater)).linkSessions, 2);
      assert.equal(await store.findLinkSession({ id: 'session-1' }), undefined);
    });

    it('writes no secret of it in the clear, and seals all of it anew', async () => {
      await store.addLinkSession(newSession());
      await store.addPendingAuthorization(asked({ expected: EXPECTED, codeVerifier: 'verifier-canary' }));
      for (const secret of ['completion-canary', 'vouching-canary', 'Expected-Canary', '9990000018']) {
        assert.ok(!String(await under.raw()).includes(secret), secret);
      }
      assert.deepEqual(await store.sealedWith(), new Map([['k1', { rows: 2, spooled: 0 }]]));
      const k2 = ring('k2', 2);
      const rotating = await under.another({ keyRing: rings(k2, ring('k1', 1)) });
      await walk((page) => rotating.reseal({ ...page, limit: 1 }));
      const after = await under.another({ keyRing: k2 });
      assert.deepEqual(await after.sealedWith(), new Map([['k2', { rows: 2, spooled: 0 }]]));
      assert.deepEqual(await after.linkSessionSecrets('session-1'), newSession().secrets);
      assert.deepEqual(await after.expectedIdentity('pending-1'), EXPECTED);
    });

    it('keeps a store from opening without the key of its secrets, and of whom an authorization expects', async () => {
      const withoutIt = () => under.another({ keyRing: ring('k2', 2) });
      await store.addLinkSession(newSession());
      await assert.rejects(withoutIt(), /lacks the key "k1"/);
      await store.purgeExpired(seconds(3601));
      await withoutIt();
      const { codeVerifier: _, ...expecting } = asked({ expected: EXPECTED });
      await store.addPendingAuthorization(expecting);
      await assert.rejects(withoutIt(), /lacks the key "k1"/);
    });

    it('is over where the key of its secrets is given up', async () => {
      await store.addLinkSession(newSession());
      await store.arriveAtLinkSession(arriving());
      await store.addPendingAuthorization(asked({ expected: EXPECTED }));
      const keyless = await under.another({ keyRing: ring('k2', 2), keysMayBeMissing: true });
      assert.deepEqual(await keyless.giveUp('k1', 'app'), { links: 0, authorizations: 1 });
      assert.equal(await keyless.linkSessionSecrets('session-1'), undefined);
      assert.equal(await keyless.expectedIdentity('pending-1'), undefined);
      assert.equal(await keyless.arriveAtLinkSession(arriving()), undefined);
      assert.deepEqual(await keyless.sealedWith(), new Map());
    });

    it('is not there for another environment or client, and cannot be touched', async () => {
      await store.addLinkSession(newSession());
      await store.arriveAtLinkSession(arriving());
      await store.addPendingAuthorization(asked({ linkSessionId: 'session-1', expected: EXPECTED }));
      await store.addEvent({ appUserId: 'ada', by: 'service', type: 'link.completion_refused', at: start });
      for (const elsewhere of [
        { ...scope, environment: 'production' },
        { ...scope, clientId: 'client-two' },
      ]) {
        const stranger = await under.another({ scope: elsewhere });
        for (const by of [
          { id: 'session-1' },
          { secretHash: 'secret-hash-1' },
          { browserSessionHash: 'browser-1' },
        ]) {
          assert.equal(await stranger.findLinkSession(by), undefined);
        }
        assert.equal(await stranger.linkSessionSecrets('session-1'), undefined);
        assert.equal(await stranger.arriveAtLinkSession(arriving()), undefined);
        assert.equal(await stranger.askInLinkSession(asking()), false);
        assert.equal(await stranger.completeLinkSession(completing()), false);
        assert.equal(await stranger.dropLinkSession('session-1', 'different-account'), false);
        assert.equal(await stranger.findPendingAuthorization({ linkSessionId: 'session-1' }), undefined);
        assert.equal(await stranger.expectedIdentity('pending-1'), undefined);
        assert.deepEqual(await stranger.listAccountEvents('ada'), []);
        assert.equal((await stranger.purgeExpired(seconds(999_999))).linkSessions, 0);
        assert.deepEqual(await stranger.giveUp('k1', 'app'), { links: 0, authorizations: 0 });
      }
      assert.deepEqual(await store.linkSessionSecrets('session-1'), newSession().secrets);
      assert.equal((await store.findLinkSession({ id: 'session-1' }))?.completedAt, undefined);
    });
  });
}
