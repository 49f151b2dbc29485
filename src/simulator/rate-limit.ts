/** `rateLimit`: UPSTREAM: not documented, neither that there is one nor how it is told. */

import type { Handler } from './wire.ts';
import type { World } from './world.ts';

const WINDOW_MS = 60_000;

/** At most `toggles.rateLimit` requests a minute get through to the handler. */
export function limited(world: World, handler: Handler): Handler {
  let windowStart = Number.NEGATIVE_INFINITY;
  let count = 0;
  return (c) => {
    const now = world.now();
    if (now - windowStart >= WINDOW_MS) {
      windowStart = now;
      count = 0;
    }
    count += 1;
    if (world.toggles.rateLimit === 'off' || count <= world.toggles.rateLimit) return handler(c);
    const seconds = Math.ceil((windowStart + WINDOW_MS - now) / 1000);
    return new Response('Too many requests', {
      status: 429,
      headers: { 'retry-after': String(seconds), 'content-type': 'text/plain; charset=utf-8' },
    });
  };
}
