/** `src/storage/console.ts` as a suite: what the operator's console is promised. */

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { asPublicId, type PublicId } from '../../src/model.ts';
import type { AttemptTally } from '../../src/storage/console.ts';
import type { NewLinkSession, Store } from '../../src/storage/store.ts';
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

const HOUR = 3600;
const DAY = 24 * HOUR;
const always = { from: new Date(0), to: seconds(1000 * DAY) };

function publicId(): PublicId {
  return asPublicId(randomUUID()) as PublicId;
}

function tokens(refreshToken?: string) {
  return {
    accessToken: 'access',
    issuedAt: start,
    expiresAt: seconds(600),
    ...(refreshToken && { refreshToken }),
  };
}

function session(over: Partial<NewLinkSession> = {}): NewLinkSession {
  return {
    id: 'session-1',
    appUserId: 'ada',
    returnUrl: 'https://app.example/back',
    page: 'link',
    createdAt: start,
    expiresAt: seconds(HOUR),
    secretHash: 'secret-1',
    secrets: { completion: 'completion', vouching: 'vouching' },
    ...over,
  };
}

/** `2 answered (access-denied)` each, without the hours. */
function said(tallies: readonly AttemptTally[]): readonly string[] {
  return tallies
    .map(({ step, ending, attempts }) => `${attempts} ${step}${ending === undefined ? '' : ` (${ending})`}`)
    .sort();
}

export function consoleContract(
  name: string,
  open: (options: StoreContractOptions) => Promise<StoreUnderTest>,
): void {
  describe(`what the console is told by the store, on ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    let clock: Date;

    beforeEach(async () => {
      clock = start;
      under = await open({ scope, keyRing: ring('k1', 1), now: () => clock });
      store = under.store;
    });
    afterEach(() => under.close());

    /** An authorization of an account of this name, brought as far as `to`. */
    async function attempt(
      id: string,
      to: 'asked' | 'answered' | 'exchanged' | 'identified' | 'confirmed',
      createdAt = start,
    ): Promise<void> {
      const expiresAt = new Date(createdAt.getTime() + HOUR * 1000);
      await store.addPendingAuthorization(
        asked({ id, appUserId: id, stateHash: `state-${id}`, createdAt, expiresAt }),
      );
      if (to === 'asked') return;
      await store.takePendingAuthorization(
        taking({ code: `code-${id}` }, { stateHash: `state-${id}`, now: createdAt }),
      );
      if (to === 'answered') return;
      await store.takeCode(id, createdAt);
      await store.saveExchange(id, tokens(id));
      if (to === 'exchanged') return;
      const link = await store.addLink({
        id: `link-${id}`,
        appUserId: id,
        publicId: publicId(),
        state: 'proposed',
        grantedAt: createdAt,
        proposalExpiresAt: expiresAt,
        tokenSet: tokens(id),
      });
      await store.endPendingAuthorization(id, { step: 'finished', linkId: link.id });
      if (to === 'identified') return;
      await store.changeLink(link.id, link.version, {
        state: 'active',
        confirmedAt: createdAt,
        proposalExpiresAt: null,
      });
    }

    async function refused(id: string, from: 'answered' | 'exchanged', refusal: string): Promise<void> {
      await attempt(id, from);
      await store.endPendingAuthorization(id, { step: 'refused', refusal });
    }

    async function oneOfEach(): Promise<void> {
      await store.addLinkSession(session());
      await store.addLinkSession(session({ id: 'session-2', secretHash: 'secret-2' }));
      await store.arriveAtLinkSession({
        secretHash: 'secret-2',
        browserSessionHash: 'browser-1',
        now: seconds(1),
      });
      await store.addLinkSession(session({ id: 'session-3', secretHash: 'secret-3', page: 'connection' }));
      await attempt('asked', 'asked');
      await attempt('denied', 'asked');
      const denied = taking({ refusal: 'access-denied' }, { stateHash: 'state-denied' });
      present(await store.takePendingAuthorization(denied));
      await attempt('answered', 'answered');
      await refused('rejected', 'answered', 'code-rejected');
      await attempt('exchanged', 'exchanged');
      await refused('professional', 'exchanged', 'not-a-patient');
      await attempt('identified', 'identified');
      await attempt('declined', 'identified');
      await store.changeLink('link-declined', 1, {
        state: 'unlinked',
        reason: 'not-my-record',
        tokenSet: null,
      });
      await attempt('confirmed', 'confirmed');
      await attempt('regretted', 'confirmed');
      await store.changeLink('link-regretted', 2, { state: 'unlinked', reason: 'asked', tokenSet: null });
    }

    const ON_THE_WAY = [
      '1 answered',
      '1 answered (access-denied)',
      '1 answered (code-rejected)',
      '1 asked',
      '1 exchanged',
      '1 exchanged (not-a-patient)',
      '1 identified',
      '1 identified (not-my-record)',
      '2 confirmed',
      '2 started',
    ];
    const OVER = [
      '1 answered (access-denied)',
      '1 answered (code-rejected)',
      '1 answered (state-expired)',
      '1 asked (never-came-back)',
      '1 exchanged (not-a-patient)',
      '1 exchanged (state-expired)',
      '1 identified (not-my-record)',
      '1 identified (proposal-expired)',
      '1 started (never-asked)',
      '1 started (never-opened)',
      '2 confirmed',
    ];

    describe('attempts', () => {
      it('tells of each how far it came and why no further, while it may still go on and when it may not', async () => {
        await oneOfEach();
        assert.deepEqual(said(await store.countAttempts(always)), ON_THE_WAY);
        clock = seconds(2 * HOUR);
        assert.deepEqual(said(await store.countAttempts(always)), OVER);
      });

      it('says the same when what had expired is destroyed, and when the rows are gone, by whichever process', async () => {
        await oneOfEach();
        clock = seconds(2 * HOUR);
        await store.purgeExpired(clock);
        assert.deepEqual(said(await store.countAttempts(always)), OVER);
        clock = seconds(2 * DAY);
        const other = await under.another();
        await Promise.all([store.purgeExpired(clock), other.purgeExpired(clock), store.purgeExpired(clock)]);
        assert.equal(await store.findPendingAuthorization({ id: 'confirmed' }), undefined);
        assert.deepEqual(said(await store.countAttempts(always)), OVER);
      });

      it('keeps nobody in what is left of them', async () => {
        await oneOfEach();
        clock = seconds(2 * DAY);
        await store.purgeExpired(clock);
        const tally = (await store.countAttempts(always))[0];
        assert.deepEqual(Object.keys(present(tally)).sort(), ['attempts', 'ending', 'hour', 'step'].sort());
        for (const appUserId of ['asked', 'declined', 'confirmed', 'ada']) {
          assert.deepEqual(await store.listAttempts(appUserId), []);
        }
      });

      it('puts each in the hour in which it began, and leaves out what began at another time', async () => {
        await attempt('early', 'asked', seconds(HOUR - 1));
        await attempt('late', 'asked', seconds(HOUR));
        const hours = (tallies: readonly AttemptTally[]) => tallies.map(({ hour }) => hour);
        assert.deepEqual(hours(await store.countAttempts(always)), [start, seconds(HOUR)]);
        assert.deepEqual(hours(await store.countAttempts({ from: start, to: seconds(HOUR) })), [start]);
        clock = seconds(3 * DAY);
        await store.purgeExpired(clock);
        assert.deepEqual(hours(await store.countAttempts(always)), [start, seconds(HOUR)]);
        assert.deepEqual(hours(await store.countAttempts({ from: seconds(HOUR), to: seconds(2 * HOUR) })), [
          seconds(HOUR),
        ]);
      });

      it('forgets them after 400 days', async () => {
        await attempt('old', 'asked');
        await store.purgeExpired(seconds(3 * DAY));
        for (const [day, left] of [
          [399, 1],
          [401, 0],
        ] as const) {
          clock = seconds(day * DAY);
          await store.purgeExpired(clock);
          assert.equal((await store.countAttempts(always)).length, left);
        }
      });

      it('counts a session in which a grant was asked for once, as the authorization', async () => {
        await store.addLinkSession(session());
        await store.arriveAtLinkSession({
          secretHash: 'secret-1',
          browserSessionHash: 'browser-1',
          now: start,
        });
        const asking = {
          id: 'session-1',
          browserSessionHash: 'browser-1',
          now: start,
          expiresAt: seconds(HOUR),
        };
        assert.ok(await store.askInLinkSession(asking));
        await store.addPendingAuthorization(asked({ linkSessionId: 'session-1' }));
        assert.deepEqual(said(await store.countAttempts(always)), ['1 asked']);
        clock = seconds(3 * DAY);
        await store.purgeExpired(clock);
        assert.deepEqual(said(await store.countAttempts(always)), ['1 asked (never-came-back)']);
      });

      it('lists those of one account, the newest first', async () => {
        await attempt('ada', 'asked');
        await store.addLinkSession(session({ createdAt: seconds(60) }));
        await attempt('somebody', 'asked');
        assert.deepEqual(await store.listAttempts('ada'), [
          { createdAt: seconds(60), step: 'started' },
          { createdAt: start, step: 'asked' },
        ]);
      });
    });

    describe('session ends', () => {
      it('counts by hour those that are known and still to come, of links that live', async () => {
        const add = (id: string, expiresAt: Date) =>
          store.addLink({
            id,
            appUserId: id,
            publicId: publicId(),
            state: 'active',
            grantedAt: start,
            // Without a refresh token the session ends with the access token.
            tokenSet: { ...tokens(), expiresAt },
          });
        await add('one', seconds(HOUR + 5));
        await add('two', seconds(HOUR + 6));
        await add('three', seconds(3 * HOUR));
        await add('past', seconds(-1));
        await add('far', seconds(9 * DAY));
        await add('gone', seconds(HOUR + 7));
        await store.changeLink('gone', 1, { state: 'unlinked', tokenSet: null });
        assert.deepEqual(await store.countSessionEnds({ to: seconds(DAY) }), [
          { hour: seconds(HOUR), links: 2 },
          { hour: seconds(3 * HOUR), links: 1 },
        ]);
      });
    });

    describe('search', () => {
      it('finds all links that an account or a record has or had, the newest grant first', async () => {
        const [hers, another] = [publicId(), publicId()];
        const add = (id: string, appUserId: string, record: PublicId, at: number) =>
          store.addLink({
            id,
            appUserId,
            publicId: record,
            state: 'proposed',
            grantedAt: seconds(at),
            proposalExpiresAt: seconds(at + HOUR),
            tokenSet: tokens(id),
          });
        await add('first', 'ada', hers, 0);
        await store.changeLink('first', 1, { state: 'unlinked', tokenSet: null });
        await add('second', 'ada', another, 1);
        await add('third', 'bea', hers, 2);
        const ids = async (by: Parameters<Store['searchLinks']>[0]) =>
          (await store.searchLinks(by)).map(({ id }) => id);
        assert.deepEqual(await ids({ appUserId: 'ada' }), ['second', 'first']);
        assert.deepEqual(await ids({ publicId: hers }), ['third', 'first']);
        assert.deepEqual(await ids({ appUserId: 'nobody' }), []);
        assert.deepEqual(await ids({ publicId: publicId() }), []);
      });
    });

    describe('who may look', () => {
      const code = { codeHash: 'code-1', name: 'Ann', role: 'support', expiresAt: seconds(600) } as const;
      const ann = { name: 'Ann', role: 'support', login: 'code' } as const;
      const using = { secretHash: 'secret-1', idleMs: 30 * 60_000, lastsMs: 8 * HOUR * 1000 };

      it('gives a code to one of many who take it, up to its end and not after', async () => {
        await store.addConsoleCode(code);
        assert.deepEqual(await store.findConsoleCode('code-1'), { name: 'Ann', role: 'support' });
        assert.equal(await store.takeConsoleCode('code-2'), undefined);
        const other = await under.another();
        const taken = await Promise.all([
          store.takeConsoleCode('code-1'),
          other.takeConsoleCode('code-1'),
          store.takeConsoleCode('code-1'),
        ]);
        assert.equal(taken.filter(Boolean).length, 1);
        assert.equal(await store.findConsoleCode('code-1'), undefined);

        await store.addConsoleCode(code);
        clock = seconds(601);
        assert.equal(await store.findConsoleCode('code-1'), undefined);
        assert.equal(await store.takeConsoleCode('code-1'), undefined);
      });

      it('knows a session while it is used, up to its end, and not once it was ended', async () => {
        await store.addConsoleSession({ ...ann, secretHash: 'secret-1' });
        for (let minutes = 0; minutes < 8 * 60; minutes += 29) {
          clock = seconds(minutes * 60);
          assert.deepEqual(await store.useConsoleSession(using), ann);
        }
        clock = seconds(8 * HOUR);
        assert.equal(await store.useConsoleSession(using), undefined);

        await store.addConsoleSession({ ...ann, secretHash: 'secret-2' });
        const second = { ...using, secretHash: 'secret-2' };
        clock = seconds(8 * HOUR + 30 * 60);
        assert.equal(await store.useConsoleSession(second), undefined);
        await store.addConsoleSession({ ...ann, secretHash: 'secret-3' });
        const third = { ...using, secretHash: 'secret-3' };
        assert.deepEqual(await store.useConsoleSession(third), ann);
        await store.endConsoleSession('secret-3');
        assert.equal(await store.useConsoleSession(third), undefined);
      });
    });

    for (const elsewhere of [
      { ...scope, environment: 'production' },
      { ...scope, clientId: 'client-two' },
    ]) {
      it(`shows nothing of it to ${elsewhere.environment}, ${elsewhere.clientId}`, async () => {
        await oneOfEach();
        const publicIdOfOne = present(await store.findLink('confirmed')).publicId;
        await store.addConsoleCode({
          codeHash: 'code',
          name: 'Ann',
          role: 'operator',
          expiresAt: seconds(600),
        });
        await store.addConsoleSession({ secretHash: 'secret', name: 'Ann', role: 'operator', login: 'code' });
        const other = await under.another({ scope: elsewhere });
        assert.deepEqual(await other.countAttempts(always), []);
        assert.deepEqual(await other.listAttempts('ada'), []);
        assert.deepEqual(await other.searchLinks({ appUserId: 'confirmed' }), []);
        assert.deepEqual(await other.searchLinks({ publicId: publicIdOfOne }), []);
        assert.equal(await other.takeConsoleCode('code'), undefined);
        const using = { secretHash: 'secret', idleMs: 60_000, lastsMs: 60_000 };
        assert.equal(await other.useConsoleSession(using), undefined);
        await other.endConsoleSession('secret');
        await other.purgeExpired(seconds(3 * DAY));
        assert.ok(await store.useConsoleSession(using));
        assert.ok(await store.takeConsoleCode('code'));
        assert.deepEqual(said(await store.countAttempts(always)), ON_THE_WAY);
        await store.purgeExpired(seconds(3 * DAY));
        assert.deepEqual(await other.countAttempts(always), []);
      });
    }
  });
}
