import type { App } from '../app.ts';
import { AuthorizationError, IdentityConflictError, InvalidRequestError } from '../errors.ts';
import type { Link } from '../model.ts';
import { AlreadyLinked } from '../storage/store.ts';
import { checkedAppUserId } from './account.ts';

/**
 * The patient says "yes, this is my record": the proposed pair becomes an active link.
 *
 * @param input.linkId the proposal that the patient was shown; a proposal of another tab is not confirmed by mistake.
 * @returns the active link; confirming it again is a success
 * @throws InvalidRequestError `unknown-link`, `bad-input`; AuthorizationError `proposal-expired`; IdentityConflictError
 * `linked-to-another-account` where another account has confirmed this record in the meantime
 */
export async function link(
  app: App,
  input: { readonly appUserId: string; readonly linkId: string },
): Promise<Link> {
  const appUserId = checkedAppUserId(input.appUserId);
  const proposed = await app.store.findLinkById(input.linkId);
  if (!proposed || proposed.appUserId !== appUserId || proposed.state === 'unlinked') {
    throw new InvalidRequestError('unknown-link', 'this account has no such link', { field: 'link' });
  }
  if (proposed.state !== 'proposed') return proposed;

  const now = app.now();
  if (proposed.proposalExpiresAt && proposed.proposalExpiresAt <= now) {
    throw new AuthorizationError('proposal-expired', 'nobody confirmed this proposal in time');
  }
  try {
    const active = await app.store.transaction(async (tx) => {
      const changed = await tx.changeLink(proposed.id, proposed.version, {
        state: 'active',
        confirmedAt: now,
        proposalExpiresAt: null,
      });
      if (changed)
        await tx.addEvent({
          linkId: changed.id,
          appUserId: changed.appUserId,
          type: 'link.active',
          at: now,
          by: app.actor,
        });
      return changed;
    });
    if (!active) return link(app, input);
    app.log('link.active', { link: active.id });
    return active;
  } catch (cause) {
    if (!(cause instanceof AlreadyLinked)) throw cause;
    await dropProposal(app, proposed);
    throw new IdentityConflictError('linked-to-another-account', 'another account is linked to this record', {
      cause,
    });
  }
}

/** What can never be confirmed must not keep tokens. */
async function dropProposal(app: App, proposed: Link): Promise<void> {
  const now = app.now();
  const reason = 'linked-to-another-account';
  await app.store.transaction(async (tx) => {
    const dropped = await tx.changeLink(proposed.id, proposed.version, {
      state: 'unlinked',
      reason,
      unlinkedAt: now,
      tokenSet: null,
    });
    if (dropped)
      await tx.addEvent({
        linkId: proposed.id,
        appUserId: proposed.appUserId,
        type: 'link.unlinked',
        at: now,
        by: app.actor,
        reason,
      });
  });
}
