import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import { Failure } from '../errors.ts';
import { purge, type Retention } from '../operator/purge.ts';

const EVERY_MS = 3_600_000;

/** Purges while the service runs, every hour. @returns what ends it: a page that has begun is finished */
export function purgeHourly(app: App, retention: Retention): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;

  async function rounds(): Promise<void> {
    while (!signal.aborted) {
      try {
        const { erased, auditEntries } = await purge(app, { ...retention, signal });
        if (erased + auditEntries > 0) app.log('purge.done', { erased, audit_entries: auditEntries });
      } catch (failure) {
        // The database is away: the next round does it.
        app.log('purge.interrupted', { code: failure instanceof Failure ? failure.code : 'unforeseen' });
      }
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  const running = rounds();
  return () => {
    stop.abort();
    return running;
  };
}
