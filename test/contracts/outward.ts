/** `src/storage/outward.ts` as a suite: what the partner's other processes are promised. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { asPublicId, type FeedEvent, type PublicId } from '../../src/model.ts';
import type { WebhookLease } from '../../src/storage/outward.ts';
import type { Store } from '../../src/storage/store.ts';
import {
  present,
  ring,
  rings,
  type StoreContractOptions,
  type StoreUnderTest,
  scope,
  seconds,
  start,
} from './store.ts';

const LEASE_MS = 30_000;

export function outwardContract(
  name: string,
  open: (options: StoreContractOptions) => Promise<StoreUnderTest>,
): void {
  describe(`what others see of the store, on ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    let clock: Date;

    beforeEach(async () => {
      clock = start;
      under = await open({ scope, keyRing: ring('k1', 1), now: () => clock });
      store = under.store;
    });
    afterEach(() => under.close());

    async function addLink(id: string, appUserId: string): Promise<PublicId> {
      const publicId = asPublicId(randomUUID()) as PublicId;
      const tokenSet = { accessToken: 'access', refreshToken: id, issuedAt: start, expiresAt: seconds(600) };
      await store.addLink({ id, appUserId, publicId, state: 'active', grantedAt: start, tokenSet });
      return publicId;
    }

    const suspended = (linkId: string, reason: string) =>
      store.addEvent({ linkId, by: 'service', type: 'link.suspended', at: clock, reason });
    const reasons = (events: readonly FeedEvent[] | undefined) => present(events).map(({ reason }) => reason);
    const lease = (limit = 9, by = store) => by.leaseWebhooks({ limit, forMs: LEASE_MS });
    const sent = (leases: readonly WebhookLease[]) =>
      leases.map(({ event, attempts }) => `${event.reason} ${attempts}`).sort();

    async function only(leases: Promise<readonly WebhookLease[]>): Promise<WebhookLease> {
      const [first, ...others] = await leases;
      assert.deepEqual(others, []);
      return present(first);
    }

    describe('the feed', () => {
      it('shows each event with the state that its link had then, and what happened without a link', async () => {
        const publicId = await addLink('link-1', 'ada');
        await store.transaction(async (tx) => {
          await tx.changeLink('link-1', 1, { state: 'suspended', reason: 'access-frozen' });
          await tx.addEvent({
            linkId: 'link-1',
            by: 'service',
            type: 'link.suspended',
            at: start,
            reason: 'access-frozen',
          });
        });
        await store.changeLink('link-1', 2, { state: 'active' });
        await store.addEvent({
          appUserId: 'bob',
          by: 'service',
          type: 'link.completion_refused',
          at: seconds(1),
        });
        const [first, second, ...others] = present(await store.listFeed({ limit: 9 }));
        assert.deepEqual(first, {
          id: first?.id,
          appUserId: 'ada',
          linkId: 'link-1',
          publicId,
          type: 'link.suspended',
          at: start,
          reason: 'access-frozen',
          state: 'suspended',
        });
        assert.deepEqual(second, {
          id: second?.id,
          appUserId: 'bob',
          type: 'link.completion_refused',
          at: seconds(1),
        });
        assert.deepEqual(others, []);
        assert.match(`${first?.id} ${second?.id}`, /^[0-9a-f-]{36} [0-9a-f-]{36}$/);
      });

      it('goes on after the last event seen, a page at a time, and knows what is none of its events', async () => {
        await addLink('link-1', 'ada');
        for (let n = 1; n <= 5; n += 1) await suspended('link-1', String(n));
        const first = present(await store.listFeed({ limit: 2 }));
        assert.deepEqual(reasons(first), ['1', '2']);
        const second = await store.listFeed({ after: present(first[1]).id, limit: 9 });
        assert.deepEqual(reasons(second), ['3', '4', '5']);
        const last = present(second?.[2]).id;
        assert.deepEqual(await store.listFeed({ after: last, limit: 9 }), []);
        await suspended('link-1', '6');
        assert.deepEqual(reasons(await store.listFeed({ after: last, limit: 9 })), ['6']);
        assert.equal(await store.listFeed({ after: randomUUID(), limit: 9 }), undefined);
        const stranger = await under.another({ scope: { ...scope, environment: 'production' } });
        assert.equal(await stranger.listFeed({ after: last, limit: 9 }), undefined);
        assert.deepEqual(await stranger.listFeed({ limit: 9 }), []);
      });

      it('misses nothing and shows nothing twice while four connections write and two read', async () => {
        const writers = await Promise.all([1, 2, 3, 4].map(() => under.another()));
        await Promise.all(writers.map((_, n) => addLink(`link-${n}`, `account-${n}`)));
        let writing = true;
        const written = Promise.all(
          writers.map(async (writer, n) => {
            for (let at = 0; at < 25; at += 1) {
              await writer.transaction(async (tx) => {
                await tx.addEvent({
                  linkId: `link-${n}`,
                  by: 'service',
                  type: 'link.active',
                  at: start,
                  reason: `${at}`,
                });
                await tx.findLinkById(`link-${n}`);
              });
              await nextTurn();
            }
          }),
        ).finally(() => {
          writing = false;
        });
        const readers = await Promise.all([1, 2].map(() => under.another()));
        const seen = await Promise.all(
          readers.map(async (reader) => {
            const events: FeedEvent[] = [];
            for (let last = false; ; ) {
              const after = events.at(-1)?.id;
              const page = present(
                await reader.listFeed({ limit: 7, ...(after !== undefined && { after }) }),
              );
              events.push(...page);
              if (page.length === 0 && last) return events;
              last = !writing;
              // SQLite answers at once: without this nobody else would get a turn.
              await nextTurn();
            }
          }),
        );
        await written;
        for (const events of seen) {
          for (const n of writers.keys()) {
            const ofLink = events.filter(({ linkId }) => linkId === `link-${n}`);
            assert.deepEqual(
              reasons(ofLink),
              Array.from({ length: 25 }, (_, at) => `${at}`),
            );
          }
        }
        assert.deepEqual(seen[0], seen[1]);
      });
    });

    describe('webhooks', () => {
      beforeEach(async () => {
        await addLink('link-1', 'ada');
        await addLink('link-2', 'bob');
      });

      it('begin with what happens after the first time', async () => {
        await suspended('link-1', 'before');
        await store.queueWebhooks();
        assert.deepEqual(await lease(), []);
        await suspended('link-1', 'after');
        await store.queueWebhooks();
        assert.deepEqual(sent(await lease()), ['after 1']);
      });

      it('give the first of each account, and what is behind it once it was accepted', async () => {
        await store.queueWebhooks();
        for (const reason of ['a1', 'a2', 'a3']) await suspended('link-1', reason);
        await suspended('link-2', 'b1');
        await store.queueWebhooks();
        const leases = await lease();
        assert.deepEqual(sent(leases), ['a1 1', 'b1 1']);
        assert.deepEqual(await lease(), [], 'nobody else gets them meanwhile');
        await suspended('link-2', 'b2');
        await store.queueWebhooks();
        assert.deepEqual(await lease(), [], 'nor what came behind them');
        for (const each of leases) assert.equal(await store.acceptWebhook(each), true);
        const next = await lease();
        assert.deepEqual(sent(next), ['a2 1', 'b2 1']);
        for (const each of next) await store.acceptWebhook(each);
        await store.acceptWebhook(await only(lease()));
        assert.deepEqual(await lease(), []);
        await suspended('link-1', 'a4');
        await store.queueWebhooks();
        assert.deepEqual(sent(await lease()), ['a4 1']);
      });

      it('wait where they were not accepted, and what is behind them waits too', async () => {
        await store.queueWebhooks();
        for (const reason of ['a1', 'a2']) await suspended('link-1', reason);
        await store.queueWebhooks();
        const first = await only(lease());
        assert.equal(await store.delayWebhook(first, 60_000), true);
        clock = seconds(59);
        assert.deepEqual(await lease(), []);
        clock = seconds(60);
        assert.deepEqual(sent(await lease()), ['a1 2']);
      });

      it('are leased anew when a lease is over, and heed the newest lease only', async () => {
        const another = await under.another();
        await store.queueWebhooks();
        for (const reason of ['a1', 'a2']) await suspended('link-1', reason);
        await store.queueWebhooks();
        const late = await only(lease());
        clock = seconds(30);
        const again = await only(lease(9, another));
        assert.equal(again.attempts, 2);
        assert.equal(await store.acceptWebhook(late), false);
        assert.equal(await store.delayWebhook(late, 1), false);
        assert.equal(await store.buryWebhook(late, 'timeout'), false);
        assert.equal(await another.acceptWebhook(again), true);
        assert.equal(await store.acceptWebhook(late), false, 'the next one is another event');
        assert.deepEqual(sent(await lease()), ['a2 1']);
      });

      it('are leased by one of many who ask at once', async () => {
        const others = await Promise.all([1, 2, 3].map(() => under.another()));
        await store.queueWebhooks();
        for (let n = 1; n <= 2; n += 1) await suspended(`link-${n}`, String(n));
        await Promise.all(others.map((other) => other.queueWebhooks()));
        const leases = await Promise.all(others.flatMap((other) => [lease(9, other), lease(9, other)]));
        assert.deepEqual(sent(leases.flat()), ['1 1', '2 1']);
      });

      it('lose none and keep their order while three put them in line and two send', async () => {
        await store.queueWebhooks();
        const others = await Promise.all([1, 2, 3].map(() => under.another()));
        const accepted: string[] = [];
        const events = 30;
        const writing = Promise.all(
          [1, 2].map(async (n) => {
            for (let at = 1; at <= events; at += 1) {
              await suspended(`link-${n}`, `${n} ${at}`);
              await nextTurn();
            }
          }),
        );
        await Promise.all(
          others.map(async (other) => {
            while (accepted.length < 2 * events) {
              await nextTurn();
              await other.queueWebhooks();
              for (const each of await lease(2, other)) {
                accepted.push(present(each.event.reason));
                assert.equal(await other.acceptWebhook(each), true);
              }
            }
          }),
        );
        await writing;
        for (const n of [1, 2]) {
          const ofLink = accepted.filter((reason) => reason.startsWith(`${n} `));
          assert.deepEqual(
            ofLink,
            Array.from({ length: events }, (_, at) => `${n} ${at + 1}`),
          );
        }
      });

      it('become dead letters, which hold up nobody, until they are accepted after all', async () => {
        await store.queueWebhooks();
        for (const reason of ['a1', 'a2']) await suspended('link-1', reason);
        await suspended('link-2', 'b1');
        await store.queueWebhooks();
        for (const each of await lease()) assert.equal(await store.buryWebhook(each, 'status 500'), true);
        assert.deepEqual(sent(await lease()), ['a2 1']);
        const [a1, b1, ...others] = await store.listDeadLetters({ limit: 9 });
        assert.deepEqual(others, []);
        assert.deepEqual([a1?.event.reason, a1?.diedAt, a1?.failure], ['a1', start, 'status 500']);
        const after = present(a1).event.id;
        assert.deepEqual(await store.findDeadLetter(after), a1);
        await store.dropDeadLetter(after);
        assert.equal(await store.findDeadLetter(after), undefined);
        assert.deepEqual(await store.listDeadLetters({ after, limit: 9 }), [b1]);
        assert.deepEqual(await store.listDeadLetters({ limit: 9 }), [b1]);
      });

      it('of another environment or client are not there', async () => {
        const stranger = await under.another({ scope: { ...scope, clientId: 'client-two' } });
        for (const each of [store, stranger]) await each.queueWebhooks();
        await suspended('link-1', 'a1');
        for (const each of [store, stranger]) await each.queueWebhooks();
        assert.deepEqual(await lease(9, stranger), []);
        const leased = await only(lease());
        assert.equal(await stranger.acceptWebhook(leased), false);
        await store.buryWebhook(leased, 'timeout');
        assert.deepEqual(await stranger.listDeadLetters({ limit: 9 }), []);
        assert.equal(await stranger.findDeadLetter(leased.event.id), undefined);
        await stranger.dropDeadLetter(leased.event.id);
        assert.equal((await store.listDeadLetters({ limit: 9 })).length, 1);
      });
    });

    describe('API keys', () => {
      const key = {
        id: 'key-1',
        name: 'reports',
        access: 'read',
        keyHash: 'hash-1',
        createdAt: start,
      } as const;
      const { keyHash: _hash, ...shown } = key;

      it('are found by their hash until they are revoked, and tell the day of their last use', async () => {
        await store.addApiKey({ ...key, by: 'app' });
        assert.deepEqual(await store.listApiKeys(), [shown]);
        clock = new Date('2026-03-03T10:11:12Z');
        const used = { ...shown, lastUsedAt: new Date('2026-03-03T00:00:00Z') };
        assert.deepEqual(await store.useApiKey('hash-1'), used);
        assert.deepEqual(await store.useApiKey('hash-1'), used);
        assert.deepEqual(await store.listApiKeys(), [used]);
        assert.equal(await store.useApiKey('hash-2'), undefined);
        assert.equal(await store.revokeApiKey('key-1', 'app'), true);
        assert.equal(await store.revokeApiKey('key-1', 'app'), false);
        assert.equal(await store.useApiKey('hash-1'), undefined);
        assert.deepEqual(await store.listApiKeys(), [{ ...used, revokedAt: clock }]);
      });

      it('open nothing elsewhere', async () => {
        await store.addApiKey({ ...key, by: 'app' });
        const stranger = await under.another({ scope: { ...scope, environment: 'production' } });
        assert.equal(await stranger.useApiKey('hash-1'), undefined);
        assert.deepEqual(await stranger.listApiKeys(), []);
        assert.equal(await stranger.revokeApiKey('key-1', 'app'), false);
      });
    });

    describe('answers that are given again', () => {
      const claim = { keyHash: 'key-1', requestHash: 'request-1' };
      const answer = { status: 201, body: { url: 'https://link.example/session/canary-secret' } };

      it('are made by one caller, and the same for all others for a day', async () => {
        const claims = await Promise.all([1, 2, 3].map(() => store.claimAnswer(claim)));
        assert.equal(claims.filter((each) => each === 'claimed').length, 1);
        assert.deepEqual(
          claims.find((each) => each !== 'claimed'),
          { requestHash: 'request-1', answer: undefined },
        );
        await store.keepAnswer('key-1', answer);
        clock = seconds(24 * 3600);
        const kept = { requestHash: 'request-1', answer };
        assert.deepEqual(await store.claimAnswer(claim), kept);
        assert.deepEqual(await store.claimAnswer({ ...claim, requestHash: 'request-2' }), kept);
        assert.ok(!String(await under.raw()).includes('canary-secret'));
        clock = seconds(24 * 3600 + 1);
        assert.equal(await store.claimAnswer(claim), 'claimed');
      });

      it('are made anew where they were given up, or whoever made them was not heard of for a minute', async () => {
        await store.claimAnswer(claim);
        await store.giveUpAnswer('key-1');
        assert.equal(await store.claimAnswer(claim), 'claimed');
        clock = seconds(60);
        assert.notEqual(await store.claimAnswer(claim), 'claimed');
        clock = seconds(61);
        assert.notEqual(await store.claimAnswer({ ...claim, requestHash: 'request-2' }), 'claimed');
        assert.equal(await store.claimAnswer(claim), 'claimed');
        await store.keepAnswer('key-1', answer);
        await store.giveUpAnswer('key-1');
        assert.notEqual(await store.claimAnswer(claim), 'claimed', 'what was answered is not given up');
      });

      it('are gone with the key that sealed them, and nobody else’s elsewhere', async () => {
        await store.claimAnswer(claim);
        await store.keepAnswer('key-1', answer);
        const later = await under.another({ keyRing: rings(ring('k2', 2), ring('k1', 1)) });
        assert.deepEqual(await later.claimAnswer(claim), { requestHash: 'request-1', answer });
        const keyless = await under.another({ keyRing: ring('k2', 2) });
        assert.deepEqual(await keyless.claimAnswer(claim), { requestHash: 'request-1', answer: undefined });
        const stranger = await under.another({ scope: { ...scope, clientId: 'client-two' } });
        assert.equal(await stranger.claimAnswer(claim), 'claimed');
      });
    });
  });
}
