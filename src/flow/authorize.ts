import { randomBytes, randomUUID } from 'node:crypto';
import type { App } from '../app.ts';
import { AuthorizationError, InvalidRequestError } from '../errors.ts';
import type { ExpectedIdentity } from '../model.ts';
import { sha256 } from '../sha256.ts';
import { checkedAppUserId } from './account.ts';
import { checkedExpected } from './compare.ts';
import { purgeExpired } from './purge-expired.ts';

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
 * @param input.expected whom the partner takes the account's owner to be: a record of somebody else is then not proposed.
 * @param input.linkSessionId the link session of this browser, where nobody has vouched for the account yet.
 * @throws InvalidRequestError `bad-input`, `return-to-not-allowed`; AuthorizationError `link-session-used` where the
 * session is not this browser's, or not any more
 */
export async function authorize(
  app: App,
  input: {
    readonly appUserId: string;
    readonly browserSession: string;
    readonly returnTo?: string;
    readonly expected?: ExpectedIdentity;
    readonly linkSessionId?: string;
  },
): Promise<AuthorizationRequest> {
  const appUserId = checkedAppUserId(input.appUserId);
  if (input.browserSession.length < 22) {
    throw new InvalidRequestError('bad-input', 'the browser session needs 128 random bits or more', {
      field: 'browser_session',
    });
  }
  const expected = input.expected && checkedExpected(input.expected);
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
  await purgeExpired(app, createdAt);
  const { linkSessionId } = input;
  const browserSessionHash = sha256(input.browserSession);
  await store.transaction(async (tx) => {
    if (linkSessionId !== undefined) {
      const asking = { id: linkSessionId, browserSessionHash, now: createdAt, expiresAt };
      if (!(await tx.askInLinkSession(asking))) {
        throw new AuthorizationError('link-session-used', 'the link session is not open in this browser');
      }
    }
    await tx.addPendingAuthorization({
      id,
      appUserId,
      browserSessionHash,
      stateHash: sha256(state),
      returnTo,
      redirectUri: provider.settings.redirectUri,
      createdAt,
      expiresAt,
      ...(codeVerifier !== undefined && { codeVerifier }),
      ...(expected && { expected }),
      ...(linkSessionId !== undefined && { linkSessionId }),
    });
  });
  app.log('authorization.asked', { authorization: id });
  return { url: await provider.authorizationUrl({ state, codeVerifier }), authorizationId: id, expiresAt };
}
