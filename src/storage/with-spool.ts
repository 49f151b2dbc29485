/** A store whose refreshes are on the local disk before they are in the database. */

import type { Spool, SpooledAnswer } from './spool.ts';
import type { Store } from './store.ts';

/** How often what waits is tried again, in milliseconds. */
const REPLAY_EVERY_MS = 1000;

/**
 * `kept`: an answer waits on the disk because the database did not take it. `held`: it waits in memory, because the disk
 * did not take it either. `replayed`: it is in the database now. `outdated`: the link has been unlinked, granted or
 * refreshed anew since. `unreadable`: no key of the ring opens the file.
 */
export type SpoolReports = (
  what: 'kept' | 'held' | 'replayed' | 'outdated' | 'unreadable',
  linkId: string,
) => void;

/** Replays what an earlier process left behind before it resolves, where the database lets it. */
export async function withSpool(store: Store, spool: Spool, report: SpoolReports): Promise<Store> {
  const held = new Map<string, SpooledAnswer>();
  let timer: NodeJS.Timeout | undefined;

  async function replay(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const answer = await spool.read(name);
      if (answer === 'unreadable') report('unreadable', spool.linkIdOf(name));
      else if (answer) {
        await commit(answer);
        await spool.drop(name);
      }
    }
    for (const answer of held.values()) {
      await commit(answer);
      held.delete(answer.lease.linkId);
    }
  }

  async function commit({ lease, tokenSet }: SpooledAnswer): Promise<void> {
    const link = await store.commitRefresh(lease, tokenSet);
    report(link ? 'replayed' : 'outdated', lease.linkId);
  }

  /** Until nothing is left. It keeps no process alive: what is on the disk is replayed by the next one. */
  function replayLater(): void {
    timer ??= setTimeout(async () => {
      timer = undefined;
      await replayAll();
    }, REPLAY_EVERY_MS).unref();
  }

  async function replayAll(): Promise<void> {
    try {
      await replay(await spool.names());
    } catch {
      replayLater();
    }
  }

  await replayAll();

  return {
    ...store,

    /** An answer that waits for this link comes first: its refresh token is spent, and must not be shown again. */
    async leaseRefresh(lease) {
      const names = await spool.names(lease.linkId);
      if (names.length === 0 && !held.has(lease.linkId)) return store.leaseRefresh(lease);
      await replay(names);
      // Waiting for a key that will not come would be for ever; the operator has been told.
      return (await spool.names(lease.linkId)).length > 0 ? store.leaseRefresh(lease) : undefined;
    },

    receiveRefresh(lease, tokenSet) {
      try {
        spool.keep({ lease, tokenSet });
      } catch {
        // The disk is full, or gone. The commit tries again, and says so where the database does not take it either.
      }
    },

    async commitRefresh(lease, tokenSet) {
      const answer = { lease, tokenSet };
      const name = await spool.secure(answer).catch(() => undefined);
      try {
        const link = await store.commitRefresh(lease, tokenSet);
        if (name !== undefined) await spool.drop(name);
        return link;
      } catch {
        if (name === undefined) held.set(lease.linkId, answer);
        report(name === undefined ? 'held' : 'kept', lease.linkId);
        replayLater();
        return 'kept';
      }
    },

    async sealedWith() {
      const counts = new Map(await store.sealedWith());
      for (const [keyId, names] of await spool.sealedWith()) {
        counts.set(keyId, { rows: counts.get(keyId)?.rows ?? 0, spooled: names.length });
      }
      return new Map([...counts].sort(([one], [other]) => (one < other ? -1 : 1)));
    },

    spooled: async () => (await spool.names()).length + held.size,

    async giveUp(keyId, by) {
      const given = await store.giveUp(keyId, by);
      for (const name of (await spool.sealedWith()).get(keyId) ?? []) await spool.drop(name);
      return given;
    },

    async heldOf(appUserId) {
      const all = await store.heldOf(appUserId);
      const names = await Promise.all(all.links.map(({ id }) => spool.names(id)));
      return { ...all, spooled: names.flat().length };
    },

    async erasePerson(appUserId, by) {
      const erased = await store.erasePerson(appUserId, by);
      // After the rows: what comes back from PKB in between finds none, and is dropped by whoever brought it.
      const names = (await Promise.all(erased.links.map((id) => spool.names(id)))).flat();
      for (const name of names) await spool.drop(name);
      for (const id of erased.links) held.delete(id);
      return { ...erased, spooled: names.length };
    },

    async close() {
      clearTimeout(timer);
      await replayAll();
      clearTimeout(timer);
      await store.close();
    },
  };
}
