import type { App } from '../app.ts';
import type { Link } from '../model.ts';
import { checkedAppUserId } from './account.ts';

/** Who wanted it: the patient on a page, the operator on the command line, or nobody knows the record. */
export type UnlinkReason = 'asked' | 'not-my-record' | 'operator';

/**
 * Forgets the grant: destroys the tokens, keeps the history. A refresh in flight commits nothing afterwards.
 *
 * Nothing is said to PKB: it documents no revocation (RFC 7009), so its API session ends by itself, and what PKB holds
 * stays there. Pages that call this must say so.
 *
 * @returns the unlinked link, also where it was unlinked before; undefined where the account never had one
 * @throws InvalidRequestError `bad-input`
 */
export async function unlink(
  app: App,
  input: { readonly appUserId: string; readonly reason?: UnlinkReason },
): Promise<Link | undefined> {
  const appUserId = checkedAppUserId(input.appUserId);
  const reason = input.reason ?? 'asked';
  const existing = await app.store.findLink(appUserId);
  if (!existing) return app.store.findLastUnlinked(appUserId);

  const now = app.now();
  const unlinked = await app.store.transaction(async (tx) => {
    const changed = await tx.changeLink(existing.id, existing.version, {
      state: 'unlinked',
      reason,
      unlinkedAt: now,
      proposalExpiresAt: null,
      tokenSet: null,
    });
    const event = { type: 'link.unlinked', at: now, by: app.actor, reason } as const;
    if (changed) await tx.addEvent({ linkId: changed.id, ...event });
    return changed;
  });
  // Somebody else changed the link first (a refresh was saved): look again, the patient still wants it gone.
  if (!unlinked) return unlink(app, input);
  app.log('link.unlinked', { link: unlinked.id, reason });
  return unlinked;
}
