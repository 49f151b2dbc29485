import type { App } from '../app.ts';
import { AuthorizationError, InvalidRequestError } from '../errors.ts';
import type { LinkSession } from '../model.ts';
import { sha256 } from '../sha256.ts';

/**
 * A browser arrives by the address of a link session. Until a grant has been asked for it may be another one each time (a
 * mail app's own browser first, then a real one, or another device): the newest one has the session.
 *
 * @throws InvalidRequestError `unknown-link-session`; AuthorizationError `link-session-expired`, `link-session-used` where it
 * was completed or dropped, or is under way in another browser
 */
export async function arrive(
  app: App,
  input: { readonly secret: string; readonly browserSession: string },
): Promise<LinkSession> {
  const secretHash = sha256(input.secret);
  const now = app.now();
  const browserSessionHash = sha256(input.browserSession);
  const arrived = await app.store.arriveAtLinkSession({ secretHash, browserSessionHash, now });
  if (arrived) return arrived;

  const known = await app.store.findLinkSession({ secretHash });
  if (!known) throw new InvalidRequestError('unknown-link-session', 'no link session has this address');
  if (known.expiresAt >= now && (known.completedAt || known.refusal !== undefined || known.askedAt)) {
    throw new AuthorizationError('link-session-used', 'the link session is used, or is another browser’s');
  }
  throw new AuthorizationError('link-session-expired', 'the link session is over');
}
