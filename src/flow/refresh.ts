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

interface RefreshInput {
  readonly appUserId: string;
  /** An access token that PKB has just refused: do not hand out that one again. */
  readonly rejected?: string;
  /** Also for a proposal that the patient has not confirmed; only to show whose record it is. */
  readonly evenIfProposed?: boolean;
}

/** How long before its end a token is replaced, in milliseconds, and up to how much earlier at random. */
const MARGIN_MS = 30_000;
const JITTER_MS = 15_000;
/** How often a caller looks whether another process has finished its refresh. */
const POLL_MS = 50;

/**
 * An access token that is fresh: the only door through which one leaves.
 *
 * Refresh tokens are single use and a replay ends the API session (PKB, "CS: Response Code", `API_SESSION_INVALID`), so of
 * all callers in all processes one refreshes and the others use what it got.
 *
 * @throws InvalidRequestError `unknown-link`; ReauthorizationRequired where the grant has ended; ConfigurationError,
 * UpstreamUnavailableError, FaultError where no token can be had now and the old one is over: nothing is lost
 */
export async function refresh(app: App, input: RefreshInput): Promise<Granted> {
  const appUserId = checkedAppUserId(input.appUserId);
  for (;;) {
    const grant = await usableGrant(app, appUserId, input.evenIfProposed ?? false);
    const margin = MARGIN_MS + Math.random() * JITTER_MS;
    if (isValid(app, grant, input.rejected, margin)) return granted(grant.link, grant.tokenSet);
    try {
      const refreshed = await once(app.store, grant.link.id, () => attempt(app, grant, input.rejected));
      if (refreshed) return refreshed;
    } catch (failure) {
      // A token that still works is better than an error that will pass.
      const passing = failure instanceof Failure && !(failure instanceof ReauthorizationRequired);
      if (passing && isValid(app, grant, input.rejected, 0)) return granted(grant.link, grant.tokenSet);
      throw failure;
    }
  }
}

/** One refresh, or undefined where the caller must read the row again. */
async function attempt(app: App, grant: Grant, rejected: string | undefined): Promise<Granted | undefined> {
  const { link, tokenSet } = grant;
  const { refreshToken } = tokenSet;
  if (refreshToken === undefined) return withoutRefreshToken(app, grant, rejected);

  const { leased } = grant;
  const unsure = grant.refreshSentAt !== undefined && !leased;
  // An earlier refresh was sent and never answered. To the end of the old access token that one is used; only then is
  // the old refresh token shown once more, because then there is nothing left to lose by it.
  if ((leased || unsure) && isValid(app, grant, rejected, 0)) return granted(link, tokenSet);
  if (leased) return waited();

  return app.provider.inTurn(() => leaseAndSpend(app, grant, refreshToken));
}

/**
 * Written before the token is spent: after a crash the row tells the truth, and a store that cannot be written says so
 * while nothing is lost yet.
 */
async function leaseAndSpend(app: App, { link }: Grant, refreshToken: string): Promise<Granted | undefined> {
  const lease = await app.store.leaseRefresh({
    linkId: link.id,
    version: link.version,
    owner: randomUUID(),
    forMs: 2 * app.provider.settings.timeoutMs,
  });
  if (!lease) return waited();
  return spend(app, link, lease, refreshToken);
}

/** From here on nobody can cancel: the token is spent and its answer must be kept. */
async function spend(
  app: App,
  read: Link,
  lease: RefreshLease,
  refreshToken: string,
): Promise<Granted | undefined> {
  let fresh: TokenSet;
  try {
    fresh = await app.provider.refresh({ refreshToken });
  } catch (failure) {
    await app.store.releaseRefresh(lease, isAnswer(failure) ? 'known' : 'unknown');
    app.log('refresh.failed', {
      link: lease.linkId,
      code: failure instanceof Failure ? failure.code : 'unforeseen',
    });
    if (!(failure instanceof ReauthorizationRequired || failure instanceof AccessRefusedError)) throw failure;
    // Somebody else may have won in the meantime: a refusal of their predecessor's token means nothing.
    const latest = await app.store.findGrant(lease.linkId);
    if (latest?.tokenSet.refreshToken !== refreshToken) return undefined;
    if (await refused(app, latest.link, failure)) throw failure;
    return undefined;
  }

  const link = await saved(app, lease, fresh);
  if (!link) return undefined;
  app.log('refresh.saved', { link: lease.linkId, refreshable: fresh.refreshToken !== undefined });
  return granted(link === 'kept' ? read : link, fresh);
}

/** Saved before anyone uses it. Undefined where the link was unlinked or granted anew while we waited for PKB. */
async function saved(app: App, lease: RefreshLease, fresh: TokenSet): Promise<Link | 'kept' | undefined> {
  try {
    return await app.store.commitRefresh(lease, fresh);
  } catch (cause) {
    throw new FaultError('refresh-not-saved', 'the refreshed tokens could not be stored', { cause });
  }
}

/** PKB sent none: the API session is about to end (PKB, "Code grant"). The access token is good to its end. */
async function withoutRefreshToken(
  app: App,
  grant: Grant,
  rejected: string | undefined,
): Promise<Granted | undefined> {
  if (isValid(app, grant, rejected, 0)) return granted(grant.link, grant.tokenSet);
  const ended = new ReauthorizationRequired('no-refresh-token', 'the API session has ended');
  if (await refused(app, grant.link, ended)) throw ended;
  return undefined;
}

async function usableGrant(app: App, appUserId: string, evenIfProposed: boolean): Promise<Grant> {
  const link = await app.store.findLink(appUserId);
  if (!link || (link.state === 'proposed' && !evenIfProposed)) {
    throw new InvalidRequestError('unknown-link', 'this account has no active link', {
      field: 'app_user_id',
    });
  }
  const grant = await app.store.findGrant(link.id);
  if (grant) return grant;
  throw new ReauthorizationRequired(
    (link.reason ?? 'api-session-expired') as ReauthorizationCode,
    'the grant has ended; the patient must grant again',
  );
}

function isValid(app: App, { tokenSet }: Grant, rejected: string | undefined, marginMs: number): boolean {
  return tokenSet.accessToken !== rejected && tokenSet.expiresAt.getTime() - marginMs > app.now().getTime();
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

function granted(link: Link, tokenSet: TokenSet): Granted {
  return { accessToken: tokenSet.accessToken, expiresAt: tokenSet.expiresAt, link };
}

async function waited(): Promise<undefined> {
  await delay(POLL_MS);
  return undefined;
}

const inFlight = new WeakMap<Store, Map<string, Promise<Granted | undefined>>>();

/** Callers of one process share one attempt per link; across processes the lease in the row does the same. */
function once(
  store: Store,
  linkId: string,
  work: () => Promise<Granted | undefined>,
): Promise<Granted | undefined> {
  const attempts = inFlight.get(store) ?? new Map<string, Promise<Granted | undefined>>();
  inFlight.set(store, attempts);
  const running = attempts.get(linkId);
  if (running) return running;
  const started = work().finally(() => attempts.delete(linkId));
  attempts.set(linkId, started);
  return started;
}
