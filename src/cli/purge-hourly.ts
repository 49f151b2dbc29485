import type { App } from '../app.ts';
import { purge, type Retention } from '../operator/purge.ts';
import { inRounds } from './in-rounds.ts';

const EVERY_MS = 3_600_000;

/** Purges while the service runs, every hour. @returns what ends it: a page that has begun is finished */
export function purgeHourly(app: App, retention: Retention): () => Promise<void> {
  return inRounds(
    EVERY_MS,
    async (signal) => {
      const { erased, auditEntries } = await purge(app, { ...retention, signal });
      if (erased + auditEntries > 0) app.log('purge.done', { erased, audit_entries: auditEntries });
    },
    // The database is away: the next round does it.
    (code) => app.log('purge.interrupted', { code }),
  );
}
