import type { App } from '../app.ts';
import { AuthorizationError, type Failure, InvalidRequestError } from '../errors.ts';
import type { PendingAuthorization } from '../model.ts';
import { sha256 } from '../sha256.ts';
import type { AuthorizationAnswer } from '../storage/store.ts';
import { differentAccount } from './different-account.ts';

/** Where an answer belongs. */
export interface Answered {
  readonly authorizationId: string;
  /** The link session that it was asked for in: its back end must say who this is before the code is exchanged. */
  readonly linkSessionId?: string;
  /** The same answer came before. */
  readonly repeated: boolean;
}

/** What is read of PKB's redirect, and how many characters each may have. */
export const CALLBACK_PARAMETERS = { state: 512, code: 4096, error: 256 } as const;

export interface CallbackInput {
  /** The query that PKB's redirect arrived with. */
  readonly parameters: URLSearchParams;
  /** The secret in the cookie of the browser that arrived. */
  readonly browserSession: string | undefined;
  /** Who is signed in, where that is known by now; `exchange` asks again in any case. */
  readonly appUserId?: string;
}

/**
 * Takes PKB's answer at the redirect address (RFC 6749 section 4.1.2). Keeps the code sealed for `exchange`, so the
 * browser can go to a clean address at once.
 *
 * The same answer again from the same browser (a double click, a reload, the back button) leads to the same authorization,
 * and so does any other code while that one is under way. Afterwards a used state with another code is refused.
 *
 * @throws InvalidRequestError `bad-input`; AuthorizationError `access-denied`, `state-unknown`, `state-used`,
 * `state-expired`, `different-browser`, `different-account`; UpstreamUnavailableError and ConfigurationError where PKB
 * says that it is at fault, or we are
 */
export async function callback(app: App, input: CallbackInput): Promise<Answered> {
  const state = single(input.parameters, 'state');
  const code = single(input.parameters, 'code');
  const error = single(input.parameters, 'error');
  const refused = error === undefined ? undefined : app.provider.authorizationRefusal(error);
  if (code === undefined && !refused) {
    throw new InvalidRequestError('bad-input', 'the answer has neither code nor error', { field: 'code' });
  }
  if (state === undefined) {
    // UPSTREAM: whether a refusal carries `state` is not documented. Without it nobody knows whose it is, so nothing
    // pending is touched; it expires by itself.
    throw refused ?? new InvalidRequestError('bad-input', 'the answer has no state', { field: 'state' });
  }

  const answer: AuthorizationAnswer =
    refused || code === undefined ? { refusal: refusalOf(refused) } : { code };
  const stateHash = sha256(state);
  const taken = await app.store.takePendingAuthorization({
    stateHash,
    browserSessionHash: sha256(input.browserSession ?? ''),
    answer,
    now: app.now(),
    ...(input.appUserId !== undefined && { appUserId: input.appUserId }),
  });
  if (!taken) return whyNotTaken(app, input, { stateHash, answer, refused });
  app.log('authorization.answered', { authorization: taken.id, granted: 'code' in answer });
  if (refused) throw refused;
  return answeredAs(taken, false);
}

interface Refused {
  readonly stateHash: string;
  readonly answer: AuthorizationAnswer;
  readonly refused: Failure | undefined;
}

async function whyNotTaken(
  app: App,
  input: CallbackInput,
  { stateHash, answer, refused }: Refused,
): Promise<Answered> {
  const known = await app.store.findPendingAuthorization({ stateHash });
  if (!known) throw new AuthorizationError('state-unknown', 'no authorization has this state');
  if (known.browserSessionHash !== sha256(input.browserSession ?? '')) {
    // Perhaps somebody was sent the address of PKB's grant screen. Their code is not kept; whose address it was is told.
    const { appUserId } = known;
    const reason = 'different-browser';
    await app.store.addEvent({
      appUserId,
      type: 'link.completion_refused',
      at: app.now(),
      by: app.actor,
      reason,
    });
    throw new AuthorizationError(reason, 'another browser started this authorization');
  }
  if (input.appUserId !== undefined && input.appUserId !== known.appUserId) {
    throw await differentAccount(app, known);
  }
  if (known.step === 'asked') {
    throw new AuthorizationError('state-expired', 'this authorization was not finished in time');
  }
  if ('code' in answer && (isUnderWay(known) || (await app.store.wasAnsweredWith(known.id, answer.code)))) {
    return answeredAs(known, true);
  }
  if (refused && 'refusal' in answer && known.refusal === answer.refusal) throw refused;
  throw new AuthorizationError('state-used', 'this state was answered before, otherwise');
}

function answeredAs({ id, linkSessionId }: PendingAuthorization, repeated: boolean): Answered {
  return { authorizationId: id, ...(linkSessionId !== undefined && { linkSessionId }), repeated };
}

/** What the pending authorization ends in. Where PKB or we are at fault it is not the patient who refused. */
function refusalOf(refused: Failure | undefined): string {
  return refused instanceof AuthorizationError ? refused.code : 'exchange-interrupted';
}

/** Approve pressed again while we finish brings a second code. The first one stands; the second is never sent anywhere. */
function isUnderWay({ step }: PendingAuthorization): boolean {
  return step === 'answered' || step === 'exchanging' || step === 'exchanged';
}

function single(parameters: URLSearchParams, name: keyof typeof CALLBACK_PARAMETERS): string | undefined {
  const values = parameters.getAll(name);
  const [value] = values;
  if (values.length > 1) {
    throw new InvalidRequestError('bad-input', `${name} is there more than once`, { field: name });
  }
  if (value !== undefined && value.length > CALLBACK_PARAMETERS[name]) {
    throw new InvalidRequestError('bad-input', `${name} is too long`, { field: name });
  }
  return value === '' ? undefined : value;
}
