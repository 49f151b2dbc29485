import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { keep } from '../flow/keep.ts';
import { inRounds } from './in-rounds.ts';

const EVERY_MS = 60_000;

/** Keeps grants while the service runs, a round a minute. @returns what ends it: a refresh that has begun is finished */
export function keepGoing(app: App, settings: Config['keep']): () => Promise<void> {
  return inRounds(
    EVERY_MS,
    async (signal) => {
      let told = 0;
      const { refreshed, ended, failed } = await keep(app, {
        ...settings,
        signal,
        onProgress(done, due) {
          const tenths = Math.floor((10 * done) / due);
          if (tenths > told) app.log('keep.progress', { done, due });
          told = tenths;
        },
      });
      if (refreshed + ended + failed > 0) app.log('keep.done', { refreshed, ended, failed });
    },
    // PKB or the database is away: the next round tries again, and whoever shut the gate has raised the alarm.
    (code) => app.log('keep.interrupted', { code }),
  );
}
