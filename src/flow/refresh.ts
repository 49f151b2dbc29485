import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import {
  AccessRefusedError,
  ConfigurationError,
  Failure,
  FaultError,
  InvalidRequestError,
  type ReauthorizationCode,
  ReauthorizationRequired,
  UpstreamUnavailableError,
} from '../errors.ts';
import type { Link, TokenSet } from '../model.ts';
import type { Grant, RefreshLease, Store } from '../storage/store.ts';
import { checkedAppUserId } from './account.ts';
import { refused } from './refused.ts';

export interface Granted {
  /** A bearer token (RFC 6750) for PKB's APIs. Opaque: do not parse it. */
  readonly accessToken: string;
  readonly expiresAt: Date;
  readonly link: Link;
}

export interface RefreshInput {
  readonly appUserId: string;
  /** An access token that PKB has just refused: do not hand out that one again. */
  readonly rejected?: string;
  /** Also for a proposal that the patient has not confirmed; only to show whose record it is. */
  readonly evenIfProposed?: boolean;
  /** Only so that the grant lives on: nobody uses the link now. */
  readonly toKeep?: boolean;
  /** Called before PKB is asked, or somebody who asks it is waited for. What it throws is thrown where there is no good token. */
  readonly beforeWaiting?: () => void;
}

/** The last part of a token's life, as a share of it, in which it is replaced: at least, and more by the link's own part. */
const EARLY = 0.1;
const EARLIER = 0.1;
/** The part in which it may be replaced, for the link whose turn comes first. */
export const LAST_SHARE = EARLY + EARLIER;
/** How often a process looks whether another has finished its refresh, in milliseconds: at first, and after some doublings. */
const [FIRST_POLL_MS, POLL_MS] = [5, 25];
/** After a failure, in milliseconds: the first pause of a link, doubling up to the longest. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * An access token that is fresh: the only door through which one leaves.
 *
 * Refresh tokens are single use and a replay ends the API session (PKB, "CS: Response Code", `API_SESSION_INVALID`), so of
 * all callers in all processes one refreshes and the others use what it got. No caller can cancel it.
 *
 * @throws InvalidRequestError `unknown-link`; ReauthorizationRequired where the grant has ended; AccessRefusedError,
 * ConfigurationError, UpstreamUnavailableError, FaultError where no token can be had now and the old one is over: nothing
 * is lost
 */
export async function refresh(app: App, input: RefreshInput): Promise<Granted> {
  const appUserId = checkedAppUserId(input.appUserId);
  for (;;) {
    const grant = usableGrant(await app.store.findGrantOf(appUserId), input.evenIfProposed ?? false);
    const now = app.now().getTime();
    const good = isValid(grant, input.rejected, now);
    if (good && !isDue(grant, now)) return granted(grant.link, grant.tokenSet);
    // A token that still works is better than waiting, and better than an error that will pass.
    const shared = trafficOf(app.store).flights.has(grant.link.id);
    if (good && shared) return granted(grant.link, grant.tokenSet);
    try {
      input.beforeWaiting?.();
      const refreshed = await once(app, grant.link.id, () => attempt(app, grant, input));
      // Another caller's attempt may have come back with the very token that this one was refused.
      const useless = shared && refreshed?.accessToken === input.rejected;
      if (refreshed && !useless) return refreshed;
    } catch (failure) {
      if (good && !(failure instanceof ReauthorizationRequired)) return granted(grant.link, grant.tokenSet);
      throw failure;
    }
  }
}

/** One refresh. Undefined where the row must be read again: somebody else has it, or has done it. */
async function attempt(
  app: App,
  grant: Grant,
  { rejected, toKeep }: RefreshInput,
): Promise<Granted | undefined> {
  const { link, tokenSet, leased } = grant;
  const { refreshToken } = tokenSet;
  const good = isValid(grant, rejected, app.now().getTime());
  if (refreshToken === undefined) return good ? granted(link, tokenSet) : withoutRefreshToken(app, link);

  // Sent before and never answered. The old access token is used to its end; only then is the old refresh token shown
  // once more, because then there is nothing left to lose by it.
  const unsure = grant.refreshSentAt !== undefined;
  if (good && (leased || unsure)) return granted(link, tokenSet);
  if (leased) return afterTheOther(app, grant);

  const outcome = await app.provider.inTurn(async () => {
    // Written before the token is spent: after a crash the row tells the truth, and a store that cannot be written says
    // so while nothing is lost yet. The lease outlives the request, which has a time limit of its own.
    const lease = await app.store.leaseRefresh({
      linkId: link.id,
      appUserId: link.appUserId,
      version: link.version,
      owner: randomUUID(),
      forMs: 2 * app.provider.settings.timeoutMs,
      ...(!toKeep && { usedAt: app.now() }),
    });
    return lease ? spend(app, link, lease, refreshToken) : 'taken';
  });
  return outcome === 'taken' ? afterTheOther(app, grant) : outcome;
}

/** From here on the refresh token is spent, and what PKB answers must be kept. */
async function spend(
  app: App,
  link: Link,
  lease: RefreshLease,
  refreshToken: string,
): Promise<Granted | undefined> {
  let fresh: TokenSet;
  try {
    // Kept in the turn in which it is read: whatever becomes of this process afterwards, the answer is not lost.
    const received = (tokenSet: TokenSet) => app.store.receiveRefresh(lease, tokenSet);
    fresh = await app.provider.refresh({ refreshToken, received });
  } catch (failure) {
    const code = failure instanceof Failure ? failure.code : 'unforeseen';
    app.log('refresh.failed', { link: link.id, code });
    await app.store.releaseRefresh(lease, isAnswer(failure) ? 'known' : 'unknown');
    if (!(failure instanceof ReauthorizationRequired || failure instanceof AccessRefusedError)) throw failure;
    // Somebody else may have won in the meantime: a refusal of their predecessor's token means nothing.
    const latest = await grantOf(app, link);
    if (latest?.tokenSet.refreshToken !== refreshToken) return undefined;
    if (await refused(app, latest.link, failure)) throw failure;
    return undefined;
  }

  // Saved before anyone uses it.
  const saved = await save(app, lease, fresh);
  // Unlinked, or granted anew, while we waited for PKB: it stays so.
  if (!saved) return undefined;
  app.log('refresh.saved', { link: link.id, refreshable: fresh.refreshToken !== undefined });
  return granted(saved === 'kept' ? link : saved, fresh);
}

async function save(app: App, lease: RefreshLease, fresh: TokenSet): Promise<Link | 'kept' | undefined> {
  try {
    return await app.store.commitRefresh(lease, fresh);
  } catch (cause) {
    throw new FaultError('refresh-not-saved', 'the refreshed tokens could not be stored', { cause });
  }
}

/** PKB sent none: the API session was about to end (PKB, "Code grant"), and now the access token has. */
async function withoutRefreshToken(app: App, link: Link): Promise<undefined> {
  const ended = new ReauthorizationRequired('no-refresh-token', 'the API session has ended');
  if (await refused(app, link, ended)) throw ended;
}

function usableGrant(found: Awaited<ReturnType<Store['findGrantOf']>>, evenIfProposed: boolean): Grant {
  if (!found || (found.link.state === 'proposed' && !evenIfProposed)) {
    throw new InvalidRequestError('unknown-link', 'this account has no active link', {
      field: 'app_user_id',
    });
  }
  const { link, grant } = found;
  if (grant) return grant;
  throw new ReauthorizationRequired(
    (link.reason ?? 'api-session-expired') as ReauthorizationCode,
    'the grant has ended; the patient must grant again',
  );
}

/** Undefined where the link has been unlinked, or has no tokens any more. */
async function grantOf(app: App, { id, appUserId }: Link): Promise<Grant | undefined> {
  const found = await app.store.findGrantOf(appUserId);
  return found?.link.id === id ? found.grant : undefined;
}

function isValid({ tokenSet }: Grant, rejected: string | undefined, now: number): boolean {
  const { accessToken, expiresAt } = tokenSet;
  // An imported grant has none yet, and on a machine whose clock is behind its expiry is still to come.
  return accessToken !== '' && accessToken !== rejected && expiresAt.getTime() > now;
}

/** By a share of its life, and by each link at another moment, so that links granted together do not refresh together. */
function isDue({ link, tokenSet }: Grant, now: number): boolean {
  const life = tokenSet.expiresAt.getTime() - tokenSet.issuedAt.getTime();
  const left = tokenSet.expiresAt.getTime() - now;
  if (left > life * LAST_SHARE) return false;
  const own = [...link.id].reduce((mixed, sign) => (mixed * 31 + sign.charCodeAt(0)) % 1009, 7) / 1009;
  return left <= life * (EARLY + EARLIER * own);
}

/** True where we know what became of the refresh token: PKB refused it clearly, or never acted on it. */
function isAnswer(failure: unknown): boolean {
  return (
    failure instanceof ReauthorizationRequired ||
    failure instanceof AccessRefusedError ||
    failure instanceof ConfigurationError ||
    (failure instanceof UpstreamUnavailableError && failure.notActedOn)
  );
}

function granted(link: Link, { accessToken, expiresAt }: TokenSet): Granted {
  return { accessToken, expiresAt, link };
}

/** Waits for another process's refresh and takes what it got: one reads, and not every caller of this process. */
async function afterTheOther(app: App, { link, tokenSet }: Grant): Promise<Granted | undefined> {
  for (let wait = FIRST_POLL_MS; ; wait = Math.min(2 * wait, POLL_MS)) {
    await delay(wait);
    const grant = await grantOf(app, link);
    if (grant?.leased) continue;
    const isNew = grant !== undefined && grant.tokenSet.accessToken !== tokenSet.accessToken;
    return isNew && isValid(grant, undefined, app.now().getTime())
      ? granted(grant.link, grant.tokenSet)
      : undefined;
  }
}

type Flight = Promise<Granted | undefined>;

/** What this process knows of a store's links beyond their rows, by link. */
interface Traffic {
  readonly flights: Map<string, Flight>;
  readonly pauses: Map<string, Pause>;
}

interface Pause {
  /** Epoch milliseconds. */
  readonly until: number;
  readonly times: number;
  readonly failure: Failure;
}

const traffics = new WeakMap<Store, Traffic>();

function trafficOf(store: Store): Traffic {
  const traffic = traffics.get(store) ?? { flights: new Map(), pauses: new Map() };
  traffics.set(store, traffic);
  return traffic;
}

/**
 * Callers of one process share one attempt per link; across processes the lease in the row does the same. After a failure
 * that may be this link's own the next attempt waits, and callers are told that failure meanwhile.
 */
function once(app: App, linkId: string, work: () => Flight): Flight {
  const { flights, pauses } = trafficOf(app.store);
  const running = flights.get(linkId);
  if (running) return running;
  const pause = pauses.get(linkId);
  if (pause && app.now().getTime() < pause.until) return Promise.reject(pause.failure);

  const flight = work()
    .then((refreshed) => {
      pauses.delete(linkId);
      return refreshed;
    })
    .catch((failure) => {
      if (isWorthAPause(failure)) pauses.set(linkId, longer(pause, failure, app.now()));
      throw failure;
    })
    .finally(() => flights.delete(linkId));
  flights.set(linkId, flight);
  return flight;
}

/** An outage that the gate knows of needs no pause of each link, and what ended or was refused will be asked anew. */
function isWorthAPause(failure: unknown): failure is Failure {
  return (
    failure instanceof FaultError || (failure instanceof UpstreamUnavailableError && !failure.notActedOn)
  );
}

function longer(pause: Pause | undefined, failure: Failure, now: Date): Pause {
  const times = (pause?.times ?? 0) + 1;
  const wait = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (times - 1));
  return { times, failure, until: now.getTime() + wait * (1 + Math.random() / 4) };
}
