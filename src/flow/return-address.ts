import type { App } from '../app.ts';
import { AuthorizationError } from '../errors.ts';
import type { LinkSession } from '../model.ts';

/** The way back to the partner's app: the registered address, the session's id, and what else is given. */
export function returnAddress(
  { returnUrl, id }: Pick<LinkSession, 'returnUrl' | 'id'>,
  more: Readonly<Record<string, string>> = {},
): string {
  // Not by `URL`: it would write a registered query, or the address of an app's own scheme, in its own way.
  const [address = '', ...fragment] = returnUrl.split('#');
  const query = new URLSearchParams({ session: id, ...more });
  return [`${address}${address.includes('?') ? '&' : '?'}${query}`, ...fragment].join('#');
}

/**
 * The way back that asks the partner's back end to say who is signed in there (`complete`).
 * @throws AuthorizationError `link-session-expired`
 */
export async function completionAddress(app: App, by: { readonly linkSessionId: string }): Promise<string> {
  const session = await app.store.findLinkSession({ id: by.linkSessionId });
  const secrets = await app.store.linkSessionSecrets(by.linkSessionId);
  if (!session || !secrets || session.expiresAt < app.now()) {
    throw new AuthorizationError('link-session-expired', 'the link session is over');
  }
  return returnAddress(session, { completion: secrets.completion });
}
