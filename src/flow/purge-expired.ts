import type { App } from '../app.ts';
import type { Store } from '../storage/store.ts';

/** How long what has expired may wait for it, in milliseconds. */
const EVERY_MS = 1_000;

const latest = new WeakMap<Store, number>();

/**
 * Destroys what has expired, before something is begun that will expire: not by a timer, as a process that is asleep has nothing
 * to purge. Where many begin at once, one does it for all: it is more statements than all else that they do.
 */
export async function purgeExpired({ store }: App, now: Date): Promise<void> {
  // Also where the clock was set back.
  if (Math.abs(now.getTime() - (latest.get(store) ?? Number.NEGATIVE_INFINITY)) < EVERY_MS) return;
  latest.set(store, now.getTime());
  await store.purgeExpired(now);
}
