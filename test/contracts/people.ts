/** `src/storage/people.ts` as a suite: what is told of one person, and that it is gone afterwards. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { asPublicId, type PublicId } from '../../src/model.ts';
import { verifyAudit } from '../../src/operator/verify-audit.ts';
import type { Store } from '../../src/storage/store.ts';
import { EXPECTED, newSession } from './link-sessions.ts';
import {
  asked,
  present,
  ring,
  type StoreContractOptions,
  type StoreUnderTest,
  scope,
  seconds,
  start,
  taking,
} from './store.ts';

const NOTHING = {
  ...{ links: [], events: [], authorizations: [], linkSessions: [] },
  ...{ webhooksWaiting: 0, deadLetters: [], spooled: 0 },
};

export function peopleContract(
  name: string,
  open: (options: StoreContractOptions) => Promise<StoreUnderTest>,
): void {
  describe(`one person's rights, on ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    let clock: Date;

    beforeEach(async () => {
      clock = start;
      under = await open({ scope, keyRing: ring('k1', 1), now: () => clock });
      store = under.store;
      await store.queueWebhooks();
    });
    afterEach(() => under.close());

    async function addLink(n: number, appUserId: string, by = store): Promise<string> {
      const id = `link-${n}`;
      const publicId = asPublicId(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`) as PublicId;
      const tokenSet = { accessToken: 'access', refreshToken: id, issuedAt: start, expiresAt: seconds(600) };
      await by.addLink({ id, appUserId, publicId, state: 'active', grantedAt: seconds(n), tokenSet });
      await by.addEvent({ linkId: id, type: 'link.active', at: clock, by: 'patient' });
      return id;
    }
    async function unlink(linkId: string, at: Date): Promise<void> {
      await store.changeLink(linkId, 1, { state: 'unlinked', unlinkedAt: at });
      await store.addEvent({ linkId, type: 'link.unlinked', at, by: 'patient' });
    }
    const refused = (appUserId: string, at = clock) =>
      store.addEvent({ appUserId, type: 'link.completion_refused', at, by: 'service' });
    const lease = () => store.leaseWebhooks({ limit: 9, forMs: 30_000 });
    const types = async (after?: string) =>
      (await store.listFeed({ limit: 99, ...(after !== undefined && { after }) }))?.map(
        ({ type, appUserId }) => `${appUserId} ${type}`,
      );
    const acts = async () =>
      (await store.listAudit({ limit: 99 })).map(
        ({ actor, act, linkId }) => `${actor} ${act} ${linkId ?? ''}`,
      );

    /** A link now and one before, an authorization and a link session, a dead letter and an event in line. */
    async function everythingOf(appUserId: string, n: number): Promise<void> {
      await unlink(await addLink(n, appUserId), clock);
      await addLink(n + 1, appUserId);
      await refused(appUserId);
      await store.addPendingAuthorization(
        asked({ id: `pending-${n}`, appUserId, stateHash: `state-${n}`, expected: EXPECTED }),
      );
      await store.addLinkSession(newSession({ id: `session-${n}`, appUserId, secretHash: `secret-${n}` }));
      await store.queueWebhooks();
      const [first] = (await lease()).filter(({ event }) => event.appUserId === appUserId);
      await store.buryWebhook(present(first), 'status 500');
    }

    describe('heldOf', () => {
      it('tells all that there is of an account, and nothing of another', async () => {
        await everythingOf('ada', 1);
        await everythingOf('bob', 4);
        const held = await store.heldOf('ada');
        assert.deepEqual(
          held.links.map(({ id, state, holdsTokens }) => [id, state, holdsTokens]),
          [
            ['link-1', 'unlinked', false],
            ['link-2', 'active', true],
          ],
        );
        assert.deepEqual(
          held.events.map(({ type, linkId }) => `${type} ${linkId}`),
          [
            ...['link.active link-1', 'link.unlinked link-1', 'link.active link-2'],
            'link.completion_refused undefined',
          ],
        );
        assert.deepEqual(
          held.authorizations.map(({ id, expected }) => [id, expected]),
          [['pending-1', EXPECTED]],
        );
        assert.deepEqual(
          held.linkSessions.map(({ id, expected }) => [id, expected]),
          [['session-1', EXPECTED]],
        );
        assert.equal(held.webhooksWaiting, 3);
        assert.deepEqual(
          held.deadLetters.map(({ event, failure }) => [event.id, failure]),
          [[held.events[0]?.id, 'status 500']],
        );
        assert.deepEqual(JSON.stringify(held).match(/"bob|"access"|link-4/g), null);
      });

      it('has no token and no secret in it', async () => {
        await everythingOf('ada', 1);
        await store.takePendingAuthorization(taking({ code: 'code-canary' }, { stateHash: 'state-1' }));
        const told = JSON.stringify(await store.heldOf('ada'));
        for (const secret of [
          '"access"',
          'code-canary',
          'verifier-1',
          'completion-canary',
          'vouching-canary',
        ]) {
          assert.ok(!told.includes(secret), secret);
        }
      });

      it('is empty for an account that nothing is held of', async () => {
        await everythingOf('bob', 4);
        assert.deepEqual(await store.heldOf('ada'), NOTHING);
      });
    });

    describe('erasePerson', () => {
      it('leaves nothing of the account, and all of another', async () => {
        await everythingOf('ada', 1);
        await everythingOf('bob', 4);
        const bob = await store.heldOf('bob');
        const { expunged, ...erased } = await store.erasePerson('ada', 'command-line:root');
        assert.deepEqual(erased, {
          ...{ links: ['link-1', 'link-2'], events: 4, authorizations: 1, linkSessions: 1, spooled: 0 },
        });
        assert.deepEqual(await store.heldOf('ada'), NOTHING);
        assert.deepEqual(await store.heldOf('bob'), bob);
        assert.equal(await store.findLinkById('link-2'), undefined);
        assert.deepEqual(
          (await store.listDeadLetters({ limit: 9 })).map(({ event }) => event.appUserId),
          ['bob'],
        );
      });

      it('leaves in the counts how far they came, and nobody who seems to be still on the way', async () => {
        await everythingOf('ada', 1);
        const period = { from: new Date(0), to: seconds(9_999) };
        const before = await store.countAttempts(period);
        assert.ok(before.some(({ ending }) => ending === undefined));
        await store.erasePerson('ada', 'app');
        const after = await store.countAttempts(period);
        const steps = (tallies: typeof before) =>
          tallies.map(({ hour, step, attempts }) => [hour, step, attempts]);
        assert.deepEqual(steps(after), steps(before));
        assert.ok(after.every(({ step, ending }) => step === 'confirmed' || ending !== undefined));
      });

      it('is of one client of one environment', async () => {
        const other = await under.another({ scope: { ...scope, clientId: 'other' } });
        await addLink(1, 'ada');
        await addLink(2, 'ada', other);
        await other.erasePerson('ada', 'app');
        assert.deepEqual([(await store.heldOf('ada')).links.length, await other.heldOf('ada')], [1, NOTHING]);
      });

      it('leaves a tombstone for each link in the audit trail, which nobody can read a person from', async () => {
        await everythingOf('ada', 1);
        await refused('cyd');
        await store.erasePerson('ada', 'command-line:root');
        await store.erasePerson('cyd', 'api-key:k');
        assert.deepEqual((await acts()).slice(-3), [
          ...['command-line:root person.erased link-1', 'command-line:root person.erased link-2'],
          'api-key:k person.erased ',
        ]);
        assert.equal((await verifyAudit({ store })).breach, undefined);
        assert.deepEqual(await store.listAudit({ appUserId: 'ada', limit: 9 }), []);
        assert.equal(JSON.stringify(await store.listAudit({ limit: 99 })).match(/"ada|"cyd|0000-4000/), null);
      });

      it('is no act where there was nothing, and none again', async () => {
        await addLink(1, 'ada');
        for (const who of ['nobody', 'ada', 'ada']) await store.erasePerson(who, 'app');
        assert.deepEqual(await acts(), ['patient link.active link-1', 'app person.erased link-1']);
      });

      it('lets readers of the feed go on from where they were', async () => {
        await addLink(1, 'bob');
        await addLink(2, 'ada');
        await refused('ada');
        const last = present(await store.listFeed({ limit: 9 })).at(-1)?.id;
        await refused('ada');
        await store.erasePerson('ada', 'app');
        assert.deepEqual(await types(), ['bob link.active']);
        assert.deepEqual(await types(last), []);
        await addLink(3, 'cyd');
        assert.deepEqual(await types(last), ['cyd link.active']);
        assert.deepEqual(await types(), ['bob link.active', 'cyd link.active']);
        assert.equal(await types('never-there'), undefined);
      });

      it('lets a receiver have what is behind the erased', async () => {
        await everythingOf('ada', 1);
        await addLink(4, 'bob');
        await store.erasePerson('ada', 'app');
        await addLink(5, 'ada');
        await store.queueWebhooks();
        const leases = await lease();
        assert.deepEqual(leases.map(({ event }) => `${event.appUserId} ${event.linkId}`).sort(), [
          ...['ada link-5', 'bob link-4'],
        ]);
        for (const each of leases) assert.equal(await store.acceptWebhook(each), true);
        assert.deepEqual(await lease(), []);
      });

      it('stays so where an event was just being sent', async () => {
        await addLink(1, 'ada');
        await store.queueWebhooks();
        const [sending] = await lease();
        await store.erasePerson('ada', 'app');
        assert.equal(await store.buryWebhook(present(sending), 'timeout'), false);
        assert.equal(await store.acceptWebhook(present(sending)), false);
        assert.deepEqual(await store.listDeadLetters({ limit: 9 }), []);
        assert.deepEqual(await store.heldOf('ada'), NOTHING);
      });

      it('stays so where an event was just being put in line', async () => {
        await under.execute(`insert into webhook_line
          (environment, client_id, app_user_id, accepted, newest, attempts, due_at)
          values ('${scope.environment}', '${scope.clientId}', 'ada', 1, 2, 0, 0)`);
        assert.deepEqual(await lease(), []);
        await store.erasePerson('ada', 'app');
        assert.deepEqual(await acts(), [], 'whoever found the line has taken it away');
      });

      it('stays so where a refresh is in flight', async () => {
        const linkId = await addLink(1, 'ada');
        const by = { owner: 'one', forMs: 30_000 };
        const leased = present(await store.leaseRefresh({ linkId, appUserId: 'ada', version: 1, ...by }));
        await store.erasePerson('ada', 'app');
        const fresh = { accessToken: 'new', refreshToken: 'new', issuedAt: start, expiresAt: seconds(9) };
        assert.equal(await store.commitRefresh(leased, fresh), undefined);
        const { refreshToken: _, ...last } = fresh;
        assert.equal(await store.commitRefresh(leased, last), undefined);
        await store.releaseRefresh(leased, 'unknown');
        assert.deepEqual(await store.heldOf('ada'), NOTHING);
      });

      it('stays so where a code is being exchanged', async () => {
        await store.addPendingAuthorization(asked());
        await store.takePendingAuthorization(taking());
        await store.takeCode('pending-1', seconds(61));
        await store.erasePerson('ada', 'app');
        const tokenSet = { accessToken: 'a', refreshToken: 'r', issuedAt: start, expiresAt: seconds(9) };
        assert.equal(await store.saveExchange('pending-1', tokenSet), undefined);
        assert.equal(
          await store.endPendingAuthorization('pending-1', { step: 'refused', refusal: 'x' }),
          false,
        );
        assert.deepEqual(await store.heldOf('ada'), NOTHING);
      });

      it('erases every one of many, beside whoever else writes', async () => {
        const other = await under.another();
        const accounts = Array.from({ length: 12 }, (_, n) => `account-${n}`);
        for (const [n, who] of accounts.entries()) await addLink(n, who);
        await Promise.all(
          accounts.flatMap((who, n) => [
            (n % 2 ? store : other).erasePerson(who, 'app'),
            (n % 2 ? other : store).addLink({
              id: `more-${n}`,
              appUserId: `more-${n}`,
              publicId: asPublicId(`00000000-0000-4000-8001-${String(n).padStart(12, '0')}`) as PublicId,
              state: 'active',
              grantedAt: start,
              tokenSet: { accessToken: 'a', refreshToken: `m${n}`, issuedAt: start, expiresAt: seconds(9) },
            }),
          ]),
        );
        for (const who of accounts) assert.deepEqual(await store.heldOf(who), NOTHING, who);
        assert.equal((await store.listLinks({ limit: 99 })).length, 12);
        assert.equal((await verifyAudit({ store })).breach, undefined);
      });
    });

    describe('eraseUnlinked', () => {
      const erase = (before: Date, limit = 100) => store.eraseUnlinked({ before, limit });

      it('erases what was unlinked before then, with its events, and keeps what was not', async () => {
        await unlink(await addLink(1, 'ada'), seconds(10));
        await unlink(await addLink(2, 'bob'), seconds(30));
        await addLink(3, 'cyd');
        assert.equal(await erase(seconds(20)), 1);
        assert.deepEqual(await store.heldOf('ada'), NOTHING);
        assert.deepEqual(await types(), ['bob link.active', 'bob link.unlinked', 'cyd link.active']);
        assert.deepEqual((await acts()).at(-1), 'service link.erased link-1');
        assert.equal(await erase(seconds(20)), 0);
      });

      it('keeps the link that an account has now, and erases the one before', async () => {
        await unlink(await addLink(1, 'ada'), seconds(10));
        await addLink(2, 'ada');
        await refused('ada', seconds(11));
        await store.queueWebhooks();
        assert.equal(await erase(seconds(20)), 2);
        const held = await store.heldOf('ada');
        assert.deepEqual(
          held.events.map(({ type, linkId }) => `${type} ${linkId}`),
          ['link.active link-2'],
        );
        assert.equal(held.webhooksWaiting, 1);
      });

      it('erases page by page, with what is still attached to a link', async () => {
        for (let n = 1; n <= 3; n += 1) {
          const linkId = await addLink(n, `account-${n}`);
          const id = `pending-${n}`;
          await store.addPendingAuthorization(
            asked({ id, appUserId: `account-${n}`, stateHash: `state-${n}` }),
          );
          await store.endPendingAuthorization(id, { step: 'finished', linkId });
          await unlink(linkId, seconds(n));
        }
        await store.queueWebhooks();
        await store.buryWebhook(present((await lease())[0]), 'timeout');
        assert.deepEqual([await erase(seconds(9), 2), await erase(seconds(9), 2)], [2, 1]);
        for (let n = 1; n <= 3; n += 1) assert.deepEqual(await store.heldOf(`account-${n}`), NOTHING);
        assert.deepEqual(await lease(), []);
      });

      it('forgets the place of an erased event after a year', async () => {
        await unlink(await addLink(1, 'ada'), seconds(1));
        const last = present(await store.listFeed({ limit: 9 })).at(-1)?.id;
        await erase(seconds(2));
        clock = new Date(start.getTime() + 366 * 86_400_000);
        assert.deepEqual(await types(last), []);
        await erase(seconds(2));
        assert.equal(await types(last), undefined);
      });
    });
  });
}
