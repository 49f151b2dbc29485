import type { App } from '../app.ts';
import { type AccessRefusedError, type Failure, ReauthorizationRequired } from '../errors.ts';
import type { Link } from '../model.ts';

/** True where `failure` speaks about the grant itself, and not only about what was asked for. */
export function concernsGrant(failure: Failure): failure is ReauthorizationRequired | AccessRefusedError {
  return failure instanceof ReauthorizationRequired || failure.code === 'access-frozen';
}

/**
 * What a refusal of PKB does to a link; the only place where a grant ends.
 *
 * An explicit end of the grant ends it: its tokens are of no use and are destroyed. A frozen access suspends a link and
 * keeps the tokens; a proposal stays one. Nothing else changes anything.
 *
 * @param asked the link as it was when PKB was asked.
 * @returns false where the link has changed since: somebody has newer tokens, the refusal concerns old ones and nothing
 * was done; read again.
 */
export async function refused(app: App, asked: Link, failure: Failure): Promise<boolean> {
  if (!concernsGrant(failure)) return true;
  const state = failure instanceof ReauthorizationRequired ? 'reauthorization_required' : 'suspended';
  if (asked.state === state) return true;
  // Suspended is a state of a link that the patient has said yes to: from there it would become active without asking.
  if (asked.state === 'proposed' && state === 'suspended') return true;

  const now = app.now();
  // A proposal that PKB has ended cannot be confirmed any more; it is not a link that the patient could get back.
  const next = asked.state === 'proposed' ? 'unlinked' : state;
  const changed = await app.store.transaction(async (tx) => {
    const after = await tx.changeLink(asked.id, asked.version, {
      state: next,
      reason: failure.code,
      ...(next === 'unlinked' && { unlinkedAt: now }),
      ...(next !== 'suspended' && { tokenSet: null }),
    });
    const event = { type: `link.${next}`, at: now, by: 'service', reason: failure.code } as const;
    if (after) await tx.addEvent({ linkId: asked.id, ...event });
    return after;
  });
  if (changed) app.log(`link.${next}`, { link: asked.id, reason: failure.code });
  return changed !== undefined;
}
