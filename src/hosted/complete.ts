import type { App } from '../app.ts';
import { AuthorizationError, InvalidRequestError, refusalFrom } from '../errors.ts';
import { checkedAppUserId } from '../flow/account.ts';
import type { LinkSession, PendingAuthorization } from '../model.ts';
import { sameSecret } from '../sha256.ts';
import { knownLinkSession } from './link-session.ts';

/** How long the browser is the account's once it has been vouched for. */
const VOUCHED_MS = 30 * 60 * 1000;

export interface Completed {
  readonly linkSession: LinkSession;
  /** The answered authorization that may be finished now. Absent for a session that only looks after a link. */
  readonly authorizationId?: string;
  /** What the browser must bring to be vouched for, from whoever is signed in at the partner's app. */
  readonly vouching: string;
}

/**
 * The partner's back end says who is signed in in the browser that brought `completion`: the one moment at which somebody
 * who knows decides that the same person has finished who began. Exchanges nothing itself; `finish` does, from here on.
 *
 * The same completion by the same account again is the same success.
 *
 * @throws InvalidRequestError `bad-input`, `unknown-link-session`, `wrong-completion`; AuthorizationError
 * `link-session-expired`; `different-account` where another account began: the code and the session are dropped
 */
export async function complete(
  app: App,
  input: { readonly linkSessionId: string; readonly appUserId: string; readonly completion: string },
): Promise<Completed> {
  const appUserId = checkedAppUserId(input.appUserId);
  const id = input.linkSessionId;
  const session = await knownLinkSession(app, id);
  if (session.refusal !== undefined) throw refusalFrom(session.refusal);
  const now = app.now();
  const secrets = await app.store.linkSessionSecrets(id);
  if (!secrets || session.expiresAt < now) {
    throw new AuthorizationError('link-session-expired', 'the link session is over');
  }
  // Before the account: who knows the session's id, which is in addresses, could end it otherwise.
  const answered = session.page === 'link' ? await answeredAuthorization(app, id) : undefined;
  const browserSessionHash = answered?.browserSessionHash ?? session.browserSessionHash;
  if (!sameSecret(input.completion, secrets.completion) || browserSessionHash === undefined) {
    throw new InvalidRequestError('wrong-completion', 'this is not the completion of this link session', {
      field: 'completion',
    });
  }
  if (session.appUserId !== appUserId) throw await refuseCompletion(app, session, answered);

  const expiresAt = new Date(now.getTime() + VOUCHED_MS);
  if (!session.completedAt) {
    const first = await app.store.completeLinkSession({ id, browserSessionHash, now, expiresAt });
    if (first) app.log('link_session.completed', { link_session: id });
    else return complete(app, input);
  }
  return {
    linkSession: session,
    ...(answered && { authorizationId: answered.id }),
    vouching: secrets.vouching,
  };
}

async function answeredAuthorization(app: App, linkSessionId: string): Promise<PendingAuthorization> {
  const authorization = await app.store.findPendingAuthorization({ linkSessionId });
  if (authorization && authorization.step !== 'asked') return authorization;
  throw new InvalidRequestError('wrong-completion', 'PKB has not answered in this link session', {
    field: 'completion',
  });
}

/** The address was sent on, or a device is shared. Nothing of it may become a link of either account. */
async function refuseCompletion(
  app: App,
  { id, appUserId }: LinkSession,
  answered: PendingAuthorization | undefined,
): Promise<AuthorizationError> {
  const reason = 'different-account';
  await app.store.transaction(async (tx) => {
    // One that is completed already is the right account's, which loses nothing by whoever comes after.
    const dropped = await tx.dropLinkSession(id, reason);
    if (dropped && answered) {
      await tx.endPendingAuthorization(answered.id, { step: 'refused', refusal: reason });
    }
    const event = { type: 'link.completion_refused', at: app.now(), by: app.actor, reason } as const;
    await tx.addEvent({ appUserId, ...event });
  });
  return new AuthorizationError(reason, 'another account began this link session');
}
