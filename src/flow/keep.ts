import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import {
  ConfigurationError,
  Failure,
  InvalidRequestError,
  ReauthorizationRequired,
  UpstreamUnavailableError,
} from '../errors.ts';
import type { Store } from '../storage/store.ts';
import { refresh } from './refresh.ts';

export interface KeepInput {
  /** Refresh grants that nobody has used for this long, in seconds. Absent: none is refreshed. */
  readonly unusedSeconds?: number;
  /** At most so many refreshes a minute, spread evenly. Default 60. */
  readonly perMinute?: number;
  /** Called after each refresh: how many have been looked at, of how many. */
  readonly onProgress?: (done: number, due: number) => void;
  /** Ends the round early; a refresh that has begun is finished. */
  readonly signal?: AbortSignal;
}

export interface Kept {
  /** False where another process has the turn; nothing was done then. */
  readonly turn: boolean;
  readonly refreshed: number;
  /** Grants that turned out to have ended: their patients must grant again. */
  readonly ended: number;
  readonly failed: number;
  /** API sessions that the app has been told of, by the event `link.session_ending`. */
  readonly announced: number;
}

const PAGE = 200;
const DEFAULT_PER_MINUTE = 60;
/** The turn is renewed with every refresh, which has its own limit far below this. In milliseconds. */
const TURN_MS = 300_000;

/** An ending is announced so long before, but never earlier than the last quarter of the session. In milliseconds. */
const NOTICE_MS = 14 * 24 * 60 * 60 * 1000;
/** Learned from the last so many sessions that ended, where there are at least so few. */
const LEARN_FROM = 20;
const LEARN_FROM_AT_LEAST = 5;

/**
 * One round of looking after grants that nobody uses at the moment: says which API sessions are about to end, and refreshes
 * what has not been used for long, so that it does not end unused. Any number of processes may call it: one has the turn.
 *
 * UPSTREAM: not documented whether an unused grant ends before its API session does; the operator asks for it.
 *
 * @throws InvalidRequestError `bad-input`; ConfigurationError, UpstreamUnavailableError where PKB takes no refreshes now:
 * nothing is lost, call again later
 */
export async function keep(app: App, input: KeepInput = {}): Promise<Kept> {
  const { unusedSeconds, perMinute = DEFAULT_PER_MINUTE, onProgress, signal } = input;
  positive('unused_seconds', unusedSeconds);
  positive('per_minute', perMinute);
  const turn = { name: 'keep', owner: randomUUID() };
  const outcome = { refreshed: 0, ended: 0, failed: 0 };
  if (!(await app.store.takeTurn({ ...turn, forMs: TURN_MS })))
    return { turn: false, ...outcome, announced: 0 };

  try {
    const announced = await announceEndings(app);
    if (unusedSeconds === undefined) return { turn: true, ...outcome, announced };

    const before = new Date(app.now().getTime() - unusedSeconds * 1000);
    const due = await app.store.countUnusedGrants(before);
    let done = 0;
    let paced: Promise<unknown> | undefined;
    for await (const { appUserId } of unused(app.store, before)) {
      await paced;
      if (signal?.aborted || !(await app.store.takeTurn({ ...turn, forMs: TURN_MS }))) break;
      paced = delay(60_000 / perMinute, undefined, { ...(signal && { signal }) }).catch(() => undefined);
      outcome[await keepOne(app, appUserId)] += 1;
      done += 1;
      onProgress?.(done, Math.max(done, due));
    }
    return { turn: true, ...outcome, announced };
  } finally {
    await app.store.takeTurn({ ...turn, forMs: 0 });
  }
}

async function keepOne(app: App, appUserId: string): Promise<'refreshed' | 'ended' | 'failed'> {
  try {
    await refresh(app, { appUserId, toKeep: true });
    return 'refreshed';
  } catch (failure) {
    if (failure instanceof ReauthorizationRequired) return 'ended';
    // PKB takes nobody's refresh now. What is this link's own trouble does not keep the others waiting.
    if (failure instanceof ConfigurationError) throw failure;
    if (failure instanceof UpstreamUnavailableError && failure.notActedOn) throw failure;
    if (failure instanceof Failure) return 'failed';
    throw failure;
  }
}

async function* unused(store: Store, before: Date) {
  let after: string | undefined;
  do {
    const page = await store.unusedGrants({ before, limit: PAGE, ...(after !== undefined && { after }) });
    yield* page.links;
    after = page.next;
  } while (after !== undefined);
}

async function announceEndings(app: App): Promise<number> {
  const lengthMs = await sessionLength(app);
  if (lengthMs === undefined) return 0;
  const notice = Math.min(NOTICE_MS, lengthMs / 4);
  const grantedBefore = new Date(app.now().getTime() - lengthMs + notice);
  let announced = 0;
  let last: number;
  do {
    last = await app.store.announceSessionEndings({ grantedBefore, lengthMs, limit: PAGE });
    announced += last;
  } while (last === PAGE);
  if (announced > 0) app.log('sessions.ending', { links: announced });
  return announced;
}

/**
 * In milliseconds, as configured or as learned: a session's end is noticed when it is next used, so most look longer than they
 * were; the shortest may have ended for a reason of its own. Undefined where too few have ended.
 */
async function sessionLength(app: App): Promise<number | undefined> {
  const { sessionSeconds } = app.provider.settings;
  if (sessionSeconds !== undefined) return sessionSeconds * 1000;
  const lengths = [...(await app.store.expiredSessionLengths(LEARN_FROM))].sort((one, other) => one - other);
  return lengths.length < LEARN_FROM_AT_LEAST ? undefined : lengths[Math.floor(lengths.length / 4)];
}

function positive(field: string, value: number | undefined): void {
  if (value === undefined || (Number.isFinite(value) && value > 0)) return;
  throw new InvalidRequestError('bad-input', `${field} must be a number above 0`, { field });
}
