import type { App } from '../app.ts';
import { AuthorizationError } from '../errors.ts';
import type { PendingAuthorization } from '../model.ts';

/**
 * Somebody else is signed in than the one who asked for this grant: an address was sent on, or a device is shared. Nothing
 * of it may become a link of either. Destroys the code and the tokens and writes that down for the account that began.
 *
 * @returns the failure to throw
 */
export async function differentAccount(
  app: App,
  authorization: PendingAuthorization,
): Promise<AuthorizationError> {
  const reason = 'different-account';
  await app.store.transaction(async (tx) => {
    if (!(await tx.endPendingAuthorization(authorization.id, { step: 'refused', refusal: reason }))) return;
    const { appUserId, linkSessionId } = authorization;
    if (linkSessionId !== undefined) await tx.dropLinkSession(linkSessionId, reason);
    const event = { type: 'link.completion_refused', at: app.now(), by: app.actor, reason } as const;
    await tx.addEvent({ appUserId, ...event });
  });
  return new AuthorizationError(reason, 'another account started this authorization');
}
