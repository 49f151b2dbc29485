/** `src/storage/audit.ts` as a suite: who did what, and that nobody can say otherwise afterwards. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { asPublicId, type PublicId } from '../../src/model.ts';
import { type Breach, verifyAudit } from '../../src/operator/verify-audit.ts';
import type { Store } from '../../src/storage/store.ts';
import {
  present,
  ring,
  type StoreContractOptions,
  type StoreUnderTest,
  scope,
  seconds,
  start,
} from './store.ts';

/** What takes the guards of the database away, as somebody who owns it can. */
export interface Unguarded {
  readonly entries: string;
  readonly chain: string;
}

export function auditContract(
  name: string,
  open: (options: StoreContractOptions) => Promise<StoreUnderTest>,
  unguard: Unguarded,
): void {
  describe(`the audit trail, on ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    let clock: Date;

    beforeEach(async () => {
      clock = start;
      under = await open({ scope, keyRing: ring('k1', 1), now: () => clock });
      store = under.store;
    });
    afterEach(() => under.close());

    async function addLink(n: number, appUserId: string): Promise<string> {
      const id = `link-${n}`;
      const publicId = asPublicId(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`) as PublicId;
      const tokenSet = { accessToken: 'access', refreshToken: id, issuedAt: start, expiresAt: seconds(600) };
      await store.addLink({ id, appUserId, publicId, state: 'active', grantedAt: start, tokenSet });
      return id;
    }
    const entries = (by = store) => by.listAudit({ limit: 1000 });
    const acts = async (by = store) => (await entries(by)).map(({ position, act }) => `${position} ${act}`);
    const breach = async (head?: string): Promise<Breach | undefined> => {
      const [position, hash = ''] = head?.split(':') ?? [];
      const kept = head === undefined ? {} : { head: { position: Number(position), hash } };
      return (await verifyAudit({ store }, kept)).breach;
    };
    const head = async () => {
      const { position, hash } = (await store.auditChain()).head;
      return `${position}:${hash}`;
    };
    /** Four acts: the positions 1 to 4. */
    async function fourActs(): Promise<void> {
      for (const act of ['links.exported', 'keys.rotated', 'restore.checked', 'link.viewed'] as const) {
        await store.record({ act, by: 'command-line:root' });
      }
      assert.equal((await entries()).length, 4);
    }

    it('has an entry for each event, with who made it happen, and for what an operator did', async () => {
      const linkId = await addLink(1, 'ada');
      await store.addEvent({ linkId, type: 'link.active', at: seconds(1), by: 'patient' });
      await store.addEvent({
        ...{ appUserId: 'bob', type: 'link.completion_refused', at: seconds(2) },
        ...{ by: 'api-key:k', reason: 'different-account' },
      });
      clock = seconds(3);
      await store.record({ act: 'links.exported', by: 'command-line:root', count: 7 });
      const [refused] = await store.listAccountEvents('bob');
      const [, feedEvent] = present(await store.listFeed({ limit: 9 }));
      const listed = await entries();
      assert.deepEqual(
        listed.map(({ hash, ...entry }) => entry),
        [
          { position: 1, at: seconds(1), actor: 'patient', act: 'link.active', linkId },
          {
            ...{ position: 2, at: seconds(2), actor: 'api-key:k', act: 'link.completion_refused' },
            ...{ reference: feedEvent?.id, reason: refused?.reason },
          },
          { position: 3, at: seconds(3), actor: 'command-line:root', act: 'links.exported', count: 7 },
        ],
      );
      assert.equal(new Set(listed.map(({ hash }) => hash)).size, 3);
      assert.equal(await breach(), undefined);
    });

    it('has the keys that were made, revoked and given up, and no act that did nothing', async () => {
      const key = { id: 'key-1', name: 'reports', access: 'read', keyHash: 'h', createdAt: start } as const;
      await store.addApiKey({ ...key, by: 'command-line:ann' });
      await store.revokeApiKey('key-1', 'command-line:bo');
      await store.revokeApiKey('key-1', 'command-line:bo');
      await store.giveUp('k0', 'command-line:cy');
      assert.deepEqual(
        (await entries()).map(({ actor, act, reference, count }) => [actor, act, reference, count]),
        [
          ['command-line:ann', 'api_key.created', 'key-1', undefined],
          ['command-line:bo', 'api_key.revoked', 'key-1', undefined],
          ['command-line:cy', 'key.given_up', 'k0', 0],
        ],
      );
    });

    it('has nothing of a transaction that failed', async () => {
      const failing = store.transaction(async (tx) => {
        await tx.record({ act: 'links.exported', by: 'app' });
        throw new Error('not after all');
      });
      await assert.rejects(failing, { message: 'not after all' });
      assert.deepEqual(await entries(), []);
    });

    it('is listed by link, by account and page by page', async () => {
      for (const [n, appUserId] of [
        [1, 'ada'],
        [2, 'bob'],
        [3, 'ada'],
      ] as const) {
        const linkId = await addLink(n, appUserId);
        await store.addEvent({ linkId, type: 'link.active', at: clock, by: 'patient' });
        await store.changeLink(linkId, 1, { state: 'unlinked' });
        await store.addEvent({ linkId, type: 'link.unlinked', at: clock, by: 'patient' });
      }
      await store.addEvent({ appUserId: 'ada', type: 'link.completion_refused', at: clock, by: 'patient' });
      const positions = async (page: Partial<Parameters<Store['listAudit']>[0]>) =>
        (await store.listAudit({ limit: 9, ...page })).map(({ position }) => position);
      assert.deepEqual(await positions({ linkId: 'link-2' }), [3, 4]);
      assert.deepEqual(await positions({ linkId: 'link-2', after: 3 }), [4]);
      assert.deepEqual(await positions({ appUserId: 'ada' }), [1, 2, 5, 6, 7]);
      assert.deepEqual(await positions({ appUserId: 'ada', after: 2, limit: 2 }), [5, 6]);
      assert.deepEqual(await positions({ after: 2, limit: 3 }), [3, 4, 5]);
      assert.deepEqual(await positions({ appUserId: 'nobody' }), []);
    });

    it('is of one client of one environment', async () => {
      const other = await under.another({ scope: { ...scope, clientId: 'other' } });
      await store.record({ act: 'links.exported', by: 'app' });
      await other.record({ act: 'keys.rotated', by: 'app' });
      assert.deepEqual([await acts(), await acts(other)], [['1 links.exported'], ['1 keys.rotated']]);
      assert.equal((await verifyAudit({ store: other })).breach, undefined);
    });

    it('is one chain without a gap where many write to it at the same time', async () => {
      const other = await under.another();
      const linkIds = await Promise.all(['ada', 'bob', 'cyd'].map((who, n) => addLink(n + 1, who)));
      await Promise.all(
        Array.from({ length: 60 }, (_, n) => {
          const by = n % 2 ? store : other;
          const linkId = linkIds[n % 3] as string;
          if (n % 10 === 0) return by.auditChain();
          return by.addEvent({ linkId, type: 'link.suspended', at: clock, by: 'service' });
        }),
      );
      const { entries: seen, breach: found } = await verifyAudit({ store: other });
      assert.deepEqual([seen, found], [54, undefined]);
    });

    const refused = (statement: string) => assert.rejects(under.execute(statement), /append-only/, statement);

    it('is in the chain by the time the store is closed', async () => {
      const other = await under.another();
      await other.record({ act: 'links.exported', by: 'app' });
      await other.close();
      // There is an entry with that place, or nothing would be refused.
      await refused(`update audit_entry set actor = 'patient' where position = 1`);
    });

    describe('is append-only', () => {
      it('in the database itself, for whoever writes to it beside pkb-link', async () => {
        await fourActs();
        await under.execute(
          `insert into audit_entry (environment, client_id, at, actor, act)
           values ('${scope.environment}', '${scope.clientId}', 1, 'app', 'link.viewed')`,
        );
        await refused(`update audit_entry set actor = 'patient' where position = 2`);
        await refused(`update audit_entry set actor = 'patient' where position is null`);
        await refused(`update audit_entry set position = 9, hash = 'h', at = 2 where position is null`);
        await refused(`update audit_entry set position = null, hash = null where position = 4`);
        await refused(`delete from audit_entry where position = 1`);
        await refused(`delete from audit_entry where position is null`);
        await refused(`insert into audit_entry (environment, client_id, at, actor, act, position, hash)
          values ('${scope.environment}', '${scope.clientId}', 1, 'app', 'link.viewed', 99, 'h')`);
        await refused(`update audit_chain set last_position = last_position - 1`);
        await refused(`update audit_chain set environment = 'other'`);
        await refused(`delete from audit_chain`);
        assert.deepEqual((await acts()).slice(3), ['4 link.viewed', '5 link.viewed']);
        assert.equal(await breach(), undefined);
      });
    });

    describe('tells where somebody has taken the guards away', () => {
      beforeEach(async () => {
        await fourActs();
        await under.execute(unguard.entries);
        await under.execute(unguard.chain);
      });

      for (const [column, value] of [
        ['actor', `'patient'`],
        ['act', `'link.viewed'`],
        ['at', '1'],
        ['link_id', `'link-9'`],
        ['reference', `'k9'`],
        ['reason', `'asked'`],
        ['count', '3'],
        ['hash', `'${'0'.repeat(64)}'`],
      ] as const) {
        it(`and changed the ${column} of an entry`, async () => {
          await under.execute(`update audit_entry set ${column} = ${value} where position = 2`);
          assert.deepEqual(await breach(), { kind: 'changed', position: 2 });
        });
      }

      it('and removed one from the middle, or two', async () => {
        await under.execute(`delete from audit_entry where position = 2`);
        assert.deepEqual(await breach(), { kind: 'missing', position: 2 });
        await under.execute(`delete from audit_entry where position = 1`);
        assert.deepEqual(await breach(), { kind: 'missing', position: 1 });
      });

      it('and exchanged two entries', async () => {
        await under.execute(`update audit_entry set position = 99 where position = 2`);
        await under.execute(`update audit_entry set position = 2 where position = 3`);
        await under.execute(`update audit_entry set position = 3 where position = 99`);
        assert.deepEqual(await breach(), { kind: 'changed', position: 2 });
      });

      it('and cut off the end', async () => {
        await under.execute(`delete from audit_entry where position > 2`);
        assert.deepEqual(await breach(), { kind: 'cut-off', position: 3 });
        await under.execute(`delete from audit_entry`);
        assert.deepEqual(await breach(), { kind: 'cut-off', position: 1 });
      });

      it('and cut off the end and the recorded head with it, to whoever kept the head', async () => {
        const kept = await head();
        const [, second] = await entries();
        await under.execute(`delete from audit_entry where position > 2`);
        await under.execute(`update audit_chain set last_position = 2, last_hash = '${second?.hash}'`);
        assert.equal(await breach(), undefined, 'nothing is left by which it could be known');
        assert.deepEqual(await breach(kept), { kind: 'cut-off', position: 3 });
      });

      it('and wrote all of it anew, to whoever kept the head', async () => {
        const kept = await head();
        await under.execute(`delete from audit_entry`);
        await under.execute(`delete from audit_chain`);
        for (let n = 0; n < 5; n += 1) await store.record({ act: 'link.viewed', by: 'app' });
        assert.equal(await breach(), undefined, 'nothing is left by which it could be known');
        assert.deepEqual(await breach(kept), { kind: 'rewritten', position: 4 });
      });
    });

    describe('is purged', () => {
      const purge = (before: Date, limit = 100) => store.purgeAudit({ before, limit });

      beforeEach(async () => {
        for (let n = 1; n <= 5; n += 1) {
          clock = seconds(n);
          await store.record({ act: 'link.viewed', by: 'app', count: n });
        }
      });

      it('from its beginning up to a time, and is whole from there on', async () => {
        const kept = await head();
        assert.equal(await purge(seconds(4)), 3);
        assert.deepEqual(await acts(), ['4 link.viewed', '5 link.viewed', '6 audit.purged']);
        const [, , purged] = await entries();
        assert.deepEqual([purged?.actor, purged?.count], ['service', 3]);
        const { anchor, breach: found } = await verifyAudit({ store });
        assert.deepEqual([anchor.position, found], [3, undefined]);
        assert.equal(await breach(kept), undefined, 'a head that was kept before is still in it');
        assert.equal(await purge(seconds(4)), 0);
        assert.equal((await acts()).length, 3, 'to purge nothing is no act');
      });

      it('page by page, to its end', async () => {
        assert.deepEqual([await purge(seconds(9), 2), await purge(seconds(9), 2)], [2, 2]);
        assert.equal(await breach(), undefined);
        clock = seconds(20);
        assert.equal(await purge(seconds(9), 9), 3, 'the purges of before are entries like any other');
        assert.equal(await breach(), undefined);
        assert.deepEqual(await acts(), ['8 audit.purged']);
      });

      it('no further than an entry that must stay, though one after it says that it is older', async () => {
        clock = seconds(1);
        await store.record({ act: 'keys.rotated', by: 'app' });
        assert.equal(await purge(seconds(3)), 2);
        assert.equal((await acts())[0], '3 link.viewed');
      });

      it('so that a head from before says that it cannot be checked any more', async () => {
        const [, second] = await entries();
        await purge(seconds(5));
        await assert.rejects(breach(`2:${second?.hash}`), { code: 'bad-input', field: 'head' });
        const { anchor } = await store.auditChain();
        assert.equal(await breach(`${anchor.position}:${anchor.hash}`), undefined);
        assert.deepEqual(await breach(`${anchor.position}:${'0'.repeat(64)}`), {
          ...{ kind: 'rewritten', position: 4 },
        });
      });
    });
  });
}
