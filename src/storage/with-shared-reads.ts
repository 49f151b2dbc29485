/**
 * A store whose callers share the reading of a grant where they ask for the same one at once, as they do when a patient opens
 * an app whose token is over: each read is a round trip, and one answers them all.
 */

import type { Store } from './store.ts';

/** Who comes while a read is under way takes part in the next one, and never in that: it may be older than what they know of. */
export function withSharedReads(store: Store): Store {
  return { ...store, findGrantOf: shared((appUserId) => store.findGrantOf(appUserId)) };
}

function shared<T>(read: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const underWay = new Map<string, Promise<T>>();
  const waiting = new Map<string, Promise<T>>();

  function begin(key: string): Promise<T> {
    waiting.delete(key);
    const begun = read(key);
    underWay.set(key, begun);
    const end = () => underWay.get(key) === begun && underWay.delete(key);
    begun.then(end, end);
    return begun;
  }

  function next(key: string, before: Promise<T>): Promise<T> {
    const go = () => begin(key);
    const begun = before.then(go, go);
    waiting.set(key, begun);
    return begun;
  }

  return (key) => {
    const now = underWay.get(key);
    return now ? (waiting.get(key) ?? next(key, now)) : begin(key);
  };
}
