/**
 * How much one process takes on. What is too much is answered early and at no cost, and a token that is still good is
 * handed out whatever else is refused. Counted in the process: N processes behind a proxy take N times as much.
 */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Context, MiddlewareHandler } from 'hono';
import { clientAddress, lineOf } from './client-address.ts';
import { connectionOf } from './connection.ts';
import { TurnedAway } from './turned-away.ts';

export interface LimitSettings {
  /** Of one address: requests to the hosted pages a minute, and as many to the API with a key that is none. */
  readonly perAddress: number;
  /** Of one API key: requests a second. */
  readonly perKey: number;
  /** Requests under way at once, of all callers. */
  readonly underWay: number;
  /** Proxies whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
}

/**
 * What a request is for. Work that begins something or is PKB's to do (`new`) finds half the room taken before work that
 * was begun (`begun`) finds all of it taken.
 */
export type Work = 'new' | 'begun';

export interface Limits {
  /** Counts a request as under way until it is answered, once. @throws TurnedAway */
  take(c: Context, work: Work): void;
  /** Around every request: ends what `take` began. */
  readonly around: MiddlewareHandler;
  /** @throws TurnedAway where this address has been here too often in a minute */
  address(c: Context): void;
  /** @throws TurnedAway where this address has brought too many wrong keys in a minute */
  wrongKeys(c: Context): void;
  wrongKey(c: Context): void;
  /** @param id which key, not the key itself. @throws TurnedAway */
  key(id: string): void;
  close(): void;
}

/** Above it, in milliseconds, half of all turns of the process come too late: it has more to do than it can. */
const LATE_MS = 200;
/** How long a delay is looked back on, and how often it is told how many were turned away, in milliseconds. */
const [LOOK_MS, TELL_MS] = [1_000, 10_000];

const TAKEN = 'takenByLimits';

export function createLimits(
  settings: LimitSettings,
  log: (event: string, fields: Readonly<Record<string, unknown>>) => void,
  { lateMs = delays(), now = Date.now } = {},
): Limits {
  const addressOf = clientAddress(settings.trustedProxies);
  const pages = perWindow(settings.perAddress, 60_000, now);
  const wrong = perWindow(settings.perAddress, 60_000, now);
  const keys = perWindow(settings.perKey, 1_000, now);
  const turnedAway = { too_many: 0, overloaded: 0 };
  let underWay = 0;

  function turn(away: TurnedAway): never {
    turnedAway[away.status === 429 ? 'too_many' : 'overloaded'] += 1;
    throw away;
  }

  function within(seconds: number | undefined): void {
    if (seconds !== undefined) turn(new TurnedAway(429, seconds));
  }

  const telling = setInterval(() => {
    if (turnedAway.too_many + turnedAway.overloaded === 0) return;
    log('requests.turned_away', { ...turnedAway });
    Object.assign(turnedAway, { too_many: 0, overloaded: 0 });
  }, TELL_MS).unref();

  return {
    take(c, work) {
      if (c.get(TAKEN)) return;
      const [room, late] =
        work === 'new' ? [settings.underWay / 2, LATE_MS] : [settings.underWay, 4 * LATE_MS];
      // Not all at the same moment again.
      if (underWay >= room || lateMs() > late) turn(new TurnedAway(503, 1 + Math.ceil(Math.random() * 4)));
      c.set(TAKEN, true);
      underWay += 1;
    },

    async around(c, next) {
      try {
        await next();
      } finally {
        // A caller that has gone leaves its work behind, and one that reads slowly its answer.
        if (c.get(TAKEN)) whenSent(c, () => (underWay -= 1));
      }
    },

    address: (c) => within(pages.count(lineOf(addressOf(c)))),
    wrongKeys: (c) => within(wrong.over(lineOf(addressOf(c)))),
    wrongKey: (c) => void wrong.count(lineOf(addressOf(c))),
    key: (id) => within(keys.count(id)),
    close() {
      clearInterval(telling);
    },
  };
}

function whenSent(c: Context, done: () => void): void {
  const outgoing = connectionOf(c).outgoing;
  if (outgoing && !outgoing.closed) outgoing.once('close', done);
  else done();
}

/** In windows of a fixed length, so that there is nothing to keep of a caller that has gone. Both tell the seconds to wait. */
function perWindow(limit: number, ms: number, now: () => number) {
  const counts = new Map<string, number>();
  let until = 0;

  function seconds(key: string, more: number): number | undefined {
    const at = now();
    if (at >= until) {
      counts.clear();
      until = at + ms;
    }
    const count = (counts.get(key) ?? 0) + more;
    if (more > 0) counts.set(key, count);
    return count > limit ? Math.max(1, Math.ceil((until - at) / 1000)) : undefined;
  }
  return { count: (key: string) => seconds(key, 1), over: (key: string) => seconds(key, 0) };
}

/** How late the process's turns come: the median of the last second or two, in milliseconds. */
function delays(): () => number {
  const seen = monitorEventLoopDelay({ resolution: 20 });
  seen.enable();
  let last = 0;
  setInterval(() => {
    last = seen.percentile(50) / 1e6 - 20;
    seen.reset();
  }, LOOK_MS).unref();
  return () => last;
}
