import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import type { LinkSession } from '../model.ts';

/**
 * `made`: nobody came. `opened`: a browser is at our pages. `asked`: it is at PKB. `answered`: PKB granted, and the partner's
 * back end has not completed yet. `completed`: it has. `refused`: another account was signed in. `expired`: too late.
 */
export type LinkSessionState = 'made' | 'opened' | 'asked' | 'answered' | 'completed' | 'refused' | 'expired';

export interface LinkSessionOutcome {
  readonly linkSession: LinkSession;
  readonly state: LinkSessionState;
  /** Why the latest attempt came to nothing (a failure's code). While `opened`, the patient may still try again. */
  readonly failure?: string;
}

/**
 * How far a link session has come. Changes nothing.
 * @throws InvalidRequestError `unknown-link-session`, also a day after it was over
 */
export async function linkSession(
  app: App,
  input: { readonly linkSessionId: string },
): Promise<LinkSessionOutcome> {
  const session = await knownLinkSession(app, input.linkSessionId);
  const attempt = await app.store.findPendingAuthorization({ linkSessionId: session.id });
  const failure = session.refusal ?? attempt?.refusal;
  return {
    linkSession: session,
    state: stateOf(session, attempt?.step, app.now()),
    ...(failure !== undefined && { failure }),
  };
}

/** @throws InvalidRequestError `unknown-link-session`, also for an id that none can have: PostgreSQL fails on some of them */
export async function knownLinkSession(app: App, id: string): Promise<LinkSession> {
  const session = /^[0-9a-f-]{36}$/.test(id) ? await app.store.findLinkSession({ id }) : undefined;
  if (session) return session;
  throw new InvalidRequestError('unknown-link-session', 'there is no such link session', { field: 'id' });
}

function stateOf(session: LinkSession, step: string | undefined, now: Date): LinkSessionState {
  if (session.refusal !== undefined) return 'refused';
  if (session.completedAt) return 'completed';
  if (session.expiresAt < now) return 'expired';
  if (step === undefined || step === 'refused') return session.browserSessionHash ? 'opened' : 'made';
  return step === 'asked' ? 'asked' : 'answered';
}
