/** What the operator reads in place of our codes, and what they can tell the patient. */

import type { GrantHealth, LinkEvent, LinkEventType, LinkState } from '../model.ts';
import type { AttemptStep } from '../storage/console.ts';

export const STEPS: Readonly<Record<AttemptStep, string>> = {
  started: 'Started',
  asked: 'Left for PKB',
  answered: 'Came back',
  exchanged: 'Exchanged',
  identified: 'Identified',
  confirmed: 'Confirmed',
};

export const STATES: Readonly<
  Record<LinkState, { readonly name: string; readonly means: string; readonly tell: string }>
> = {
  proposed: {
    name: 'Proposed',
    means: 'PKB told us whose record it is; the patient has not yet said “yes, this is my record”.',
    tell: 'Open the app, check the record that is shown, and press “Yes, this is my record”.',
  },
  active: {
    name: 'Active',
    means: 'The record is connected.',
    tell: 'Your record is connected. If something in it is missing, PKB or your care team can say why.',
  },
  suspended: {
    name: 'Suspended',
    means: 'PKB refuses for now, for instance because access to the record is frozen. The grant is kept.',
    tell: 'PKB has paused access to your record. Nothing needs to be done in the app; PKB’s support knows more.',
  },
  reauthorization_required: {
    name: 'Needs the patient',
    means: 'The grant has ended. The account and its record still belong together.',
    tell: 'Open the app and connect your record again. It takes a minute and nothing is lost.',
  },
  unlinked: {
    name: 'Unlinked',
    means: 'It is over: the tokens are destroyed.',
    tell: 'Your record is not connected any more. You can connect it again in the app at any time.',
  },
};

export const HEALTHS: Readonly<Record<GrantHealth, string>> = {
  fresh: 'nothing is in doubt',
  refreshing: 'a refresh is under way',
  unsure: 'a refresh was sent and never answered; the next one tells',
  ended: 'no token is left',
};

interface Ending {
  /** Ends a sentence that begins with how many they were. */
  readonly why: string;
  readonly tell: string;
}

const again = 'Please try again from the app.';

/** Why an attempt came no further, or why a link is what it is. */
const ENDINGS: Readonly<Record<string, Ending>> = {
  'never-opened': {
    why: 'never opened the address',
    tell: 'Please open the app and begin to connect there.',
  },
  'never-asked': { why: 'opened the first page and went no further', tell: again },
  'never-came-back': {
    why: 'did not come back from PKB in time',
    tell: 'You went to PKB and did not come back. If you had no record there yet, get one first; then try again from the app.',
  },
  'access-denied': {
    why: 'said no at PKB',
    tell: 'At PKB you did not approve. If that was a mistake, try again from the app.',
  },
  'state-expired': { why: 'came back and did not finish in time', tell: again },
  'code-rejected': { why: 'met a PKB that did not accept its own code', tell: again },
  'exchange-interrupted': { why: 'got no answer of PKB that can be used', tell: again },
  'different-account': {
    why: 'came back signed in to another account',
    tell: 'You came back signed in as somebody else. Sign in as yourself and try again, on your own device.',
  },
  'different-browser': { why: 'came back in another browser', tell: 'Begin and finish in the same browser.' },
  'link-session-expired': { why: 'took too long', tell: again },
  'not-a-patient': {
    why: 'logged in to PKB with an account that is no patient’s',
    tell: 'The PKB account you used has no record of its own. Log in to PKB with the account that you see your own record with.',
  },
  'user-type-not-permitted': {
    why: 'logged in to PKB with an account that may not use apps',
    tell: 'Log in to PKB with the account that you see your own record with.',
  },
  'linked-to-another-account': {
    why: 'granted a record that is connected to another account',
    tell: 'Your record is connected to another account of the app, perhaps an older one of yours. Disconnect it there first.',
  },
  'different-patient': {
    why: 'granted another record than the account’s',
    tell: 'You granted another record than the one you are connected to. Log in to PKB as yourself, or disconnect first.',
  },
  'demographics-mismatch': {
    why: 'granted a record whose details differ from the app’s',
    tell: 'Your details at PKB differ from those that the app holds. Compare name, date of birth and NHS number.',
  },
  'access-frozen': {
    why: 'met a record to which PKB has frozen access',
    tell: 'PKB has paused access to your record.',
  },
  'access-refused': { why: 'met a refusal of PKB', tell: 'PKB refuses access. PKB’s support knows more.' },
  'proposal-expired': {
    why: 'did not say in time whether it is their record',
    tell: 'You did not confirm your record in time. Please try again from the app.',
  },
  'not-my-record': {
    why: 'said “this is not my record”',
    tell: 'You said that the record was not yours. Log in to PKB as yourself and try again.',
  },
  superseded: { why: 'granted another record before confirming this one', tell: again },
  asked: {
    why: 'the patient asked for it',
    tell: 'You disconnected your record. You can connect it again in the app.',
  },
  operator: {
    why: 'an operator did it',
    tell: 'Support disconnected your record. You can connect it again in the app.',
  },
  imported: { why: 'taken over from another system', tell: 'Your record is connected.' },
  'api-session-expired': {
    why: 'PKB’s session has ended, as it does after a time',
    tell: STATES.reauthorization_required.tell,
  },
  'api-session-invalid': { why: 'PKB ended its session', tell: STATES.reauthorization_required.tell },
  'refresh-token-rejected': {
    why: 'PKB did not accept the refresh token',
    tell: STATES.reauthorization_required.tell,
  },
  'no-refresh-token': { why: 'there is no refresh token', tell: STATES.reauthorization_required.tell },
  'session-length': { why: 'by how long PKB’s sessions last', tell: STATES.active.tell },
};

/** A code that is not in the table says what it says by itself. */
export function endingOf(code: string): Ending {
  return ENDINGS[code] ?? { why: code, tell: again };
}

const EVENTS: Readonly<Record<LinkEventType, string>> = {
  'link.proposed': 'The patient granted access, and PKB told us whose record it is.',
  'link.active': 'The patient said “yes, this is my record”: the link is active.',
  'link.recovered': 'The link is active again: the patient granted access anew, or PKB answers again.',
  'link.session_ending': 'PKB’s session is about to end; the app was told.',
  'link.suspended': 'PKB refuses for now; the grant is kept.',
  'link.reauthorization_required': 'The grant has ended; the patient must grant again.',
  'link.unlinked': 'Unlinked: the tokens were destroyed.',
  'link.completion_refused': 'Somebody else came back than the one who began. Nothing was linked.',
  'link.identity_conflict': 'The record could not be linked. Nothing was changed.',
};

/** One line of the timeline. */
export function told({ type, reason }: LinkEvent): string {
  if (type === 'link.active' && reason === 'imported') return 'Taken over from another system as active.';
  const sentence = EVENTS[type];
  return reason === undefined ? sentence : `${sentence} Why: ${endingOf(reason).why}.`;
}
