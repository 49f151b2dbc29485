import type { FailureCode } from '../errors.ts';
import type { NextStep } from '../pages/problem.ts';
import type { Texts } from '../pages/texts.ts';

/** What a failure is called outside: the status everywhere, the title of its text too, the rest on the patient's page. */
export interface FailureAnswer {
  readonly status: 400 | 403 | 404 | 409 | 500 | 503;
  readonly text: keyof Texts['failures'];
  readonly next: NextStep;
}

const reauthorize: FailureAnswer = { status: 409, text: 'grantEnded', next: 'reauthorize' };
const refusedForNow: FailureAnswer = { status: 403, text: 'refusedForNow', next: 'connection' };
const unavailable: FailureAnswer = { status: 503, text: 'away', next: 'later' };
const operator: FailureAnswer = { status: 500, text: 'notSetUp', next: 'support' };
const fault: FailureAnswer = { status: 500, text: 'ourFault', next: 'support' };

/** Every failure as the world sees it. The other way round, PKB's words to failures, is the provider's table. */
export const FAILURE_ANSWERS: Readonly<Record<FailureCode, FailureAnswer>> = {
  'bad-input': { status: 400, text: 'unreadable', next: 'connection' },
  'unknown-link': { status: 404, text: 'linkGone', next: 'connection' },
  'unknown-authorization': { status: 404, text: 'startedLongAgo', next: 'start' },
  'not-found': { status: 404, text: 'notThere', next: 'connection' },
  'refused-by-pkb': { status: 400, text: 'notTaken', next: 'connection' },
  'unknown-link-session': { status: 404, text: 'fromTheApp', next: 'app' },
  'wrong-completion': { status: 400, text: 'notCompleted', next: 'app' },
  'return-to-not-allowed': { status: 400, text: 'returnNotAllowed', next: 'connection' },

  'access-denied': { status: 400, text: 'denied', next: 'start' },
  'state-unknown': { status: 400, text: 'notStartedHere', next: 'start' },
  'state-used': { status: 400, text: 'alreadyDone', next: 'connection' },
  'state-expired': { status: 400, text: 'tooLate', next: 'start' },
  'different-browser': { status: 400, text: 'differentBrowser', next: 'start' },
  'different-account': { status: 400, text: 'differentAccount', next: 'start' },
  'code-rejected': { status: 400, text: 'notFinishedByPkb', next: 'start' },
  'exchange-interrupted': { status: 400, text: 'interrupted', next: 'start' },
  'link-session-expired': { status: 400, text: 'appTooLate', next: 'app' },
  'link-session-used': { status: 400, text: 'usedLink', next: 'app' },
  'proposal-expired': { status: 400, text: 'confirmedTooLate', next: 'start' },

  'api-session-expired': reauthorize,
  'api-session-invalid': reauthorize,
  'refresh-token-rejected': reauthorize,
  'no-refresh-token': reauthorize,

  'access-frozen': refusedForNow,
  'access-refused': refusedForNow,
  'user-type-not-permitted': { status: 403, text: 'notForPatients', next: 'start' },

  'not-a-patient': { status: 409, text: 'noPatientRecord', next: 'start' },
  'linked-to-another-account': { status: 409, text: 'otherAccount', next: 'support' },
  'different-patient': { status: 409, text: 'otherRecord', next: 'support' },
  'demographics-mismatch': { status: 409, text: 'detailsDiffer', next: 'support' },

  network: unavailable,
  timeout: unavailable,
  'server-error': unavailable,
  'grants-ending': unavailable,
  'rate-limited': { status: 503, text: 'busy', next: 'later' },

  'bad-configuration': operator,
  'invalid-client': operator,
  'redirect-uri-not-registered': operator,
  'authorization-request-rejected': operator,
  'no-encryption-key': operator,
  'store-unusable': operator,

  'unexpected-response': fault,
  'refresh-not-saved': fault,
  'seal-unreadable': fault,
  'audit-trail-broken': fault,
  'store-unavailable': { status: 503, text: 'serviceAway', next: 'later' },
  unforeseen: fault,
};

export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURE_ANSWERS, text);
}
