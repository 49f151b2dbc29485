import type { FailureCode } from '../errors.ts';

/** Where the one button of a problem page leads. */
export type NextStep = 'start' | 'reauthorize' | 'connection' | 'app' | 'later' | 'support';

/** What a failure is called outside: the status and title everywhere, the rest on the patient's page. */
export interface FailureAnswer {
  readonly status: 400 | 403 | 404 | 409 | 500 | 503;
  readonly title: string;
  readonly happened: string;
  readonly kept: string;
  readonly advice: string;
  readonly next: NextStep;
}

const NOTHING_CHANGED = 'Nothing was changed, and nothing is lost.';
const NOT_CONNECTED = 'Your record was not connected. Nothing is lost.';

const reauthorize: FailureAnswer = {
  status: 409,
  title: 'Connect your PKB record again',
  happened:
    'Patients Know Best (PKB) has ended our access to your record. This can happen from time to time.',
  kept: 'Nothing in your PKB record has changed.',
  advice: 'Log in to PKB and approve once more.',
  next: 'reauthorize',
};

const refusedForNow: FailureAnswer = {
  status: 403,
  title: 'We cannot see your PKB record for now',
  happened: 'Patients Know Best (PKB) is not letting us see your record for now.',
  kept: 'Nothing is lost. If you were connected before, you still are.',
  advice: 'You do not need to do anything. If you want to know more, ask the team that looks after you.',
  next: 'connection',
};

const unavailable: FailureAnswer = {
  status: 503,
  title: 'PKB is not answering',
  happened: 'Patients Know Best (PKB) is not answering right now.',
  kept: NOTHING_CHANGED,
  advice: 'Wait a few minutes, then try again.',
  next: 'later',
};

const operator: FailureAnswer = {
  status: 500,
  title: 'There is a problem with this service',
  happened: 'This service is not set up as it should be. You did nothing wrong.',
  kept: 'Nothing in your PKB record has changed. If you were connected before, you still are.',
  advice: 'We have made a note of it. If it happens again, ask for help and give the reference below.',
  next: 'support',
};

const fault: FailureAnswer = {
  ...operator,
  title: 'Something went wrong',
  happened: 'Something happened that we did not expect. You did nothing wrong.',
};

/** Every failure as the world sees it. The other way round, PKB's words to failures, is the provider's table. */
export const FAILURE_ANSWERS: Readonly<Record<FailureCode, FailureAnswer>> = {
  'bad-input': {
    status: 400,
    title: 'We could not read that request',
    happened: 'Something that your browser sent us was missing, too long, or not what we expected.',
    kept: NOTHING_CHANGED,
    advice: 'Go back to your connection and try again from there.',
    next: 'connection',
  },
  'unknown-link': {
    status: 404,
    title: 'That connection is not there any more',
    happened: 'It may have been ended, or replaced by a newer one in another window.',
    kept: NOTHING_CHANGED,
    advice: 'Look at your connection as it is now.',
    next: 'connection',
  },
  'unknown-authorization': {
    status: 404,
    title: 'We could not find what you started',
    happened: 'You may have started to connect too long ago.',
    kept: NOT_CONNECTED,
    advice: 'If you still want to connect your record, start again.',
    next: 'start',
  },
  'return-to-not-allowed': {
    status: 400,
    title: 'We cannot send you to that page',
    happened: 'The page to go to afterwards is not one that this service allows.',
    kept: NOTHING_CHANGED,
    advice: 'Go to your connection and start from there.',
    next: 'connection',
  },

  'unknown-link-session': {
    status: 404,
    title: 'Open this page from your app',
    happened: 'This page only works when you come to it from the app that you want to connect.',
    kept: NOTHING_CHANGED,
    advice: 'Go to the app, log in, and start from there.',
    next: 'app',
  },
  'wrong-completion': {
    status: 400,
    title: 'We could not finish what you started',
    happened: 'The app told us that you were done, but not in a way that we can check.',
    kept: NOT_CONNECTED,
    advice: 'Go to the app and start again from there.',
    next: 'app',
  },

  'access-denied': {
    status: 400,
    title: 'You are not connected',
    happened:
      'Patients Know Best (PKB) told us that our access was not approved. You may have selected Deny, or you may not have been able to log in.',
    kept: NOT_CONNECTED,
    advice: 'If you still want to connect your record, start again.',
    next: 'start',
  },
  'state-unknown': {
    status: 400,
    title: 'We do not know this answer from PKB',
    happened: 'You came back from Patients Know Best (PKB), but not by a way that we started.',
    kept: NOT_CONNECTED,
    advice: 'If you want to connect your record, start again from here.',
    next: 'start',
  },
  'state-used': {
    status: 400,
    title: 'This step is already done',
    happened: 'You came back from Patients Know Best (PKB) more than once. We only use the first answer.',
    kept: NOTHING_CHANGED,
    advice: 'Look at your connection as it is now.',
    next: 'connection',
  },
  'state-expired': {
    status: 400,
    title: 'You ran out of time',
    happened: 'To keep your record safe, there is a time limit to connect it.',
    kept: NOT_CONNECTED,
    advice: 'Start again. You can take a break before you do.',
    next: 'start',
  },
  'different-browser': {
    status: 400,
    title: 'You came back in a different browser',
    happened:
      'To keep your record safe, you must finish in the browser you started in, with cookies on. Waiting too long looks the same to us.',
    kept: NOT_CONNECTED,
    advice: 'Start again in this browser.',
    next: 'start',
  },
  'different-account': {
    status: 400,
    title: 'You are logged in with a different account',
    happened: 'Somebody started to connect a record with another account of this app.',
    kept: 'No record was connected to either account.',
    advice: 'Check that you are logged in to this app as yourself. Then start again.',
    next: 'start',
  },
  'code-rejected': {
    status: 400,
    title: 'PKB did not finish the connection',
    happened: 'Patients Know Best (PKB) did not accept the last step.',
    kept: NOT_CONNECTED,
    advice: 'Start again.',
    next: 'start',
  },
  'exchange-interrupted': {
    status: 400,
    title: 'The last step was interrupted',
    happened: 'We did not get the answer from Patients Know Best (PKB) that we need to finish.',
    kept: NOT_CONNECTED,
    advice: 'Start again.',
    next: 'start',
  },
  'link-session-expired': {
    status: 400,
    title: 'You ran out of time',
    happened: 'To keep your record safe, there is a time limit to connect it.',
    kept: NOT_CONNECTED,
    advice: 'Go to the app and start again from there. You can take a break before you do.',
    next: 'app',
  },
  'link-session-used': {
    status: 400,
    title: 'This link has been used',
    happened: 'You may have opened it before, or started in another browser. Each link only works once.',
    kept: NOTHING_CHANGED,
    advice: 'Go to the app. You can see there if you are connected, or start again.',
    next: 'app',
  },
  'proposal-expired': {
    status: 400,
    title: 'You ran out of time',
    happened: 'To keep your record safe, there is a time limit to say that a record is yours.',
    kept: NOT_CONNECTED,
    advice: 'Start again. You can take a break before you do.',
    next: 'start',
  },

  'api-session-expired': reauthorize,
  'api-session-invalid': reauthorize,
  'refresh-token-rejected': reauthorize,
  'no-refresh-token': reauthorize,

  'access-frozen': refusedForNow,
  'access-refused': refusedForNow,
  'user-type-not-permitted': {
    status: 403,
    title: 'That PKB login is not for a patient',
    happened:
      'Patients Know Best (PKB) does not let us use that login. You may have used one that you have for work.',
    kept: NOTHING_CHANGED,
    advice: 'Log out of PKB. Then start again with the login for your own record.',
    next: 'start',
  },

  'not-a-patient': {
    status: 409,
    title: 'That PKB login has no patient record',
    happened: 'You may have logged in to Patients Know Best (PKB) with a login that you have for work.',
    kept: NOT_CONNECTED,
    advice: 'Log out of PKB. Then start again with the login for your own record.',
    next: 'start',
  },
  'linked-to-another-account': {
    status: 409,
    title: 'This record is connected already',
    happened: 'Another account of this app is connected to this PKB record. You may have two accounts.',
    kept: 'Nothing was changed. The other account is still connected.',
    advice: 'Log in with your other account. If you have no other account, ask for help.',
    next: 'support',
  },
  'different-patient': {
    status: 409,
    title: 'This is not the record you connected before',
    happened:
      'Your account is connected to another PKB record. You may have logged in to PKB as somebody else.',
    kept: 'Nothing was changed. Your earlier connection is still there.',
    advice: 'Log out of PKB and connect again as yourself. If you did log in as yourself, ask for help.',
    next: 'support',
  },
  'demographics-mismatch': {
    status: 409,
    title: 'The details do not match',
    happened: 'The details in that PKB record are not the details that we have for you.',
    kept: NOT_CONNECTED,
    advice: 'Ask for help, so that we can check it with you.',
    next: 'support',
  },

  network: unavailable,
  timeout: unavailable,
  'server-error': unavailable,
  'grants-ending': unavailable,
  'rate-limited': {
    ...unavailable,
    title: 'PKB is very busy',
    happened: 'Patients Know Best (PKB) has asked us to wait.',
  },

  'bad-configuration': operator,
  'invalid-client': operator,
  'redirect-uri-not-registered': operator,
  'authorization-request-rejected': operator,
  'no-encryption-key': operator,
  'store-unusable': operator,

  'unexpected-response': fault,
  'refresh-not-saved': fault,
  'seal-unreadable': fault,
  unforeseen: fault,
};

export function isFailureCode(text: string): text is FailureCode {
  return Object.hasOwn(FAILURE_ANSWERS, text);
}
