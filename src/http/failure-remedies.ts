import type {
  AccessRefusedError,
  AuthorizationError,
  ConfigurationError,
  FaultError,
  IdentityConflictError,
  InvalidRequestError,
  ReauthorizationRequired,
  UpstreamUnavailableError,
} from '../errors.ts';

/** For a developer or an operator, in Markdown; the patient reads the texts of the pages. */
export interface Remedy {
  readonly cause: string;
  readonly remedy: string;
}

interface FailureClass<Code extends string> {
  readonly whoActs: string;
  /** What is different afterwards. */
  readonly changes: string;
  readonly codes: Readonly<Record<Code, Remedy>>;
}

interface FailureClasses {
  readonly InvalidRequestError: FailureClass<InvalidRequestError['code']>;
  readonly AuthorizationError: FailureClass<AuthorizationError['code']>;
  readonly ReauthorizationRequired: FailureClass<ReauthorizationRequired['code']>;
  readonly AccessRefusedError: FailureClass<AccessRefusedError['code']>;
  readonly IdentityConflictError: FailureClass<IdentityConflictError['code']>;
  readonly UpstreamUnavailableError: FailureClass<UpstreamUnavailableError['code']>;
  readonly ConfigurationError: FailureClass<ConfigurationError['code']>;
  readonly FaultError: FailureClass<FaultError['code']>;
}

/** Every failure by its class: why it comes, and what to do. Statuses are in `FAILURE_ANSWERS`, exit codes in the command line. */
export const FAILURE_CLASSES: FailureClasses = {
  InvalidRequestError: {
    whoActs: 'the caller',
    changes: 'Nothing was changed.',
    codes: {
      'bad-input': {
        cause: 'A parameter is missing, too long, there twice, or not of the form it must have.',
        remedy: 'Correct the parameter that `field` names.',
      },
      'unknown-link': {
        cause:
          'This account has no link, or none that may be used: it was never made, or was unlinked or replaced.',
        remedy: 'Read the link; if there is none, offer the patient to connect.',
      },
      'unknown-authorization': {
        cause:
          'The authorization is not there, or has no tokens yet, so there is nothing to identify or to confirm.',
        remedy: 'Start again with `authorize`; call the verbs in their order.',
      },
      'not-found': {
        cause:
          'PKB answered 404 or 410: it does not have what was asked for, or does not show it to this patient.',
        remedy: 'Check the address and the id. `outcome` is what PKB said, where it said something.',
      },
      'refused-by-pkb': {
        cause: 'PKB answered a call of the FHIR or measurements client with another 4xx.',
        remedy:
          "Read PKB's OperationOutcome in `outcome` and correct the call; the same call gets the same answer.",
      },
      'unknown-link-session': {
        cause: 'There is no link session of this id, or none is open in this browser.',
        remedy: 'Check the id; otherwise make a new link session.',
      },
      'wrong-completion': {
        cause: '`completion` is not that of this link session, or PKB has not answered in it yet.',
        remedy:
          'Take `session` and `completion` from the query of one and the same return to your `return_url`.',
      },
      'return-to-not-allowed': {
        cause: 'The return address is not a registered one.',
        remedy: 'Register it exactly (hosted: `PKB_LINK_RETURN_ADDRESSES`), or send one that is registered.',
      },
    },
  },
  AuthorizationError: {
    whoActs: 'the patient, now: start again',
    changes: 'The pending authorization is over. A link that was there before is as it was.',
    codes: {
      'access-denied': {
        cause: 'PKB sent the patient back without a code: they selected Deny, or could not log in.',
        remedy: 'Offer to start again. Do not send them there unasked.',
      },
      'state-unknown': {
        cause: 'The answer has a `state` that we never sent, or PKB has not answered this authorization.',
        remedy:
          'Start again from your app. If it happens often, see whether something rewrites the callback address.',
      },
      'state-used': {
        cause: 'The same `state` came back a second time with another answer. Only the first one counts.',
        remedy: 'Read the link: the first answer may have made it. Else start again.',
      },
      'state-expired': {
        cause: 'The patient took longer than a pending authorization lasts.',
        remedy: 'Start again.',
      },
      'different-browser': {
        cause:
          'Another browser, or one without our cookie, came back from PKB. It may also be an address that somebody sent on.',
        remedy: 'Start again and stay in one browser, with cookies on. For an app, [mobile.md](mobile.md).',
      },
      'different-account': {
        cause: 'Who is signed in now is not who started.',
        remedy: 'Sign in with the account that the record belongs to, and start again.',
      },
      'code-rejected': {
        cause: 'PKB did not accept the code: it was used before, is too old, or its API session has ended.',
        remedy: 'Start again. A code is never sent twice.',
      },
      'exchange-interrupted': {
        cause:
          'The process stopped, or the line broke, after the code was sent and before its answer was saved.',
        remedy: 'Start again; the tokens of that answer are known to nobody.',
      },
      'link-session-expired': {
        cause: 'The link session was not finished in time.',
        remedy: 'Make a new link session.',
      },
      'link-session-used': {
        cause:
          'The address of the link session was opened before, in another browser or for a session that has moved on.',
        remedy: 'Make a new link session for each try; never store or send its address.',
      },
      'proposal-expired': {
        cause: 'Nobody said in time whether it is the right record.',
        remedy: 'Start again.',
      },
    },
  },
  ReauthorizationRequired: {
    whoActs: 'the patient, when they can: grant again',
    changes:
      'The grant has ended and its tokens are destroyed. The link keeps its public id, and only the same record can take its place.',
    codes: {
      'api-session-expired': {
        cause: 'PKB answered `API_SESSION_EXPIRED`: the API session behind the grant has come to its end.',
        remedy: 'Ask the patient to connect again. `keep` and `sessionEndsAt` tell earlier.',
      },
      'api-session-invalid': {
        cause: 'PKB answered `API_SESSION_INVALID`: it has ended the API session.',
        remedy:
          'Ask the patient to connect again. If it comes to many, see that nothing else uses the same refresh tokens.',
      },
      'refresh-token-rejected': {
        cause: 'The token endpoint answered `invalid_grant` to the refresh token.',
        remedy:
          'Ask the patient to connect again. If it comes to many, see that nothing else uses the same refresh tokens.',
      },
      'no-refresh-token': {
        cause: 'The access token is over and PKB had given no refresh token with it.',
        remedy: 'Ask the patient to connect again.',
      },
    },
  },
  AccessRefusedError: {
    whoActs: 'nobody, or the care team',
    changes: 'Tokens are kept. `access-frozen` suspends the link until PKB lets a call through again.',
    codes: {
      'access-frozen': {
        cause: "PKB answered `ACCESS_FROZEN_OUTWARD`: the patient's access to their record is frozen.",
        remedy: 'Wait; the patient may ask their care team or PKB.',
      },
      'access-refused': {
        cause: 'PKB refused this call: a 403, or a code such as `NO_CONSENT` or `SHARING_DISABLED`.',
        remedy: 'Ask for something that this patient may see. The link is as good as before.',
      },
      'user-type-not-permitted': {
        cause:
          'PKB answered `USER_TYPE_NOT_PERM`: who logged in is no patient, or the call is not for patients.',
        remedy:
          "While linking: log in with a patient's own PKB account. Later: do not make this call for a patient.",
      },
    },
  },
  IdentityConflictError: {
    whoActs: "the partner's support",
    changes: 'Nothing new is linked; a link that was there before is kept.',
    codes: {
      'not-a-patient': {
        cause: '`$purview` names somebody who is not a patient.',
        remedy: "Log in with the patient's own PKB account, not with a professional's.",
      },
      'linked-to-another-account': {
        cause: 'Another account of yours is linked to this record, and a record has one account.',
        remedy: 'Find out which account the person means, and unlink the other one.',
      },
      'different-patient': {
        cause: 'The account is linked to another record than the one that was granted now.',
        remedy:
          'If the new record is right, unlink first and then link again. Otherwise log in to the first record.',
      },
      'demographics-mismatch': {
        cause: 'The date of birth or NHS number at PKB is not the one in `expected`.',
        remedy: 'Check what you know of the person. Do not try again with less.',
      },
    },
  },
  UpstreamUnavailableError: {
    whoActs: 'wait',
    changes: 'Nothing was changed.',
    codes: {
      network: {
        cause: 'PKB could not be reached.',
        remedy:
          'Try later, after `Retry-After` where it is given. Operator: DNS, proxy, firewall, certificates.',
      },
      timeout: {
        cause: 'PKB did not answer in time, or another call is busy with the same code.',
        remedy: 'Try later. A write may have arrived: look before you send it again.',
      },
      'server-error': {
        cause: 'PKB answered with a 5xx, or said that it cannot act now.',
        remedy: 'Try later.',
      },
      'rate-limited': {
        cause: 'PKB answered 429.',
        remedy: 'Wait as long as `Retry-After` says, and ask less often.',
      },
      'grants-ending': {
        cause:
          'PKB ends many grants at once, which is not believed before it has lasted: no patient is told to come back for it.',
        remedy: 'Try later. Operator: ask PKB what has happened.',
      },
    },
  },
  ConfigurationError: {
    whoActs: 'the operator',
    changes: 'No link was touched.',
    codes: {
      'bad-configuration': {
        cause:
          'A setting is missing or not of the form it must have, or there is no token endpoint at its address.',
        remedy: 'Correct the setting that is named: [settings.md](settings.md).',
      },
      'invalid-client': {
        cause: 'The token endpoint does not accept the client, its secret, or the way it is sent.',
        remedy: 'Compare `PKB_CLIENT_ID`, the secret and `PKB_CLIENT_AUTH` with what PKB registered.',
      },
      'redirect-uri-not-registered': {
        cause: 'PKB does not know the redirect address.',
        remedy: 'Have exactly `PKB_REDIRECT_URI` registered at PKB.',
      },
      'authorization-request-rejected': {
        cause: 'PKB sent the patient back with an error about our request, such as `invalid_scope`.',
        remedy: 'Ask PKB what your client may ask for, and correct the settings of the client.',
      },
      'no-encryption-key': {
        cause:
          'There is no encryption key, one that cannot be read, or one is missing that stored rows are sealed with.',
        remedy:
          'Set `PKB_LINK_ENCRYPTION_KEYS`, with every key that is still in use: [operating.md](operating.md).',
      },
      'store-unusable': {
        cause: 'The database cannot be opened, is of another version, or its folder cannot be written.',
        remedy:
          'Do what the message says about the path or the server; `pkb-link migrate` for an older version.',
      },
    },
  },
  FaultError: {
    whoActs: 'the maintainers of pkb-link',
    changes: 'No grant was ended by it.',
    codes: {
      'unexpected-response': {
        cause:
          'PKB answered with something that nobody foresaw: not JSON, too long, or not what the call is for.',
        remedy: 'Raise an alarm and report it with the reference; trying again is harmless for reads.',
      },
      'refresh-not-saved': {
        cause: 'PKB gave new tokens, and they could be saved neither in the database nor on the local disk.',
        remedy: 'Mend the database and the disk. The link is `unsure` and is tried once more by itself.',
      },
      'seal-unreadable': {
        cause:
          'A stored secret does not open: its key is not in the ring, or the row is not what was sealed.',
        remedy: 'Put the key back into `PKB_LINK_ENCRYPTION_KEYS`; if it is lost, `pkb-link keys lost`.',
      },
      'audit-trail-broken': {
        cause: 'An entry of the audit trail was changed or removed in the database, or its end was cut off.',
        remedy:
          'Find out who can write to the database, and did. Compare with a backup; the message names the first entry that is not as it was.',
      },
      'store-unavailable': {
        cause: 'The database does not answer now, or cannot write.',
        remedy: 'Try later. Operator: the database server, the free space of the disk.',
      },
      unforeseen: {
        cause: 'Something was thrown that is no failure of ours.',
        remedy: 'Report it with the reference.',
      },
    },
  },
};
