import { randomBytes, randomUUID } from 'node:crypto';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { sha256 } from '../sha256.ts';
import { checkedAppUserId } from './account.ts';

export interface AuthorizationRequest {
  /** Where to send the patient's browser now, with a redirect. Carries `state`: do not log it. */
  readonly url: URL;
  /** Names this authorization in our own addresses and logs; not secret. */
  readonly authorizationId: string;
  readonly expiresAt: Date;
}

/**
 * Asks PKB for a grant: remembers a pending authorization and returns the address of PKB's grant screen
 * (RFC 6749 section 4.1.1; PKB, "Code grant").
 *
 * @param input.browserSession the secret in the browser's own cookie, at least 128 bits: only the browser that holds it
 * can finish.
 * @param input.returnTo one of `app.returnAddresses`; the first one where absent.
 * @throws InvalidRequestError `bad-input`, `return-to-not-allowed`
 */
export async function authorize(
  app: App,
  input: { readonly appUserId: string; readonly browserSession: string; readonly returnTo?: string },
): Promise<AuthorizationRequest> {
  const appUserId = checkedAppUserId(input.appUserId);
  if (input.browserSession.length < 22) {
    throw new InvalidRequestError('bad-input', 'the browser session needs 128 random bits or more', {
      field: 'browser_session',
    });
  }
  const returnTo = input.returnTo ?? app.returnAddresses[0];
  if (!app.returnAddresses.includes(returnTo)) {
    throw new InvalidRequestError('return-to-not-allowed', 'return_to is not a registered return address', {
      field: 'return_to',
    });
  }

  const { provider, store } = app;
  // 43 URL-safe characters. UPSTREAM: PKB states no limit for `state`; under 128 is assumed to come back whole.
  const state = randomBytes(32).toString('base64url');
  const codeVerifier = provider.newCodeVerifier();
  const createdAt = app.now();
  const expiresAt = new Date(createdAt.getTime() + app.pendingSeconds * 1000);
  const id = randomUUID();
  // Swept here, where rows are made, and not by a timer: a process that is asleep has nothing to sweep.
  await store.purgeExpired(createdAt);
  await store.addPendingAuthorization({
    id,
    appUserId,
    browserSessionHash: sha256(input.browserSession),
    stateHash: sha256(state),
    returnTo,
    redirectUri: provider.settings.redirectUri,
    createdAt,
    expiresAt,
    ...(codeVerifier !== undefined && { codeVerifier }),
  });
  app.log('authorization.asked', { authorization: id });
  return { url: await provider.authorizationUrl({ state, codeVerifier }), authorizationId: id, expiresAt };
}
