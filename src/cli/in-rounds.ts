import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '../errors.ts';

/**
 * Does `round` now, and again each time `everyMs` have passed since it was done. One that fails keeps no other from coming.
 * @param interrupted told the failure's code
 * @returns what ends it: a round that has begun is finished, as early as it heeds its signal
 */
export function inRounds(
  everyMs: number,
  round: (signal: AbortSignal) => Promise<void>,
  interrupted: (code: string) => void,
): () => Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;

  async function rounds(): Promise<void> {
    while (!signal.aborted) {
      try {
        await round(signal);
      } catch (failure) {
        interrupted(failure instanceof Failure ? failure.code : 'unforeseen');
      }
      await delay(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  const running = rounds();
  return () => {
    stop.abort();
    return running;
  };
}
