/** `src/storage/store.ts` as a suite: a store that passes keeps the promise. */

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import fc from 'fast-check';
import { ConfigurationError } from '../../src/errors.ts';
import { asPublicId, type GrantHealth, type Link, type PublicId, type TokenSet } from '../../src/model.ts';
import { type KeyRing, parseKeyRing } from '../../src/storage/seal.ts';
import {
  AlreadyLinked,
  type AuthorizationAnswer,
  type NewLink,
  type NewPendingAuthorization,
  type Store,
  type StoreScope,
} from '../../src/storage/store.ts';

export interface StoreContractOptions {
  readonly scope: StoreScope;
  readonly keyRing: KeyRing;
  readonly now: () => Date;
  readonly keysMayBeMissing?: boolean;
  readonly tokensInMemory?: number;
}

export interface StoreUnderTest {
  readonly store: Store;
  /** A second connection to the same database. */
  another(options?: Partial<StoreContractOptions>): Promise<Store>;
  /** One SQL statement behind the store's back. */
  execute(statement: string): Promise<void>;
  /** Everything the database has written. */
  raw(): Promise<Buffer | string>;
  /** Closes every connection and removes the database. */
  close(): Promise<void>;
}

export const scope: StoreScope = { environment: 'sandbox', clientId: 'client-one' };
export const start = new Date('2026-03-01T09:00:00.000Z');
const record = (n: number) =>
  asPublicId(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`) as PublicId;
export const seconds = (n: number) => new Date(start.getTime() + n * 1000);
const isTaken = (taken: 'account' | 'record') => (error: unknown) =>
  error instanceof AlreadyLinked && error.taken === taken;

export function ring(id: string, byte: number): KeyRing {
  return parseKeyRing(`${id}:${Buffer.alloc(32, byte).toString('base64')}`);
}

/** Seals with the first, opens with both. */
export function rings(...[first, ...others]: readonly [KeyRing, ...KeyRing[]]): KeyRing {
  return { ...first, keys: new Map([first, ...others].flatMap(({ keys }) => [...keys])) };
}

function tokens(n: number): TokenSet {
  return {
    accessToken: `access-${n}`,
    refreshToken: `refresh-${n}`,
    issuedAt: seconds(n),
    expiresAt: seconds(600 + n),
    scope: 'PATIENT',
  };
}

export function asked(over: Partial<NewPendingAuthorization> = {}): NewPendingAuthorization {
  return {
    id: 'pending-1',
    appUserId: 'ada',
    browserSessionHash: 'browser-1',
    stateHash: 'state-hash-1',
    returnTo: '/record',
    redirectUri: 'https://app.example/pkb/callback',
    createdAt: start,
    expiresAt: seconds(3600),
    codeVerifier: 'verifier-1',
    ...over,
  };
}

function proposal(over: Partial<NewLink> = {}): NewLink {
  return {
    id: 'link-1',
    appUserId: 'ada',
    publicId: record(1),
    state: 'proposed',
    grantedAt: start,
    proposalExpiresAt: seconds(3600),
    tokenSet: tokens(1),
    ...over,
  };
}

const active = (over: Partial<NewLink> = {}): NewLink => ({ ...proposal(over), state: 'active' });

export function taking(
  answer: AuthorizationAnswer = { code: 'code-1' },
  over: Partial<Parameters<Store['takePendingAuthorization']>[0]> = {},
) {
  return { stateHash: 'state-hash-1', browserSessionHash: 'browser-1', answer, now: seconds(60), ...over };
}

function leasing(
  over: Partial<Parameters<Store['leaseRefresh']>[0]> = {},
): Parameters<Store['leaseRefresh']>[0] {
  return { linkId: 'link-1', appUserId: 'ada', version: 1, owner: 'one', forMs: 30_000, ...over };
}

export function present<T>(value: T | undefined): T {
  assert.ok(value !== undefined, 'there is one');
  return value;
}

function saved(answer: Link | 'kept' | undefined): Link {
  assert.ok(answer !== undefined && answer !== 'kept', 'it is in the database');
  return answer;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

/** The pages of a walk, from the first to the last. */
export async function walk<Page extends { readonly next?: string }>(
  read: (page: { readonly after?: string }) => Promise<Page>,
): Promise<readonly Page[]> {
  const pages: Page[] = [];
  do {
    const after = pages.at(-1)?.next;
    pages.push(await read(after === undefined ? {} : { after }));
  } while (pages.at(-1)?.next !== undefined);
  return pages;
}

/** What every open of a new and empty database must pass. */
export function storeContract(
  name: string,
  open: (options: StoreContractOptions) => Promise<StoreUnderTest>,
): void {
  describe(`the store's promise, kept by ${name}`, () => {
    let under: StoreUnderTest;
    let store: Store;
    let clock: Date;

    beforeEach(async () => {
      clock = start;
      under = await open({ scope, keyRing: ring('k1', 1), now: () => clock });
      store = under.store;
    });
    afterEach(() => under.close());

    /** Link 1 is refreshed in a transaction, in the midst of which `work` begins on a connection of its own. */
    async function refreshedMeanwhile(work: () => Promise<unknown>): Promise<TokenSet> {
      const expiresAt = new Date(clock.getTime() + 600_000);
      const fresh = { ...tokens(9), issuedAt: clock, expiresAt };
      let working: Promise<unknown> | undefined;
      await (await under.another()).transaction(async (tx) => {
        const { appUserId } = present(await tx.findLinkById('link-1'));
        const lease = present(await tx.leaseRefresh(leasing({ appUserId })));
        working ??= work();
        // Long enough for it to read what was there before.
        for (let n = 0; n < 10; n += 1) await store.findLinkById('link-1');
        await tx.commitRefresh(lease, fresh);
      });
      await working;
      return fresh;
    }

    describe('pending authorizations', () => {
      it('finds what was added by its id and by the hash of its state, without the verifier', async () => {
        await store.addPendingAuthorization(asked());
        const { stateHash: _hash, codeVerifier: _verifier, ...rest } = asked();
        const expected = { ...rest, step: 'asked' };
        assert.deepEqual(await store.findPendingAuthorization({ id: 'pending-1' }), expected);
        assert.deepEqual(await store.findPendingAuthorization({ stateHash: 'state-hash-1' }), expected);
        assert.equal(await store.findPendingAuthorization({ id: 'pending-2' }), undefined);
      });

      it('refuses a second one with the same state', async () => {
        await store.addPendingAuthorization(asked());
        await assert.rejects(store.addPendingAuthorization(asked({ id: 'pending-2' })));
      });

      it('goes from asked to finished, one step at a time, and hands over code, verifier and tokens', async () => {
        await store.addLink(proposal());
        await store.addPendingAuthorization(asked());
        assert.equal((await store.takePendingAuthorization(taking()))?.step, 'answered');
        const taken = present(await store.takeCode('pending-1', seconds(61)));
        assert.deepEqual([taken.code, taken.codeVerifier], ['code-1', 'verifier-1']);
        assert.equal(taken.authorization.step, 'exchanging');
        assert.equal(await store.exchangedTokenSet('pending-1'), undefined);
        assert.equal((await store.saveExchange('pending-1', tokens(1)))?.step, 'exchanged');
        assert.deepEqual(await store.exchangedTokenSet('pending-1'), tokens(1));
        assert.equal(
          await store.endPendingAuthorization('pending-1', { step: 'finished', linkId: 'link-1' }),
          true,
        );
        const ended = present(await store.findPendingAuthorization({ id: 'pending-1' }));
        assert.deepEqual([ended.step, ended.linkId, ended.refusal], ['finished', 'link-1', undefined]);
        assert.equal(await store.exchangedTokenSet('pending-1'), undefined);
      });

      it('skips no step', async () => {
        await store.addPendingAuthorization(asked());
        assert.equal(await store.takeCode('pending-1', seconds(1)), undefined);
        assert.equal(await store.saveExchange('pending-1', tokens(1)), undefined);
        await store.takePendingAuthorization(taking());
        assert.equal(await store.saveExchange('pending-1', tokens(1)), undefined);
        await store.takeCode('pending-1', seconds(61));
        assert.equal((await store.saveExchange('pending-1', tokens(1)))?.step, 'exchanged');
        assert.equal(await store.saveExchange('pending-1', tokens(2)), undefined);
        assert.deepEqual(await store.exchangedTokenSet('pending-1'), tokens(1));
      });

      it('gives the row to exactly one of two callbacks, whichever connection they come by', async () => {
        const other = await under.another();
        for (let round = 0; round < 40; round += 1) {
          const stateHash = `state-${round}`;
          await store.addPendingAuthorization(asked({ id: `pending-${round}`, stateHash }));
          const codes = ['left', 'right'] as const;
          const won = await Promise.all([
            store.takePendingAuthorization(taking({ code: codes[0] }, { stateHash })),
            other.takePendingAuthorization(taking({ code: codes[1] }, { stateHash })),
          ]);
          assert.equal(won.filter(Boolean).length, 1, `round ${round}`);
          const winner = won[0] ? 'left' : 'right';
          assert.equal((await store.takeCode(`pending-${round}`, seconds(61)))?.code, winner);
        }
      });

      it('is not taken by another browser, another account or with another state, and stays for the right one', async () => {
        await store.addPendingAuthorization(asked());
        for (const wrong of [
          { browserSessionHash: 'browser-2' },
          { appUserId: 'bob' },
          { stateHash: 'state-hash-2' },
        ]) {
          assert.equal(
            await store.takePendingAuthorization(taking({ code: 'stolen' }, wrong)),
            undefined,
            JSON.stringify(wrong),
          );
        }
        assert.equal(
          (await store.takePendingAuthorization(taking(undefined, { appUserId: 'ada' })))?.step,
          'answered',
        );
        assert.equal(await store.wasAnsweredWith('pending-1', 'stolen'), false);
      });

      it('is taken up to its expiry and not after', async () => {
        await store.addPendingAuthorization(asked());
        assert.equal(
          await store.takePendingAuthorization(taking(undefined, { now: seconds(3600.001) })),
          undefined,
        );
        assert.ok(await store.takePendingAuthorization(taking(undefined, { now: seconds(3600) })));
        assert.equal(await store.takeCode('pending-1', seconds(3600.001)), undefined);
        assert.ok(await store.takeCode('pending-1', seconds(3600)));
      });

      it('remembers a refusal and has no code then', async () => {
        await store.addPendingAuthorization(asked());
        const refused = present(await store.takePendingAuthorization(taking({ refusal: 'access-denied' })));
        assert.deepEqual([refused.step, refused.refusal], ['refused', 'access-denied']);
        assert.equal(await store.takeCode('pending-1', seconds(61)), undefined);
        assert.equal(await store.takePendingAuthorization(taking()), undefined);
      });

      it('gives the code to one caller only, however many ask at once', async () => {
        const other = await under.another();
        for (let round = 0; round < 20; round += 1) {
          const [id, stateHash] = [`pending-${round}`, `state-${round}`];
          await store.addPendingAuthorization(asked({ id, stateHash }));
          await store.takePendingAuthorization(taking(undefined, { stateHash }));
          const got = await Promise.all(
            [store, other, store, other].map((each) => each.takeCode(id, seconds(61))),
          );
          assert.equal(got.filter(Boolean).length, 1, `round ${round}`);
        }
      });

      it('gives the code again that was given back, and no other', async () => {
        await store.addPendingAuthorization(asked());
        await store.takePendingAuthorization(taking());
        await store.giveCodeBack('pending-1');
        const first = present(await store.takeCode('pending-1', seconds(61)));
        await store.giveCodeBack('pending-1');
        const given = present(await store.findPendingAuthorization({ id: 'pending-1' }));
        assert.deepEqual([given.step, given.exchangeStartedAt], ['answered', undefined]);
        const second = present(await store.takeCode('pending-1', seconds(62)));
        assert.deepEqual([second.code, second.codeVerifier], [first.code, first.codeVerifier]);
        await store.saveExchange('pending-1', tokens(1));
        await store.giveCodeBack('pending-1');
        assert.equal((await store.findPendingAuthorization({ id: 'pending-1' }))?.step, 'exchanged');
      });

      it('knows the code it was answered with for as long as the row lives', async () => {
        await store.addPendingAuthorization(asked());
        assert.equal(await store.wasAnsweredWith('pending-1', 'code-1'), false);
        await store.takePendingAuthorization(taking());
        await store.takeCode('pending-1', seconds(61));
        await store.endPendingAuthorization('pending-1', { step: 'refused', refusal: 'code-rejected' });
        assert.equal(await store.wasAnsweredWith('pending-1', 'code-1'), true);
        assert.equal(await store.wasAnsweredWith('pending-1', 'code-2'), false);
      });

      it('ends once, from any step', async () => {
        const end = { step: 'refused', refusal: 'different-account' } as const;
        const steps = [
          async () => undefined,
          (stateHash: string) => store.takePendingAuthorization(taking(undefined, { stateHash })),
          (_hash: string, id: string) => store.takeCode(id, seconds(61)),
          (_hash: string, id: string) => store.saveExchange(id, tokens(1)),
        ];
        for (let last = 0; last < steps.length; last += 1) {
          const [id, stateHash] = [`pending-${last}`, `state-${last}`];
          await store.addPendingAuthorization(asked({ id, stateHash }));
          for (const step of steps.slice(0, last + 1)) await step(stateHash, id);
          assert.equal(await store.endPendingAuthorization(id, end), true);
          assert.equal(await store.endPendingAuthorization(id, { ...end, refusal: 'later' }), false);
          assert.equal((await store.findPendingAuthorization({ id }))?.refusal, 'different-account');
        }
        assert.equal(await store.endPendingAuthorization('nobody', end), false);
      });
    });

    describe('links', () => {
      it('shows all of a link but its tokens', async () => {
        const added = await store.addLink(proposal());
        assert.deepEqual(added, {
          id: 'link-1',
          appUserId: 'ada',
          publicId: record(1),
          ...scope,
          state: 'proposed',
          grantedAt: start,
          proposalExpiresAt: seconds(3600),
          accessTokenExpiresAt: seconds(601),
          refreshable: true,
          health: 'fresh',
          version: 1,
        });
        assert.deepEqual(await store.findLink('ada'), added);
        assert.deepEqual(await store.findLinkById('link-1'), added);
        assert.equal(await store.findLink('bob'), undefined);
        assert.equal(await store.findLinkById('link-2'), undefined);
      });

      it('says when a token set cannot be refreshed', async () => {
        const { refreshToken: _spent, ...last } = tokens(1);
        assert.equal((await store.addLink(proposal({ tokenSet: last }))).refreshable, false);
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, last);
      });

      it('finds the record’s link once it is confirmed, in each confirmed state', async () => {
        let link = await store.addLink(proposal());
        assert.equal(await store.findConfirmedLink(record(1)), undefined);
        for (const state of ['active', 'suspended', 'reauthorization_required'] as const) {
          link = present(await store.changeLink(link.id, link.version, { state }));
          assert.deepEqual(await store.findConfirmedLink(record(1)), link);
        }
        assert.equal(link.health, 'ended', 'though the access token may still have some time');
        await store.changeLink(link.id, link.version, { state: 'unlinked' });
        assert.equal(await store.findConfirmedLink(record(1)), undefined);
      });

      it('lets an account have one link, also where two connections add at once', async () => {
        const other = await under.another();
        for (let round = 0; round < 20; round += 1) {
          const appUserId = `account-${round}`;
          const added = await Promise.allSettled([
            store.addLink(proposal({ id: `left-${round}`, appUserId, publicId: record(2 * round) })),
            other.addLink(proposal({ id: `right-${round}`, appUserId, publicId: record(2 * round + 1) })),
          ]);
          const refused = added.filter((each) => each.status === 'rejected');
          assert.equal(refused.length, 1);
          assert.ok(isTaken('account')(refused[0]?.reason));
        }
      });

      it('lets a record have one confirmed link, also where two connections confirm at once', async () => {
        const other = await under.another();
        for (let round = 0; round < 20; round += 1) {
          const publicId = record(round);
          const links = await Promise.all([
            store.addLink(proposal({ id: `left-${round}`, appUserId: `l${round}`, publicId })),
            other.addLink(proposal({ id: `right-${round}`, appUserId: `r${round}`, publicId })),
          ]);
          const confirmed = await Promise.allSettled(
            links.map((link, n) =>
              (n ? other : store).transaction(async (tx) => {
                await nextTurn();
                return tx.changeLink(link.id, link.version, { state: 'active', confirmedAt: start });
              }),
            ),
          );
          const refused = confirmed.filter((each) => each.status === 'rejected');
          assert.equal(refused.length, 1);
          assert.ok(isTaken('record')(refused[0]?.reason));
          assert.equal((await store.findConfirmedLink(publicId))?.confirmedAt?.getTime(), start.getTime());
        }
      });

      it('refuses to add an active link to a record that has one, and keeps the old one', async () => {
        const old = await store.addLink(active());
        await assert.rejects(store.addLink(active({ id: 'link-2', appUserId: 'bob' })), isTaken('record'));
        assert.equal(await store.findLink('bob'), undefined);
        assert.deepEqual(await store.findConfirmedLink(record(1)), old);
      });

      it('changes what is named, empties what is null, and leaves the rest', async () => {
        const { version } = await store.addLink(proposal());
        const confirmed = present(
          await store.changeLink('link-1', version, {
            state: 'active',
            confirmedAt: seconds(5),
            proposalExpiresAt: null,
          }),
        );
        assert.deepEqual(
          [confirmed.state, confirmed.confirmedAt, confirmed.proposalExpiresAt, confirmed.version],
          ['active', seconds(5), undefined, version + 1],
        );
        const suspended = present(
          await store.changeLink('link-1', confirmed.version, {
            state: 'suspended',
            reason: 'access-frozen',
          }),
        );
        assert.deepEqual(suspended, {
          ...confirmed,
          state: 'suspended',
          reason: 'access-frozen',
          version: confirmed.version + 1,
        });
        const back = present(
          await store.changeLink('link-1', suspended.version, {
            state: 'active',
            reason: null,
            grantedAt: seconds(9),
            tokenSet: tokens(2),
          }),
        );
        assert.deepEqual(back, {
          ...confirmed,
          grantedAt: seconds(9),
          accessTokenExpiresAt: seconds(602),
          version: suspended.version + 1,
        });
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, tokens(2));
      });

      it('changes nothing for a version that is no longer the row’s, so that no change is lost', async () => {
        const other = await under.another();
        let { version } = await store.addLink(active());
        for (let round = 0; round < 20; round += 1) {
          const changed = await Promise.all([
            store.changeLink('link-1', version, { reason: `left-${round}` }),
            other.changeLink('link-1', version, { reason: `right-${round}` }),
          ]);
          const won = changed.filter((each) => each !== undefined);
          assert.equal(won.length, 1);
          assert.deepEqual(await store.findLinkById('link-1'), won[0]);
          version = present(won[0]).version;
        }
        assert.equal(await store.changeLink('link-2', 1, { reason: 'nobody' }), undefined);
      });

      it('counts its own by state and health', async () => {
        const seen = async (by = store) =>
          (await by.counts()).links.map(({ state, health, links }) => `${state} ${health} ${links}`);
        assert.deepEqual(await store.counts(), { links: [], deadLetters: 0 });
        assert.equal(await store.spooled(), 0);
        for (const [n, appUserId] of ['ada', 'bob', 'cem', 'dee', 'eve'].entries()) {
          const tokenSet = tokens(n);
          await store.addLink(active({ id: `link-${n}`, appUserId, publicId: record(n), tokenSet }));
        }
        await store.addLink(
          proposal({ id: 'link-9', appUserId: 'fay', publicId: record(9), tokenSet: tokens(9) }),
        );
        await store.leaseRefresh(leasing({ linkId: 'link-1', appUserId: 'bob' }));
        const lost = present(await store.leaseRefresh(leasing({ linkId: 'link-2', appUserId: 'cem' })));
        await store.releaseRefresh(lost, 'unknown');
        await store.changeLink('link-3', 1, { state: 'reauthorization_required', tokenSet: null });
        assert.deepEqual(await seen(), [
          'active fresh 2',
          'active refreshing 1',
          'active unsure 1',
          'proposed fresh 1',
          'reauthorization_required ended 1',
        ]);
        const later = await under.another({ now: () => seconds(31) });
        assert.ok((await seen(later)).includes('active unsure 2'), 'a lease is over by the clock');
        const stranger = await under.another({ scope: { ...scope, clientId: 'client-two' } });
        assert.deepEqual(await seen(stranger), []);
      });

      it('keeps an unlinked link as history, without tokens and for good', async () => {
        await store.addLink(active());
        const unlinked = present(
          await store.changeLink('link-1', 1, { state: 'unlinked', reason: 'asked', unlinkedAt: seconds(7) }),
        );
        assert.deepEqual(
          [unlinked.state, unlinked.unlinkedAt, unlinked.health, unlinked.refreshable],
          ['unlinked', seconds(7), 'ended', false],
        );
        assert.equal(unlinked.accessTokenExpiresAt, undefined);
        assert.equal(await store.findGrant('link-1'), undefined);
        assert.equal(await store.findLink('ada'), undefined);
        assert.deepEqual(await store.findLinkById('link-1'), unlinked);
        assert.equal(
          await store.changeLink('link-1', unlinked.version, { state: 'active', tokenSet: tokens(2) }),
          undefined,
        );
        assert.equal((await store.addLink(active({ id: 'link-2' }))).state, 'active');
      });

      it('dates an unlink by its own clock where the caller does not', async () => {
        await store.addLink(active());
        clock = seconds(77);
        assert.deepEqual(
          (await store.changeLink('link-1', 1, { state: 'unlinked' }))?.unlinkedAt,
          seconds(77),
        );
      });

      it('finds the link that the account unlinked last', async () => {
        assert.equal(await store.findLastUnlinked('ada'), undefined);
        for (const [n, id] of ['b', 'c', 'a'].entries()) {
          await store.addLink(active({ id }));
          await store.changeLink(id, 1, { state: 'unlinked', unlinkedAt: seconds(n) });
        }
        await store.addLink(active({ id: 'd' }));
        assert.equal((await store.findLastUnlinked('ada'))?.id, 'a');
      });

      it('lists every link once, a page at a time, and unlinked ones only when asked', async () => {
        for (let n = 0; n < 7; n += 1) {
          await store.addLink(proposal({ id: `link-${n}`, appUserId: `account-${n}`, publicId: record(n) }));
        }
        await store.changeLink('link-3', 1, { state: 'unlinked' });
        await store.changeLink('link-5', 1, { state: 'active' });
        const seen: string[] = [];
        for (let after: string | undefined; ; after = seen.at(-1)) {
          const page = await store.listLinks({ limit: 2, ...(after !== undefined && { after }) });
          assert.ok(page.length <= 2);
          if (page.length === 0) break;
          seen.push(...page.map((link) => link.id));
        }
        assert.deepEqual(seen, ['link-0', 'link-1', 'link-2', 'link-4', 'link-5', 'link-6']);
        const ids = async (state: 'unlinked' | 'active') =>
          (await store.listLinks({ state, limit: 10 })).map((link) => link.id);
        assert.deepEqual(await ids('unlinked'), ['link-3']);
        assert.deepEqual(await ids('active'), ['link-5']);
      });

      it('tells a link’s history oldest first, as it was written', async () => {
        await store.addLink(proposal());
        await store.addLink(proposal({ id: 'link-2', appUserId: 'bob', publicId: record(2) }));
        const history = [
          { linkId: 'link-1', type: 'link.proposed', at: seconds(2) },
          { linkId: 'link-1', type: 'link.active', at: seconds(2) },
          { linkId: 'link-1', type: 'link.suspended', at: seconds(1), reason: 'access-frozen' },
        ] as const;
        for (const event of history) {
          await store.addEvent({ ...event, by: 'service' });
          await store.addEvent({ ...event, by: 'service', linkId: 'link-2', reason: 'other' });
        }
        assert.deepEqual(
          await store.listEvents('link-1'),
          history.map((event) => ({ appUserId: 'ada', ...event })),
        );
        assert.deepEqual(await store.listEvents('link-3'), []);
      });

      it('tells an account’s history: of each of its links, and what happened without one', async () => {
        const events = [
          { appUserId: 'ada', type: 'link.completion_refused', at: seconds(1), reason: 'different-account' },
          { linkId: 'link-1', type: 'link.active', at: seconds(2) },
        ] as const;
        await store.addEvent({ ...events[0], by: 'app' });
        await store.addLink(active());
        await store.addEvent({ ...events[1], by: 'app' });
        await store.addEvent({ ...events[0], by: 'app', appUserId: 'bob' });
        assert.deepEqual(await store.listAccountEvents('ada'), [
          events[0],
          { appUserId: 'ada', ...events[1] },
        ]);
        assert.equal((await store.listEvents('link-1')).length, 1);
      });

      it('keeps how a record compared with what was expected, until it is compared again', async () => {
        const comparison = { birthDate: 'match', familyName: 'unknown', nhsNumber: 'match' } as const;
        const added = await store.addLink(proposal({ comparison }));
        assert.deepEqual(added.comparison, comparison);
        assert.deepEqual((await store.changeLink('link-1', 1, { state: 'active' }))?.comparison, comparison);
        assert.equal((await store.changeLink('link-1', 2, { comparison: null }))?.comparison, undefined);
      });

      it('writes no event of a link that is not there', async () => {
        await assert.rejects(
          store.addEvent({ linkId: 'link-9', by: 'service', type: 'link.active', at: start }),
        );
      });
    });

    describe('refresh', () => {
      it('writes the lease and the mark before anything is sent, and clears both with the new tokens', async () => {
        await store.addLink(active());
        assert.deepEqual(await store.findGrant('link-1'), {
          link: await store.findLinkById('link-1'),
          tokenSet: tokens(1),
          leased: false,
        });
        const lease = present(await store.leaseRefresh(leasing()));
        assert.deepEqual(lease, {
          linkId: 'link-1',
          appUserId: 'ada',
          owner: 'one',
          fence: lease.fence,
          version: 2,
          tokenSet: tokens(1),
        });
        const during = present(await (await under.another()).findGrant('link-1'));
        assert.deepEqual(
          [during.link.health, during.refreshSentAt, during.leased, during.link.version],
          ['refreshing', seconds(0), true, lease.version],
        );
        const fresh = saved(await store.commitRefresh(lease, tokens(2)));
        assert.deepEqual([fresh.health, fresh.accessTokenExpiresAt], ['fresh', seconds(602)]);
        assert.deepEqual(await store.findGrant('link-1'), {
          link: fresh,
          tokenSet: tokens(2),
          leased: false,
        });
      });

      it('remembers when a link was last used, and not when it was only kept', async () => {
        await store.addLink(active());
        const used = present(await store.leaseRefresh(leasing({ usedAt: seconds(5) })));
        await store.commitRefresh(used, tokens(2));
        const link = present(await store.findLinkById('link-1'));
        assert.deepEqual(link.lastUsedAt, seconds(5));
        await store.leaseRefresh(leasing({ version: link.version }));
        assert.deepEqual(present(await store.findLinkById('link-1')).lastUsedAt, seconds(5));
      });

      it('gives the lease to one of many callers over two connections', async () => {
        const other = await under.another();
        let { version } = await store.addLink(active());
        for (let round = 0; round < 10; round += 1) {
          const leases = await Promise.all(
            Array.from({ length: 16 }, (_, n) =>
              (n % 2 ? other : store).leaseRefresh(leasing({ version, owner: `owner-${n}` })),
            ),
          );
          const won = leases.filter((each) => each !== undefined);
          assert.equal(won.length, 1);
          version = saved(await store.commitRefresh(present(won[0]), tokens(round))).version;
        }
      });

      it('is not leased for a version that was, for a link without tokens or for none', async () => {
        await store.addLink(active());
        await store.changeLink('link-1', 1, { reason: 'touched' });
        assert.equal(await store.leaseRefresh(leasing({ version: 1 })), undefined);
        await store.changeLink('link-1', 2, { state: 'reauthorization_required', tokenSet: null });
        assert.equal(await store.leaseRefresh(leasing({ version: 3 })), undefined);
        assert.equal(await store.leaseRefresh(leasing({ linkId: 'link-2' })), undefined);
      });

      it('can be leased again at the end of a lease, by the clock of the store', async () => {
        const other = await under.another();
        await store.addLink(active());
        const first = present(await store.leaseRefresh(leasing()));
        const second = leasing({ version: first.version, owner: 'two' });
        clock = seconds(29.999);
        assert.equal(await other.leaseRefresh(second), undefined);
        clock = seconds(30);
        assert.equal((await other.findLinkById('link-1'))?.health, 'unsure');
        const taken = present(await other.leaseRefresh(second));
        assert.ok(taken.fence > first.fence);
        await store.releaseRefresh(first, 'known');
        assert.equal((await store.findLinkById('link-1'))?.health, 'refreshing');
        assert.ok(await other.commitRefresh(taken, tokens(3)));
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, tokens(3));
      });

      it('saves the answer that comes first to a token that two owners have sent, and only that', async () => {
        const other = await under.another();
        await store.addLink(active());
        const first = present(await store.leaseRefresh(leasing()));
        clock = seconds(30);
        const second = present(await other.leaseRefresh(leasing({ version: first.version, owner: 'two' })));
        assert.equal(saved(await store.commitRefresh(first, tokens(2))).health, 'fresh');
        assert.equal(await other.commitRefresh(second, tokens(3)), undefined);
        await other.releaseRefresh(second, 'unknown');
        assert.equal((await store.findLinkById('link-1'))?.health, 'fresh');
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, tokens(2));
      });

      it('saves an answer that comes late: after the end of its lease, after its release', async () => {
        await store.addLink(active());
        const lease = present(await store.leaseRefresh(leasing()));
        clock = seconds(300);
        const late = saved(await store.commitRefresh(lease, tokens(2)));
        assert.equal(late.health, 'fresh');
        const next = present(await store.leaseRefresh(leasing({ version: late.version })));
        await store.releaseRefresh(next, 'unknown');
        assert.equal(saved(await store.commitRefresh(next, tokens(3))).health, 'fresh');
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, tokens(3));
      });

      it('cannot be committed for a grant that had no refresh token', async () => {
        const { refreshToken: _, ...last } = tokens(1);
        await store.addLink(active({ tokenSet: last }));
        const lease = present(await store.leaseRefresh(leasing()));
        assert.equal(await store.commitRefresh(lease, tokens(2)), undefined);
      });

      it('commits once', async () => {
        await store.addLink(active());
        const lease = present(await store.leaseRefresh(leasing()));
        assert.ok(await store.commitRefresh(lease, tokens(2)));
        assert.equal(await store.commitRefresh(lease, tokens(3)), undefined);
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, tokens(2));
      });

      it('is fresh after a release with a known answer and unsure after one without', async () => {
        await store.addLink(active());
        const first = present(await store.leaseRefresh(leasing()));
        await store.releaseRefresh(first, 'known');
        const known = present(await store.findGrant('link-1'));
        assert.deepEqual([known.link.health, known.refreshSentAt, known.leased], ['fresh', undefined, false]);

        const second = present(await store.leaseRefresh(leasing({ version: known.link.version })));
        await store.releaseRefresh(second, 'unknown');
        const unknown = present(await store.findGrant('link-1'));
        assert.deepEqual(
          [unknown.link.health, unknown.refreshSentAt, unknown.leased],
          ['unsure', seconds(0), false],
        );
        assert.deepEqual(unknown.tokenSet, tokens(1));
      });

      it('stays unsure where an earlier refresh was never answered and a later one was never sent', async () => {
        await store.addLink(active());
        const lost = present(await store.leaseRefresh(leasing()));
        await store.releaseRefresh(lost, 'unknown');
        const { version } = present(await store.findLinkById('link-1'));
        clock = seconds(40);
        const later = present(await store.leaseRefresh(leasing({ version })));
        await store.releaseRefresh(later, 'known');
        const grant = present(await store.findGrant('link-1'));
        assert.deepEqual([grant.link.health, grant.refreshSentAt], ['unsure', seconds(0)]);
      });

      it('lets the holder change the link by the version in its lease', async () => {
        await store.addLink(active());
        const lease = present(await store.leaseRefresh(leasing()));
        const ended = await store.changeLink(lease.linkId, lease.version, {
          state: 'reauthorization_required',
          reason: 'api-session-expired',
          tokenSet: null,
        });
        assert.equal(ended?.health, 'ended');
        assert.equal(await store.findGrant('link-1'), undefined);
      });

      it('keeps new tokens through other changes of the link', async () => {
        await store.addLink(active());
        const lease = present(await store.leaseRefresh(leasing()));
        await (await under.another()).changeLink('link-1', lease.version, {
          state: 'suspended',
          reason: 'access-frozen',
        });
        const link = saved(await store.commitRefresh(lease, tokens(2)));
        assert.deepEqual([link.state, link.reason, link.health], ['suspended', 'access-frozen', 'fresh']);
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, tokens(2));
      });

      it('leaves a link unlinked that was removed while its refresh was in flight', async () => {
        await store.addLink(active());
        const lease = present(await store.leaseRefresh(leasing()));
        await (await under.another()).changeLink('link-1', lease.version, { state: 'unlinked' });
        assert.equal(await store.commitRefresh(lease, tokens(2)), undefined);
        await store.releaseRefresh(lease, 'unknown');
        assert.equal((await store.findLinkById('link-1'))?.state, 'unlinked');
        assert.equal(await store.findGrant('link-1'), undefined);
      });

      it('does not let a refresh of the old grant overwrite a new one', async () => {
        await store.addLink(active());
        const lease = present(await store.leaseRefresh(leasing()));
        const granted = present(await store.changeLink('link-1', lease.version, { tokenSet: tokens(9) }));
        assert.equal(granted.health, 'fresh');
        assert.equal(await store.commitRefresh(lease, tokens(2)), undefined);
        assert.deepEqual(await store.findGrant('link-1'), {
          link: granted,
          tokenSet: tokens(9),
          leased: false,
        });
      });

      it('keeps tokens, health and version true through any order of events', async () => {
        const step = fc.oneof(
          fc.record({ do: fc.constant('lease' as const), owner: fc.constantFrom('one', 'two') }),
          fc.record({ do: fc.constant('commit' as const), nth: fc.nat(3) }),
          fc.record({ do: fc.constant('release' as const), nth: fc.nat(3), known: fc.boolean() }),
          fc.record({ do: fc.constant('grant' as const) }),
          fc.record({ do: fc.constant('suspend' as const) }),
          fc.record({ do: fc.constant('wait' as const), for: fc.constantFrom(10, 31) }),
        );
        let run = 0;
        await fc.assert(
          fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
            const linkId = `run-${run++}`;
            const link = await store.addLink(
              active({ id: linkId, appUserId: linkId, publicId: record(run) }),
            );
            let serial = 1;
            let model = { version: link.version, tokens: 1, unanswered: false };
            let live: { fence: number; until: Date } | undefined;
            const leases: NonNullable<Awaited<ReturnType<Store['leaseRefresh']>>>[] = [];

            for (const each of steps) {
              const lease = 'nth' in each ? leases.at(-1 - each.nth) : undefined;
              const holds = lease !== undefined && lease.fence === live?.fence;
              if (each.do === 'wait') {
                clock = new Date(clock.getTime() + each.for * 1000);
              } else if (each.do === 'lease') {
                const until = new Date(clock.getTime() + 30_000);
                const got = await store.leaseRefresh(
                  leasing({ linkId, appUserId: linkId, version: model.version, owner: each.owner }),
                );
                assert.equal(got !== undefined, live === undefined || live.until <= clock);
                if (!got) continue;
                leases.push(got);
                // A lease that ended without a word leaves its refresh unanswered.
                model = {
                  ...model,
                  version: got.version,
                  unanswered: model.unanswered || live !== undefined,
                };
                live = { fence: got.fence, until };
              } else if (each.do === 'commit' && lease) {
                const stillThere = lease.tokenSet.refreshToken === tokens(model.tokens).refreshToken;
                const committed = await store.commitRefresh(lease, tokens(++serial));
                assert.equal(committed !== undefined, stillThere);
                if (!committed) continue;
                model = { version: saved(committed).version, tokens: serial, unanswered: false };
                live = undefined;
              } else if (each.do === 'release' && lease) {
                await store.releaseRefresh(lease, each.known ? 'known' : 'unknown');
                if (!holds) continue;
                const { version } = present(await store.findLinkById(linkId));
                assert.ok(version > model.version);
                model = { ...model, version, unanswered: model.unanswered || !each.known };
                live = undefined;
              } else if (each.do === 'grant') {
                const tokenSet = tokens(++serial);
                const { version } = present(await store.changeLink(linkId, model.version, { tokenSet }));
                model = { version, tokens: serial, unanswered: false };
                live = undefined;
              } else if (each.do === 'suspend') {
                const changed = await store.changeLink(linkId, model.version, { state: 'suspended' });
                model = { ...model, version: present(changed).version };
              }
              const grant = present(await store.findGrant(linkId));
              const unsure: GrantHealth = model.unanswered || live ? 'unsure' : 'fresh';
              const health: GrantHealth = live && live.until > clock ? 'refreshing' : unsure;
              assert.deepEqual(
                [grant.link.version, grant.tokenSet, grant.link.health],
                [model.version, tokens(model.tokens), health],
              );
            }
          }),
          { numRuns: 40 },
        );
      });
    });

    describe("an account's grant", () => {
      it('is there beside its link, or not where the link has no tokens, and neither where there is no link', async () => {
        assert.equal(await store.findGrantOf('ada'), undefined);
        const link = await store.addLink(active());
        assert.deepEqual(await store.findGrantOf('ada'), { link, grant: await store.findGrant('link-1') });
        const ended = {
          state: 'reauthorization_required',
          reason: 'api-session-expired',
          tokenSet: null,
        } as const;
        const after = await store.changeLink('link-1', 1, ended);
        assert.deepEqual(await store.findGrantOf('ada'), { link: after, grant: undefined });
        await store.changeLink('link-1', 2, { state: 'unlinked' });
        assert.equal(await store.findGrantOf('ada'), undefined);
      });
    });

    describe('keeping grants', () => {
      const withExpiry = (n: number, expires: number, over: Partial<NewLink> = {}) =>
        active({
          id: `link-${n}`,
          appUserId: `account-${n}`,
          publicId: record(n),
          tokenSet: { ...tokens(n), expiresAt: seconds(expires) },
          ...over,
        });
      const expiring = { grantedBefore: seconds(1), lengthMs: 86_400_000, limit: 2 };

      it('lists the grants unused since then, longest unused first, a page at a time', async () => {
        for (const [n, expires] of [
          [1, 300],
          [2, 100],
          [3, 200],
          [4, 100],
          [5, 301],
        ] as const) {
          await store.addLink(withExpiry(n, expires));
        }
        const { refreshToken: _, ...ending } = tokens(6);
        await store.addLink(withExpiry(6, 100, { tokenSet: ending }));
        await store.addLink({ ...withExpiry(7, 100), state: 'proposed' });
        await store.addLink(withExpiry(8, 100));
        await store.changeLink('link-8', 1, { state: 'suspended' });
        await store.addLink(withExpiry(9, 100));
        await store.changeLink('link-9', 1, { state: 'reauthorization_required', tokenSet: null });

        const before = seconds(300);
        assert.equal(await store.countUnusedGrants(before), 5);
        const pages = await walk((page) => store.unusedGrants({ before, limit: 2, ...page }));
        assert.deepEqual(
          pages.map(({ links }) => links.map(({ id }) => id)),
          [['link-2', 'link-4'], ['link-8', 'link-3'], ['link-1']],
        );
        assert.equal(await store.countUnusedGrants(seconds(99)), 0);
      });

      it('announces the end of each session once a grant, with the event', async () => {
        for (const n of [1, 2, 3]) await store.addLink(withExpiry(n, 600));
        await store.addLink(withExpiry(4, 600, { grantedAt: seconds(1) }));
        clock = seconds(500);
        assert.equal(await store.announceSessionEndings(expiring), 2);
        assert.equal(await store.announceSessionEndings(expiring), 1);
        assert.equal(await store.announceSessionEndings(expiring), 0);
        const link = present(await store.findLinkById('link-3'));
        assert.deepEqual(link.sessionEndsAt, seconds(86_400));
        assert.deepEqual(await store.listEvents('link-3'), [
          {
            appUserId: 'account-3',
            linkId: 'link-3',
            type: 'link.session_ending',
            at: clock,
            reason: 'session-length',
          },
        ]);
        assert.equal(present(await store.findLinkById('link-4')).sessionEndsAt, undefined);

        const granted = await store.changeLink('link-3', link.version, {
          grantedAt: start,
          tokenSet: tokens(9),
        });
        assert.equal(granted?.sessionEndsAt, undefined);
        assert.equal(await store.announceSessionEndings(expiring), 1);
      });

      it('keeps what was announced through a refresh', async () => {
        await store.addLink(active());
        await store.announceSessionEndings(expiring);
        const lease = present(await store.leaseRefresh(leasing({ version: 2 })));
        assert.deepEqual(saved(await store.commitRefresh(lease, tokens(2))).sessionEndsAt, seconds(86_400));
      });

      it('says with an answer that has no refresh token that the session ends with the access token', async () => {
        await store.addLink(active());
        const lease = present(await store.leaseRefresh(leasing()));
        const { refreshToken: _, ...last } = tokens(2);
        clock = seconds(20);
        assert.deepEqual(saved(await store.commitRefresh(lease, last)).sessionEndsAt, last.expiresAt);
        const told = {
          appUserId: 'ada',
          linkId: 'link-1',
          type: 'link.session_ending',
          at: clock,
          reason: 'no-refresh-token',
        };
        assert.deepEqual(await store.listEvents('link-1'), [told]);
        assert.equal(await store.commitRefresh(lease, last), undefined);
        assert.deepEqual(await store.listEvents('link-1'), [told]);
      });

      it('knows how long the sessions lasted that PKB ended last', async () => {
        const reason = 'api-session-expired';
        for (const n of [1, 2, 3]) {
          await store.addLink(withExpiry(n, 600));
          const type = 'link.reauthorization_required';
          await store.addEvent({ linkId: `link-${n}`, by: 'service', type, at: seconds(100 * n), reason });
          await store.addEvent({
            linkId: `link-${n}`,
            by: 'service',
            type,
            at: seconds(7),
            reason: 'api-session-invalid',
          });
          await store.changeLink(`link-${n}`, 1, { grantedAt: seconds(50), tokenSet: tokens(n) });
        }
        assert.deepEqual(await store.expiredSessionLengths(2), [300_000, 200_000]);
        assert.deepEqual(await store.expiredSessionLengths(9), [300_000, 200_000, 100_000]);
      });

      it('gives a turn to one owner at a time, until it is over or given back', async () => {
        const turn = { name: 'keep', forMs: 1000 };
        const other = await under.another();
        const taken = await Promise.all(
          ['a', 'b', 'c', 'd'].map((owner, i) => (i % 2 ? store : other).takeTurn({ ...turn, owner })),
        );
        assert.equal(taken.filter(Boolean).length, 1);
        const owner = present(['a', 'b', 'c', 'd'][taken.indexOf(true)]);
        assert.equal(await store.takeTurn({ ...turn, owner }), true);
        assert.equal(await store.takeTurn({ ...turn, name: 'purge', owner: 'z' }), true);
        clock = seconds(0.9);
        assert.equal(await other.takeTurn({ ...turn, owner: 'z' }), false);
        clock = seconds(1);
        assert.equal(await other.takeTurn({ ...turn, owner: 'z' }), true);
        assert.equal(await store.takeTurn({ ...turn, owner }), false);
        assert.equal(await other.takeTurn({ ...turn, owner: 'z', forMs: 0 }), true);
        assert.equal(await store.takeTurn({ ...turn, owner }), true);
      });
    });

    describe('transaction', () => {
      it('keeps all of its work and returns what the work returned', async () => {
        const link = await store.transaction(async (tx) => {
          const added = await tx.addLink(active());
          await tx.addEvent({ linkId: added.id, by: 'service', type: 'link.active', at: start });
          return added;
        });
        assert.deepEqual(await (await under.another()).findLink('ada'), link);
        assert.equal((await store.listEvents(link.id)).length, 1);
      });

      it('leaves nothing of work that failed', async () => {
        const failure = new Error('in the middle');
        await assert.rejects(
          store.transaction(async (tx) => {
            await tx.addPendingAuthorization(asked());
            await tx.addLink(active());
            throw failure;
          }),
          failure,
        );
        assert.equal(await store.findLink('ada'), undefined);
        assert.equal(await store.findPendingAuthorization({ id: 'pending-1' }), undefined);
        assert.ok(await store.addLink(active()));
      });

      it('leaves nothing where a statement failed, even if the work went on', async () => {
        await store.addLink(active());
        await assert.rejects(
          store.transaction(async (tx) => {
            await tx.addLink(active({ id: 'link-2', appUserId: 'bob', publicId: record(2) }));
            await tx.addLink(active({ id: 'link-3', appUserId: 'eve' })).catch(() => undefined);
          }),
        );
        assert.equal(await store.findLink('bob'), undefined);
      });

      it('shows nobody its work before it is over', async () => {
        const other = await under.another();
        const seen: unknown[] = [];
        const written = store.transaction(async (tx) => {
          await tx.addLink(active());
          seen.push(await other.findLink('ada'));
          await nextTurn();
          seen.push(await tx.findLink('ada').then((link) => link?.id));
        });
        await written;
        assert.deepEqual(seen, [undefined, 'link-1']);
        assert.equal((await other.findLink('ada'))?.id, 'link-1');
      });

      it('keeps the statements of other callers in the same process out of it', async () => {
        const rolledBack = assert.rejects(
          store.transaction(async (tx) => {
            await tx.addLink(active());
            await nextTurn();
            await nextTurn();
            throw new Error('no');
          }),
        );
        // Asked while the transaction is open: what it says must not be undone with it.
        await store.addPendingAuthorization(asked());
        await rolledBack;
        assert.ok(await store.findPendingAuthorization({ id: 'pending-1' }));
        assert.equal(await store.findLink('ada'), undefined);
      });

      it('makes another connection’s statement wait, and does not make it fail', async () => {
        const other = await under.another();
        const link = await store.addLink(active());
        const begun = Promise.withResolvers<void>();
        const written = store.transaction(async (tx) => {
          await tx.changeLink(link.id, link.version, { reason: 'first' });
          begun.resolve();
          for (let n = 0; n < 50; n += 1) await nextTurn();
        });
        await begun.promise;
        const late = other.changeLink(link.id, link.version, { reason: 'second' });
        const added = other.addLink(active({ id: 'link-2', appUserId: 'bob', publicId: record(2) }));
        await written;
        assert.equal(await late, undefined);
        assert.equal((await added).appUserId, 'bob');
        assert.equal((await store.findLinkById(link.id))?.reason, 'first');
      });

      it('takes turns with other transactions, over one connection and over two', async () => {
        const other = await under.another();
        await store.addLink(active());
        const count = (each: Store) =>
          each.transaction(async (tx) => {
            const link = present(await tx.findLinkById('link-1'));
            await nextTurn();
            const reason = String(Number(link.reason ?? 0) + 1);
            return present(await tx.changeLink(link.id, link.version, { reason }));
          });
        await Promise.all([store, other, store, other, store, other, store, other].map(count));
        assert.equal((await store.findLinkById('link-1'))?.reason, '8');
      });
    });

    describe('purge', () => {
      it('destroys the secrets of what had expired by then, and its row a day later, and nothing else', async () => {
        for (const [n, expiresAt] of [seconds(10), seconds(10), seconds(20), seconds(10)].entries()) {
          await store.addPendingAuthorization(
            asked({ id: `pending-${n}`, stateHash: `state-${n}`, expiresAt }),
          );
        }
        for (const n of [1, 2, 3]) {
          await store.takePendingAuthorization(
            taking(undefined, { stateHash: `state-${n}`, now: seconds(1) }),
          );
          await store.takeCode(`pending-${n}`, seconds(1));
        }
        await store.saveExchange('pending-3', tokens(1));
        const step = async (n: number) =>
          (await store.findPendingAuthorization({ id: `pending-${n}` }))?.step;
        const steps = async () => [await step(0), await step(1), await step(2), await step(3)];

        await store.purgeExpired(seconds(10));
        assert.deepEqual(await steps(), ['asked', 'exchanging', 'exchanging', 'exchanged']);
        assert.deepEqual(await store.purgeExpired(seconds(20)), {
          authorizations: 0,
          linkSessions: 0,
          proposals: 0,
        });
        assert.deepEqual(await steps(), ['asked', 'refused', 'exchanging', 'refused']);
        const refused = await store.findPendingAuthorization({ id: 'pending-3' });
        assert.equal(refused?.refusal, 'state-expired');
        assert.equal(await store.exchangedTokenSet('pending-3'), undefined);
        assert.equal(await store.saveExchange('pending-1', tokens(1)), undefined);

        const aDayLater = seconds(24 * 60 * 60 + 15);
        assert.deepEqual(await store.purgeExpired(aDayLater), {
          authorizations: 3,
          linkSessions: 0,
          proposals: 0,
        });
        assert.deepEqual(await steps(), [undefined, undefined, 'refused', undefined]);
      });

      it('unlinks proposals nobody confirmed in time, says so in their history, and frees the account', async () => {
        await store.addLink(proposal({ proposalExpiresAt: seconds(10) }));
        await store.addLink(
          proposal({ id: 'link-2', appUserId: 'bob', publicId: record(2), proposalExpiresAt: seconds(10) }),
        );
        await store.changeLink('link-2', 1, { state: 'active' });
        await store.addLink(proposal({ id: 'link-3', appUserId: 'eve', publicId: record(3) }));
        clock = seconds(15);
        assert.deepEqual(await store.purgeExpired(seconds(11)), {
          authorizations: 0,
          linkSessions: 0,
          proposals: 1,
        });
        const gone = present(await store.findLinkById('link-1'));
        assert.deepEqual(
          [gone.state, gone.reason, gone.unlinkedAt, gone.health],
          ['unlinked', 'proposal-expired', seconds(15), 'ended'],
        );
        assert.deepEqual(await store.listEvents('link-1'), [
          {
            appUserId: 'ada',
            linkId: 'link-1',
            type: 'link.unlinked',
            at: seconds(15),
            reason: 'proposal-expired',
          },
        ]);
        assert.equal((await store.findLink('bob'))?.state, 'active');
        assert.equal((await store.findLink('eve'))?.state, 'proposed');
        assert.ok(await store.addLink(proposal({ id: 'link-4' })));
      });
    });

    for (const elsewhere of [
      { ...scope, environment: 'production' },
      { ...scope, clientId: 'client-two' },
    ]) {
      describe(`rows seen from ${elsewhere.environment}, ${elsewhere.clientId}`, () => {
        it('are not there, cannot be touched, and are in nobody’s way', async () => {
          const stranger = await under.another({ scope: elsewhere });
          assert.deepEqual([store.scope, stranger.scope], [scope, elsewhere]);
          await store.addPendingAuthorization(asked());
          await store.addLink(proposal());
          await store.addEvent({ linkId: 'link-1', by: 'service', type: 'link.proposed', at: start });

          assert.equal(await stranger.findPendingAuthorization({ id: 'pending-1' }), undefined);
          assert.equal(await stranger.findPendingAuthorization({ stateHash: 'state-hash-1' }), undefined);
          assert.equal(await stranger.takePendingAuthorization(taking()), undefined);
          const refused = { step: 'refused', refusal: 'access-denied' } as const;
          assert.equal(await stranger.endPendingAuthorization('pending-1', refused), false);
          assert.equal(await stranger.findLink('ada'), undefined);
          assert.equal(await stranger.findLinkById('link-1'), undefined);
          assert.equal(await stranger.findGrant('link-1'), undefined);
          assert.equal(await stranger.findGrantOf('ada'), undefined);
          assert.equal(await stranger.changeLink('link-1', 1, { state: 'unlinked' }), undefined);
          assert.equal(await stranger.leaseRefresh(leasing()), undefined);
          const lease = present(await store.leaseRefresh(leasing()));
          assert.equal(await stranger.commitRefresh(lease, tokens(2)), undefined);
          await stranger.releaseRefresh(lease, 'known');
          await stranger.releaseRefresh(lease, 'unknown');
          assert.equal((await store.findLinkById('link-1'))?.health, 'refreshing');
          assert.ok(await store.commitRefresh(lease, tokens(2)));
          assert.deepEqual(await stranger.listLinks({ limit: 9 }), []);
          assert.deepEqual(await stranger.listLinks({ state: 'proposed', limit: 9 }), []);
          assert.deepEqual(await stranger.listEvents('link-1'), []);
          await assert.rejects(
            stranger.addEvent({ linkId: 'link-1', by: 'service', type: 'link.active', at: start }),
          );
          assert.deepEqual(await stranger.purgeExpired(seconds(999_999)), {
            authorizations: 0,
            linkSessions: 0,
            proposals: 0,
          });
          assert.deepEqual(await stranger.sealedWith(), new Map());
          const keyless = await under.another({ scope: elsewhere, keyRing: ring('k2', 2) });
          for (const page of await walk((page) => keyless.reseal({ ...page, limit: 9 }))) {
            assert.deepEqual([page.resealed, page.unreadable], [0, []]);
          }
          assert.deepEqual(await keyless.giveUp('k1', 'app'), { links: 0, authorizations: 0 });
          assert.deepEqual((await store.sealedWith()).get('k1'), { rows: 2, spooled: 0 });
          clock = seconds(999_999);
          const doubt = { lastShare: 1, limit: 9 };
          assert.deepEqual(await stranger.markUnsure(doubt), { links: 0, unsure: 0 });
          clock = start;

          await store.takePendingAuthorization(taking());
          assert.equal(await stranger.wasAnsweredWith('pending-1', 'code-1'), false);
          assert.equal(await stranger.takeCode('pending-1', seconds(61)), undefined);
          await store.takeCode('pending-1', seconds(61));
          await stranger.giveCodeBack('pending-1');
          assert.equal(await stranger.saveExchange('pending-1', tokens(1)), undefined);
          await store.saveExchange('pending-1', tokens(1));
          assert.equal(await stranger.exchangedTokenSet('pending-1'), undefined);

          await store.changeLink('link-1', 3, { state: 'active' });
          const all = { before: seconds(999_999), limit: 9 };
          assert.equal((await store.unusedGrants(all)).links.length, 1);
          assert.deepEqual(await stranger.unusedGrants(all), { links: [] });
          assert.equal(await stranger.countUnusedGrants(all.before), 0);
          const ending = { grantedBefore: seconds(1), lengthMs: 1, limit: 9 };
          assert.equal(await stranger.announceSessionEndings(ending), 0);
          const reason = 'api-session-expired';
          await store.addEvent({ linkId: 'link-1', by: 'service', type: 'link.unlinked', at: start, reason });
          assert.deepEqual(await stranger.expiredSessionLengths(9), []);
          for (const each of [store, stranger]) {
            assert.equal(await each.takeTurn({ name: 'keep', owner: each.scope.clientId, forMs: 1 }), true);
          }
          assert.equal(await stranger.findConfirmedLink(record(1)), undefined);
          await stranger.addPendingAuthorization(asked({ id: 'pending-2' }));
          assert.equal((await stranger.addLink(active({ id: 'link-2' }))).environment, elsewhere.environment);
          await store.changeLink('link-1', 4, { state: 'unlinked' });
          assert.equal(await stranger.findLastUnlinked('ada'), undefined);
        });
      });
    }

    describe('keys', () => {
      const [k1, k2] = [ring('k1', 1), ring('k2', 2)];
      const both = rings(k2, k1);
      const count = (rows: number) => ({ rows, spooled: 0 });

      /** `links` links, and an authorization at each step at which it has secrets. */
      async function fill(links: number): Promise<void> {
        for (let n = 1; n <= links; n += 1) {
          await store.addLink(
            active({ id: `link-${n}`, appUserId: `account-${n}`, publicId: record(n), tokenSet: tokens(n) }),
          );
        }
        for (const n of [1, 2, 3, 4]) {
          await store.addPendingAuthorization(asked({ id: `pending-${n}`, stateHash: `state-${n}` }));
          if (n > 1) await store.takePendingAuthorization(taking(undefined, { stateHash: `state-${n}` }));
        }
        await store.takeCode('pending-3', seconds(61));
        await store.takeCode('pending-4', seconds(61));
        await store.saveExchange('pending-4', tokens(4));
      }

      const resealAll = (rotating: Store, limit = 2) => walk((page) => rotating.reseal({ ...page, limit }));

      it('counts the rows that each one seals, and none of what has no secrets any more', async () => {
        assert.deepEqual(await store.sealedWith(), new Map());
        await fill(3);
        assert.deepEqual(await store.sealedWith(), new Map([['k1', count(7)]]));
        const rotating = await under.another({ keyRing: both });
        // Its verifier stays sealed with the old one, so that the row counts for both.
        await rotating.takePendingAuthorization(taking(undefined, { stateHash: 'state-1' }));
        const lease = present(await rotating.leaseRefresh(leasing({ appUserId: 'account-1' })));
        await rotating.commitRefresh(lease, tokens(9));
        await rotating.changeLink('link-2', 1, { state: 'unlinked' });
        await rotating.endPendingAuthorization('pending-2', { step: 'refused', refusal: 'access-denied' });
        assert.deepEqual(
          [...(await store.sealedWith())],
          [
            ['k1', count(4)],
            ['k2', count(2)],
          ],
        );
      });

      it('seals everything anew, so that the old key may go, and changes nothing else', async () => {
        await fill(5);
        const rotating = await under.another({ keyRing: both });
        const pages = await resealAll(rotating);
        assert.equal(sum(pages.map(({ resealed }) => resealed)), 9);
        assert.deepEqual(await store.sealedWith(), new Map([['k2', count(9)]]));
        const after = await under.another({ keyRing: k2 });
        for (const n of [1, 2, 3, 4, 5]) {
          const grant = present(await after.findGrant(`link-${n}`));
          assert.deepEqual([grant.tokenSet, grant.link.health, grant.link.version], [tokens(n), 'fresh', 2]);
        }
        await after.takePendingAuthorization(taking({ code: 'code-9' }, { stateHash: 'state-1' }));
        for (const [id, code] of [
          ['pending-1', 'code-9'],
          ['pending-2', 'code-1'],
        ] as const) {
          const taken = present(await after.takeCode(id, seconds(61)));
          assert.deepEqual([taken.code, taken.codeVerifier], [code, 'verifier-1']);
        }
        assert.deepEqual(await after.exchangedTokenSet('pending-4'), tokens(4));
        assert.ok((await resealAll(rotating)).every(({ resealed }) => resealed === 0));
      });

      it('goes on after an interruption at any page, from the beginning and by whomever', async () => {
        await fill(5);
        for (let interruptedAfter = 1; interruptedAfter <= 5; interruptedAfter += 1) {
          const [current, other] = interruptedAfter % 2 ? [k2, k1] : [k1, k2];
          const first = await under.another({ keyRing: rings(current, other) });
          let next: string | undefined;
          for (let page = 0; page < interruptedAfter; page += 1) {
            ({ next } = await first.reseal({ limit: 1, ...(next !== undefined && { after: next }) }));
          }
          await first.close();
          const second = await under.another({ keyRing: rings(current, other) });
          const resealed = sum((await resealAll(second)).map((page) => page.resealed));
          assert.equal(resealed, 9 - interruptedAfter);
          assert.deepEqual(await second.sealedWith(), new Map([[current.current, count(9)]]));
          await second.close();
        }
      });

      it('leaves a refresh in flight to its end, however it ends', async () => {
        await fill(3);
        const rotating = await under.another({ keyRing: both });
        const leases = await Promise.all(
          [1, 2, 3].map((n) =>
            store.leaseRefresh(leasing({ linkId: `link-${n}`, appUserId: `account-${n}` })),
          ),
        );
        await resealAll(rotating);
        assert.equal((await store.findLinkById('link-1'))?.health, 'refreshing');
        const [answered, refused, lost] = leases.map(present);
        assert.ok(answered && refused && lost);
        assert.equal(saved(await rotating.commitRefresh(answered, tokens(9))).health, 'fresh');
        await store.releaseRefresh(refused, 'known');
        await store.releaseRefresh(lost, 'unknown');
        const grants = await Promise.all([1, 2, 3].map((n) => rotating.findGrant(`link-${n}`)));
        assert.deepEqual(
          grants.map((grant) => [grant?.tokenSet, grant?.link.health]),
          [
            [tokens(9), 'fresh'],
            [tokens(2), 'fresh'],
            [tokens(3), 'unsure'],
          ],
        );
      });

      it('makes whoever read the row before read it again, so that nobody writes the old seal back', async () => {
        await fill(1);
        const rotating = await under.another({ keyRing: both });
        await resealAll(rotating);
        assert.equal(await rotating.changeLink('link-1', 1, { state: 'suspended' }), undefined);
        assert.equal(await rotating.leaseRefresh(leasing({ appUserId: 'account-1' })), undefined);
        assert.ok(await rotating.changeLink('link-1', 2, { state: 'suspended' }));
        assert.deepEqual([...(await rotating.sealedWith()).keys()], ['k2']);
      });

      it('never puts old tokens over new ones, whatever others do at the same time', async () => {
        const ids = ['link-1', 'link-2', 'link-3'];
        await fill(3);
        // Knows the new key and seals with the old one: a process that is not yet restarted.
        const old = await under.another({ keyRing: rings(k1, k2) });
        const rotating = await under.another({ keyRing: both });
        let serving = true;

        async function serve(linkId: string): Promise<number> {
          let serial = 10;
          let latest = (await old.findGrant(linkId))?.tokenSet.refreshToken;
          for (let round = 0; round < 25; round += 1) {
            for (;;) {
              const link = present(await old.findLinkById(linkId));
              const state = round % 2 ? 'suspended' : 'active';
              const changed = await old.changeLink(linkId, link.version, { state });
              await nextTurn();
              const { version } = changed ?? link;
              const lease =
                changed && (await old.leaseRefresh(leasing({ linkId, appUserId: link.appUserId, version })));
              if (!lease) continue;
              await nextTurn();
              assert.equal(lease.tokenSet.refreshToken, latest);
              serial += 1;
              saved(await old.commitRefresh(lease, tokens(serial)));
              latest = tokens(serial).refreshToken;
              break;
            }
          }
          return serial;
        }

        async function rotate(): Promise<number> {
          let resealed = 0;
          while (serving) {
            for (const page of await resealAll(rotating)) {
              resealed += page.resealed;
              assert.deepEqual(page.unreadable, []);
            }
            await nextTurn();
          }
          return resealed;
        }

        const [serials, resealed] = await Promise.all([
          Promise.all(ids.map(serve)).finally(() => {
            serving = false;
          }),
          rotate(),
        ]);
        assert.ok(resealed > 7, 'they met');
        for (const [n, linkId] of ids.entries()) {
          assert.deepEqual((await old.findGrant(linkId))?.tokenSet, tokens(serials[n] ?? 0));
        }
        await resealAll(rotating);
        assert.deepEqual(await rotating.sealedWith(), new Map([['k2', count(7)]]));
      });

      it('does not put back what was refreshed between its reading and its writing', async () => {
        await fill(2);
        const rotating = await under.another({ keyRing: both });
        const fresh = await refreshedMeanwhile(() => resealAll(rotating, 9));
        assert.deepEqual((await rotating.findGrant('link-1'))?.tokenSet, fresh);
      });

      it('names what does not open, and goes on with the rest', async () => {
        await fill(3);
        await under.execute(
          "update link set token_set = (select token_set from link where id = 'link-1') where id = 'link-2'",
        );
        await under.execute("update pending_authorization set code = code_verifier where id = 'pending-2'");
        const pages = await resealAll(await under.another({ keyRing: both }));
        assert.deepEqual(
          pages.flatMap(({ unreadable }) => unreadable),
          ['link:link-2', 'pending_authorization:pending-2'],
        );
        assert.deepEqual(
          [...(await store.sealedWith())].map(([key, { rows }]) => [key, rows]),
          [
            ['k1', 2],
            ['k2', 6],
          ],
        );
      });

      const refusal = (message: RegExp) => (error: unknown) => {
        assert.ok(error instanceof ConfigurationError, String(error));
        assert.deepEqual([error.code, error.setting], ['no-encryption-key', 'PKB_LINK_ENCRYPTION_KEYS']);
        assert.match(error.message, message);
        return true;
      };

      it('can be given up: its links wait for a grant, its proposals and authorizations are over', async () => {
        await fill(2);
        await store.addLink(proposal({ id: 'link-3', appUserId: 'eve', publicId: record(3) }));
        const other = await under.another({ keyRing: both });
        await other.addLink(active({ id: 'link-4', appUserId: 'bob', publicId: record(4) }));
        await store.leaseRefresh(leasing({ appUserId: 'account-1' }));
        clock = seconds(5);
        const keyless = await under.another({ keyRing: k2, keysMayBeMissing: true });
        assert.deepEqual(await keyless.giveUp('k9', 'app'), { links: 0, authorizations: 0 });
        assert.deepEqual(await keyless.giveUp('k1', 'app'), { links: 3, authorizations: 4 });
        assert.deepEqual(await keyless.sealedWith(), new Map([['k2', count(1)]]));
        const states = await Promise.all(
          [1, 2, 3, 4].map(async (n) => {
            const link = await store.findLinkById(`link-${n}`);
            return [link?.state, link?.reason, link?.health];
          }),
        );
        assert.deepEqual(states, [
          ['reauthorization_required', 'no-refresh-token', 'ended'],
          ['reauthorization_required', 'no-refresh-token', 'ended'],
          ['unlinked', 'no-refresh-token', 'ended'],
          ['active', undefined, 'fresh'],
        ]);
        assert.deepEqual(await store.listEvents('link-1'), [
          {
            appUserId: 'account-1',
            linkId: 'link-1',
            type: 'link.reauthorization_required',
            at: clock,
            reason: 'no-refresh-token',
          },
        ]);
        for (const n of [1, 2, 3, 4]) {
          const ended = await store.findPendingAuthorization({ id: `pending-${n}` });
          assert.deepEqual([ended?.step, ended?.refusal], ['refused', 'exchange-interrupted']);
        }
      });

      it('must all be there before the store opens, but for a look at which are missing', async () => {
        await store.addLink(active());
        await store.addPendingAuthorization(asked());
        for (const [n, key] of ['k0', 'k4', 'k5'].entries()) {
          const sealing = await under.another({ keyRing: rings(ring(key, 9), k1), keysMayBeMissing: true });
          const tokenSet = tokens(2);
          await sealing.addLink(active({ id: key, appUserId: key, publicId: record(7 + n), tokenSet }));
        }
        const known = rings(k1, ring('k0', 9), ring('k4', 9));
        await assert.rejects(under.another({ keyRing: known }), refusal(/lacks the key "k5",/));
        await assert.rejects(under.another({ keyRing: k1 }), refusal(/lacks the key "k0", "k4", "k5",/));
        for (const key of ['k0', 'k4', 'k5']) await store.changeLink(key, 1, { state: 'unlinked' });
        const k3 = await under.another({ keyRing: rings(ring('k3', 3), k1) });
        await k3.takePendingAuthorization(taking());
        await assert.rejects(
          under.another({ keyRing: k2 }),
          refusal(/lacks the key "k1", "k3".*keys rotate/),
        );
        await assert.rejects(under.another({ keyRing: rings(k2, k1) }), refusal(/lacks the key "k3"/));
        const look = await under.another({ keyRing: k2, keysMayBeMissing: true });
        assert.deepEqual([...(await look.sealedWith()).keys()], ['k1', 'k3']);
        await store.endPendingAuthorization('pending-1', { step: 'refused', refusal: 'access-denied' });
        await store.changeLink('link-1', 1, { state: 'unlinked' });
        assert.ok(await under.another({ keyRing: k2 }));
      });

      it('must be the ones that sealed, not others of the same name; a spoilt row alone is no reason', async () => {
        await fill(3);
        await assert.rejects(
          under.another({ keyRing: ring('k1', 9) }),
          refusal(/another key under the name "k1"/),
        );
        await under.execute(
          "update link set token_set = (select token_set from link where id = 'link-1') where id <> 'link-1'",
        );
        assert.ok(await under.another());
      });
    });

    describe('a check after a restore', () => {
      const doubt = (limit = 2) => walk((page) => store.markUnsure({ ...page, limit, lastShare: 0.2 }));
      const total = (pages: Awaited<ReturnType<typeof doubt>>) => [
        sum(pages.map(({ links }) => links)),
        sum(pages.map(({ unsure }) => unsure)),
      ];
      const health = async (id: string) => (await store.findLinkById(id))?.health;

      it('makes unsure what is in the last fifth of its token’s life or over it, and nothing else', async () => {
        // Lives of 100 seconds that began at these seconds.
        const begun = [0, 19, 20, 21, 60];
        for (const [n, at] of begun.entries()) {
          const tokenSet = { ...tokens(n), issuedAt: seconds(at), expiresAt: seconds(at + 100) };
          await store.addLink(
            active({ id: `link-${n}`, appUserId: `account-${n}`, publicId: record(n), tokenSet }),
          );
        }
        clock = seconds(100);
        assert.deepEqual(total(await doubt()), [5, 3]);
        const healths = await Promise.all(begun.map((_, n) => health(`link-${n}`)));
        assert.deepEqual(healths, ['unsure', 'unsure', 'unsure', 'fresh', 'fresh']);
        const grant = present(await store.findGrant('link-1'));
        assert.deepEqual(
          [grant.refreshSentAt, grant.leased, grant.tokenSet.refreshToken, grant.link.version],
          [seconds(100), false, 'refresh-1', 2],
        );
        assert.deepEqual(total(await doubt(1)), [5, 3], 'again');
        assert.equal((await store.findLinkById('link-1'))?.version, 2);
      });

      it('leaves alone what cannot have been refreshed: no refresh token, a grant that ended, no link', async () => {
        const { refreshToken: _, ...last } = tokens(1);
        await store.addLink(active({ tokenSet: last }));
        for (const [n, state] of [
          [2, 'reauthorization_required'],
          [3, 'unlinked'],
        ] as const) {
          const id = `link-${n}`;
          await store.addLink(active({ id, appUserId: id, publicId: record(n) }));
          await store.changeLink(id, 1, { state });
        }
        clock = seconds(9999);
        assert.deepEqual(total(await doubt()), [0, 0]);
        assert.equal(await health('link-1'), 'fresh');
      });

      it('takes what it cannot read for refreshed', async () => {
        await store.addLink(active());
        const keyless = await under.another({ keyRing: ring('k2', 2), keysMayBeMissing: true });
        assert.deepEqual(await keyless.markUnsure({ limit: 9, lastShare: 0.2 }), { links: 1, unsure: 1 });
      });

      it('lets the old refresh token be tried once more, and believes its answer', async () => {
        const { version } = await store.addLink(active());
        clock = seconds(9999);
        await doubt();
        const lease = present(await store.leaseRefresh(leasing({ version: version + 1 })));
        await store.releaseRefresh(lease, 'known');
        assert.equal(await health('link-1'), 'unsure', 'as before the lease');
        const again = present(await store.findLinkById('link-1')).version;
        const second = present(await store.leaseRefresh(leasing({ version: again })));
        assert.equal(saved(await store.commitRefresh(second, tokens(2))).health, 'fresh');
      });

      it('does not doubt what was refreshed between its reading and its writing', async () => {
        await store.addLink(active());
        clock = seconds(9999);
        const other = await under.another();
        await refreshedMeanwhile(() => other.markUnsure({ limit: 9, lastShare: 0.2 }));
        assert.equal(await health('link-1'), 'fresh');
      });

      it('never doubts tokens that are newer than what it read, whatever comes first', async () => {
        const other = await under.another();
        let { version } = await store.addLink(active());
        clock = seconds(9999);
        for (let round = 2; round < 30; round += 1) {
          const expiresAt = new Date(clock.getTime() + 600_000);
          const refreshed = async (): Promise<Link> => {
            const lease = await store.leaseRefresh(leasing({ version }));
            if (!lease) {
              ({ version } = present(await store.findLinkById('link-1')));
              return refreshed();
            }
            return saved(await store.commitRefresh(lease, { ...tokens(round), issuedAt: clock, expiresAt }));
          };
          const [link] = await Promise.all([refreshed(), other.markUnsure({ limit: 9, lastShare: 0.2 })]);
          version = link.version;
          assert.equal(await health('link-1'), 'fresh', `round ${round}`);
          assert.equal((await store.findGrant('link-1'))?.tokenSet.refreshToken, `refresh-${round}`);
          clock = new Date(clock.getTime() + 1_000_000);
        }
      });
    });

    describe('what is written', () => {
      it('holds no token, code or verifier that can be read', async () => {
        const canaries = {
          codeVerifier: 'canary-verifier',
          code: 'canary-code',
          accessToken: 'canary-access',
          refreshToken: 'canary-refresh',
          later: 'canary-later',
        };
        await store.addPendingAuthorization(asked({ codeVerifier: canaries.codeVerifier }));
        await store.takePendingAuthorization(taking({ code: canaries.code }));
        const during = String(await under.raw());
        await store.takeCode('pending-1', seconds(61));
        const { accessToken, refreshToken } = canaries;
        await store.saveExchange('pending-1', { ...tokens(1), accessToken, refreshToken });
        await store.addLink(active({ tokenSet: { ...tokens(1), accessToken, refreshToken } }));
        const lease = present(await store.leaseRefresh(leasing()));
        await store.commitRefresh(lease, { ...tokens(1), accessToken, refreshToken: canaries.later });
        const after = String(await under.raw());
        assert.ok(during.includes('state-hash-1') && after.includes('link-1'), 'this is what was written');
        for (const canary of Object.values(canaries)) {
          for (const spelling of [
            canary,
            Buffer.from(canary).toString('base64url'),
            Buffer.from(canary).toString('hex'),
          ]) {
            assert.ok(!during.includes(spelling) && !after.includes(spelling), canary);
          }
        }
      });

      it('opens in its own row only', async () => {
        await store.addLink(active());
        await store.addLink(
          active({ id: 'link-2', appUserId: 'bob', publicId: record(2), tokenSet: tokens(2) }),
        );
        await under.execute(
          "update link set token_set = (select token_set from link where id = 'link-1') where id = 'link-2'",
        );
        await assert.rejects(store.findGrant('link-2'), { code: 'seal-unreadable' });
        await assert.rejects(store.leaseRefresh(leasing({ linkId: 'link-2', appUserId: 'bob' })), {
          code: 'seal-unreadable',
        });
        assert.deepEqual((await store.findGrant('link-1'))?.tokenSet, tokens(1));
      });

      it('opens in its own column only', async () => {
        await store.addPendingAuthorization(asked());
        await store.takePendingAuthorization(taking());
        await under.execute('update pending_authorization set code = code_verifier');
        await assert.rejects(store.takeCode('pending-1', seconds(61)), { code: 'seal-unreadable' });
      });

      it('needs the key it was sealed with for its secrets and no key for the rest', async () => {
        await store.addLink(active());
        const keyless = await under.another({ keyRing: ring('k2', 2), keysMayBeMissing: true });
        await assert.rejects(keyless.findGrant('link-1'), { code: 'seal-unreadable' });
        assert.equal((await keyless.findLink('ada'))?.refreshable, true);
        const both = await under.another({ keyRing: rings(ring('k2', 2), ring('k1', 1)) });
        const lease = present(await both.leaseRefresh(leasing()));
        await both.commitRefresh(lease, tokens(2));
        assert.deepEqual((await keyless.findGrant('link-1'))?.tokenSet, tokens(2));
      });

      it('is all there after a close and an open', async () => {
        await store.addPendingAuthorization(asked());
        await store.takePendingAuthorization(taking());
        await store.addLink(active());
        await store.leaseRefresh(leasing());
        await store.addEvent({ linkId: 'link-1', by: 'service', type: 'link.active', at: start });
        const before = [await store.findGrant('link-1'), await store.listEvents('link-1')];
        await store.close();
        const again = await under.another();
        assert.deepEqual([await again.findGrant('link-1'), await again.listEvents('link-1')], before);
        const taken = present(await again.takeCode('pending-1', seconds(61)));
        assert.deepEqual([taken.code, taken.codeVerifier], ['code-1', 'verifier-1']);
      });
    });

    describe('close', () => {
      it('may be called twice, waits for what was asked before, and answers nothing after', async () => {
        const added = store.addLink(active());
        await store.close();
        await store.close();
        assert.equal((await added).id, 'link-1');
        await assert.rejects(store.findLink('ada'));
        await assert.rejects(store.addLink(active({ id: 'link-2', appUserId: 'bea' })));
        await assert.rejects(store.transaction((tx) => tx.findLink('ada')));
      });
    });
  });
}
