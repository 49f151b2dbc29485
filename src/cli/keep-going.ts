import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import { Failure } from '../errors.ts';
import { keep } from '../flow/keep.ts';

const EVERY_MS = 60_000;

/** Keeps grants while the service runs, a round a minute. @returns what ends it: a refresh that has begun is finished */
export function keepGoing(app: App, settings: Config['keep']): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;

  async function rounds(): Promise<void> {
    while (!signal.aborted) {
      await round();
      await delay(EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async function round(): Promise<void> {
    let told = 0;
    try {
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
    } catch (failure) {
      // PKB or the database is away: the next round tries again, and whoever shut the gate has raised the alarm.
      app.log('keep.interrupted', { code: failure instanceof Failure ? failure.code : 'unforeseen' });
    }
  }

  const running = rounds();
  return () => {
    stop.abort();
    return running;
  };
}
