/**
 * A store that keeps in memory what it has read of a grant, until the link's row changes: reading and opening it is most of
 * what handing out a good token costs.
 */

import type { SqlDatabase } from './sql.ts';
import type { Store } from './store.ts';

type Found = NonNullable<Awaited<ReturnType<Store['findGrantOf']>>>;

/**
 * What this connection changes is forgotten by the statement that changes it, before its commit, and everything where another
 * connection has committed anything: whoever has heard of a change finds it. Where the database cannot tell these, nothing is
 * kept.
 *
 * @param atMost how many links; whichever was kept first makes room
 */
export function withCopies(store: Store, database: Pick<SqlDatabase, 'watch'>, atMost: number): Store {
  if (!database.watch || atMost === 0) return store;
  const copies = new Map<string, Found>();
  /** By account, the latest read that is under way, as long as the row has not changed since it began. */
  const reads = new Map<string, symbol>();
  const hasChangedElsewhere = database.watch({ table: 'link', column: 'app_user_id' }, (appUserId) => {
    copies.delete(appUserId);
    reads.delete(appUserId);
  });
  async function read(appUserId: string): Promise<Found | undefined> {
    const own = Symbol();
    reads.set(appUserId, own);
    try {
      const found = await store.findGrantOf(appUserId);
      if (found && isAtRest(found) && reads.get(appUserId) === own) keep(appUserId, found);
      return found;
    } finally {
      if (reads.get(appUserId) === own) reads.delete(appUserId);
    }
  }

  function keep(appUserId: string, found: Found): void {
    const [first] = copies.size < atMost ? [] : copies.keys();
    if (first !== undefined) copies.delete(first);
    copies.set(appUserId, found);
  }

  return {
    ...store,
    findGrantOf(appUserId) {
      if (hasChangedElsewhere()) {
        copies.clear();
        reads.clear();
      }
      const copy = copies.get(appUserId);
      return copy ? Promise.resolve(copy) : read(appUserId);
    },
  };
}

/** All that is made of such a row stays as it is until the row changes: of any other, something ends by the clock. */
function isAtRest({ link, grant }: Found): boolean {
  return link.state === 'active' && link.health === 'fresh' && grant !== undefined;
}
