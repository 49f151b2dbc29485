import type { App } from '../app.ts';
import { AuthorizationError, InvalidRequestError } from '../errors.ts';
import type { LinkSession } from '../model.ts';
import { sameSecret, sha256 } from '../sha256.ts';
import { knownLinkSession } from './link-session.ts';

/**
 * Tells whether a browser is the account's: it has been at PKB in this link session, and it brings what `complete` gave to the
 * partner's back end for it. Asked at each page that shows what is the patient's.
 *
 * Both are needed. The cookie alone may be that of somebody who was sent a patient's address and granted their own record;
 * the proof alone may be with somebody whose browser has never been at PKB.
 *
 * @returns the link session, completed and not over
 * @throws InvalidRequestError `unknown-link-session`; AuthorizationError `link-session-expired`, `different-browser`
 */
export async function vouch(
  app: App,
  input: {
    readonly linkSessionId: string;
    readonly vouching: string;
    readonly browserSession: string | undefined;
  },
): Promise<LinkSession> {
  const id = input.linkSessionId;
  const session = await knownLinkSession(app, id);
  const secrets = await app.store.linkSessionSecrets(id);
  if (!secrets || session.expiresAt < app.now()) {
    throw new AuthorizationError('link-session-expired', 'the link session is over');
  }
  if (!session.completedAt || !sameSecret(secrets.vouching, input.vouching)) {
    throw new InvalidRequestError('unknown-link-session', 'no link session has this address');
  }
  if (session.browserSessionHash !== sha256(input.browserSession ?? '')) {
    throw new AuthorizationError('different-browser', 'another browser was in this link session');
  }
  return session;
}
