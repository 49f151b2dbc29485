import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import type { Link } from '../model.ts';
import { type AuthorizationOwner, exchange } from './exchange.ts';
import { identify } from './identify.ts';

/** How often we look whether another call has finished the exchange, and how many times. */
const LOOK_MS = 200;
const LOOKS = 10;

/**
 * From the answered authorization to the link: `exchange` and `identify`, waiting a moment where another call is exchanging.
 * @returns the link, or `exchanging` where the other call still is
 * @throws what `exchange` and `identify` throw
 */
export async function finish(app: App, owner: AuthorizationOwner): Promise<Link | 'exchanging'> {
  let { step } = await exchange(app, owner);
  for (let look = 0; step === 'exchanging' && look < LOOKS; look += 1) {
    await delay(LOOK_MS);
    ({ step } = await exchange(app, owner));
  }
  return step === 'exchanging' ? step : identify(app, owner);
}
