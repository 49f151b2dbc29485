/**
 * PKB's response codes (PKB, "CS: Response Code", http://fhir.patientsknowbest.com/codesystem/response-code).
 * The codes and displays are documented. UPSTREAM: not documented: their HTTP status, and the issue type they come with.
 */

export type ResponseCode =
  | 'ACC_TOKEN_EXPIRED'
  | 'API_SESSION_EXPIRED'
  | 'API_SESSION_INVALID'
  | 'BAD_AUTHENTICATION'
  | 'USER_TYPE_NOT_PERM'
  | 'ACCESS_FROZEN_OUTWARD'
  | 'ACCESS_FROZEN_INWARD'
  | 'SHARING_DISABLED'
  | 'NO_ASSOCIATION';

interface Meaning {
  readonly display: string;
  readonly status: 401 | 403;
  /** FHIR STU3 IssueType. */
  readonly issue: string;
}

export const responseCodes: Readonly<Record<ResponseCode, Meaning>> = {
  ACC_TOKEN_EXPIRED: { display: 'Access token expired', status: 401, issue: 'expired' },
  API_SESSION_EXPIRED: { display: 'API session expired', status: 401, issue: 'expired' },
  API_SESSION_INVALID: { display: 'API session invalid', status: 401, issue: 'login' },
  BAD_AUTHENTICATION: { display: 'Bad authentication', status: 401, issue: 'login' },
  USER_TYPE_NOT_PERM: { display: 'User type not permitted', status: 403, issue: 'forbidden' },
  ACCESS_FROZEN_OUTWARD: { display: 'Access frozen outward', status: 403, issue: 'forbidden' },
  ACCESS_FROZEN_INWARD: { display: 'Access frozen inward', status: 403, issue: 'forbidden' },
  SHARING_DISABLED: { display: 'Sharing disabled', status: 403, issue: 'forbidden' },
  NO_ASSOCIATION: { display: 'No association', status: 403, issue: 'forbidden' },
};
