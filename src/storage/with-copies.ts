/**
 * A store that keeps in memory what it has read of a grant, until the link's row changes: reading and opening it is most of
 * what handing out a good token costs.
 */

import type { SqlDatabase } from './sql.ts';
import type { Store } from './store.ts';

type Found = NonNullable<Awaited<ReturnType<Store['findGrantOf']>>>;

/** How often it lets go of what nobody asks for again, in milliseconds. */
const LET_GO_MS = 1_000;

/**
 * What this connection changes is forgotten by the statement that changes it, before its commit, and everything where another
 * connection has committed anything: whoever has heard of a change finds it. Where the database cannot tell these, nothing is
 * kept.
 *
 * @param options.atMost how many links; whichever was kept first makes room
 */
export function withCopies(
  store: Store,
  database: Pick<SqlDatabase, 'watch'>,
  { atMost, now }: { readonly atMost: number; readonly now: () => Date },
): Store {
  if (!database.watch || atMost === 0) return store;
  const copies = new Map<string, Found>();
  /** By account, the latest read that is under way, as long as the row has not changed since it began. */
  const reads = new Map<string, symbol>();
  const hasChangedElsewhere = database.watch({ table: 'link', column: 'app_user_id' }, (appUserId) => {
    copies.delete(appUserId);
    reads.delete(appUserId);
  });

  function forgetWhatChangedElsewhere(): void {
    if (!hasChangedElsewhere()) return;
    copies.clear();
    reads.clear();
  }

  // Nobody may ask for it ever again, and it is a person's whom another process has erased, or a token that is over.
  const lettingGo = setInterval(() => {
    forgetWhatChangedElsewhere();
    for (const [appUserId, { grant }] of copies) {
      if (grant && grant.tokenSet.expiresAt <= now()) copies.delete(appUserId);
    }
  }, LET_GO_MS).unref();

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
      forgetWhatChangedElsewhere();
      const copy = copies.get(appUserId);
      return copy ? Promise.resolve(copy) : read(appUserId);
    },
    close() {
      clearInterval(lettingGo);
      copies.clear();
      return store.close();
    },
  };
}

/** All that is made of such a row stays as it is until the row changes: of any other, something ends by the clock. */
function isAtRest({ link, grant }: Found): boolean {
  return link.state === 'active' && link.health === 'fresh' && grant !== undefined;
}
