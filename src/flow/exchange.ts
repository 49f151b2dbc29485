import type { App } from '../app.ts';
import {
  AccessRefusedError,
  AuthorizationError,
  ConfigurationError,
  InvalidRequestError,
  refusalFrom,
  UpstreamUnavailableError,
} from '../errors.ts';
import type { PendingAuthorization } from '../model.ts';
import { sha256 } from '../sha256.ts';
import { differentAccount } from './different-account.ts';

/** Which authorization, and who says so: checked before anything is done with it. */
export interface AuthorizationOwner {
  readonly authorizationId: string;
  /** Who is signed in to the partner's app, now. */
  readonly appUserId: string;
  /** The secret in the browser's own cookie. */
  readonly browserSession?: string | undefined;
  /** In place of the browser: its link session, once completed, which says that this account is in front of it. */
  readonly linkSessionId?: string;
}

/**
 * Exchanges the code for tokens (RFC 6749 section 4.1.3) and keeps them sealed before anyone uses them.
 *
 * Only for the account and the browser that started: a link address sent to somebody else cannot put their record on
 * this account. PKB acts on at most one request per code, whatever happens; a second call finds what the first one did.
 *
 * @returns the authorization: `exchanged` or `finished`, or still `exchanging` where another call is at it right now
 * @throws InvalidRequestError `unknown-authorization`; AuthorizationError `different-browser`, `different-account`,
 * `code-rejected`, `exchange-interrupted` (no answer, or none that can be used: only a new grant helps);
 * UpstreamUnavailableError where PKB certainly did not act on it (429, no connection): call again; ConfigurationError; what refused it, where it was refused before
 */
export async function exchange(app: App, input: AuthorizationOwner): Promise<PendingAuthorization> {
  const authorization = await ownAuthorization(app, input);
  if (authorization.step === 'exchanging') return notInterrupted(app, authorization);
  if (authorization.step !== 'answered') return authorization;

  const taken = await app.store.takeCode(authorization.id, app.now());
  if (!taken) return takenElsewhere(app, input);

  let exchanged: PendingAuthorization | undefined;
  try {
    const tokenSet = await app.provider.exchange({
      code: taken.code,
      redirectUri: authorization.redirectUri,
      codeVerifier: taken.codeVerifier,
    });
    exchanged = await app.store.saveExchange(authorization.id, tokenSet);
    if (!exchanged) {
      throw new AuthorizationError('exchange-interrupted', 'the authorization ended while PKB was answering');
    }
  } catch (failure) {
    if (failure instanceof UpstreamUnavailableError && failure.notActedOn) {
      await app.store.giveCodeBack(authorization.id);
      throw failure;
    }
    // Whatever else went wrong, the code may be spent and must not be sent twice (RFC 6749 section 4.1.2).
    const refusal =
      failure instanceof AuthorizationError || failure instanceof AccessRefusedError
        ? failure.code
        : 'exchange-interrupted';
    await app.store.endPendingAuthorization(authorization.id, { step: 'refused', refusal });
    if (refusal !== 'exchange-interrupted' || failure instanceof ConfigurationError) throw failure;
    throw new AuthorizationError(refusal, 'the exchange has no answer that we can use', { cause: failure });
  }
  app.log('authorization.exchanged', { authorization: authorization.id });
  return exchanged;
}

/**
 * The authorization, if it is this account's and this browser's, and was not refused.
 * @throws as `exchange` says
 */
export async function ownAuthorization(app: App, input: AuthorizationOwner): Promise<PendingAuthorization> {
  const authorization = await app.store.findPendingAuthorization({ id: input.authorizationId });
  if (!authorization) {
    throw new InvalidRequestError(
      'unknown-authorization',
      'there is no such authorization, or not any more',
      {
        field: 'authorization',
      },
    );
  }
  if (!(await isOwnBrowser(app, authorization, input))) {
    throw new AuthorizationError('different-browser', 'another browser started this authorization');
  }
  if (authorization.appUserId !== input.appUserId) {
    // Somebody else is signed in than the one who asked for this grant. It must not become a link of either.
    throw await differentAccount(app, authorization);
  }
  if (authorization.step === 'refused') throw refusalFrom(authorization.refusal ?? 'exchange-interrupted');
  if (authorization.step === 'asked') {
    throw new AuthorizationError('state-unknown', 'PKB has not answered this authorization');
  }
  return authorization;
}

async function isOwnBrowser(
  app: App,
  authorization: PendingAuthorization,
  { browserSession, linkSessionId }: AuthorizationOwner,
): Promise<boolean> {
  if (linkSessionId === undefined) return authorization.browserSessionHash === sha256(browserSession ?? '');
  const linkSession = await app.store.findLinkSession({ id: linkSessionId });
  return linkSession?.completedAt !== undefined && authorization.linkSessionId === linkSessionId;
}

/** Another call was faster: tells where that one is. Or nobody was, and it is too late. */
async function takenElsewhere(app: App, input: AuthorizationOwner): Promise<PendingAuthorization> {
  const authorization = await ownAuthorization(app, input);
  if (authorization.step !== 'answered') return authorization;
  await app.store.endPendingAuthorization(authorization.id, { step: 'refused', refusal: 'state-expired' });
  throw new AuthorizationError('state-expired', 'this authorization was not finished in time');
}

/** A process that died while exchanging leaves its mark; its answer is lost and the code is spent. */
async function notInterrupted(app: App, authorization: PendingAuthorization): Promise<PendingAuthorization> {
  const startedAt = authorization.exchangeStartedAt?.getTime() ?? 0;
  if (app.now().getTime() - startedAt <= 2 * app.provider.settings.timeoutMs) return authorization;
  await app.store.endPendingAuthorization(authorization.id, {
    step: 'refused',
    refusal: 'exchange-interrupted',
  });
  throw refusalFrom('exchange-interrupted');
}
