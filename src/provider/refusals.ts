/**
 * PKB's words to ours: the only place where a refusal of PKB becomes a failure. Read in this order: HTTP status where it
 * says "later", PKB's response code, the OAuth `error`, the status. A word nobody knows is classed by its status.
 *
 * Response codes: PKB, "CS: Response Code". UPSTREAM: which status and body carry them is not documented, so they are
 * looked for in the whole text.
 */

import {
  AccessRefusedError,
  AuthorizationError,
  ConfigurationError,
  type Failure,
  FaultError,
  InvalidRequestError,
  ReauthorizationRequired,
  UpstreamUnavailableError,
} from '../errors.ts';
import { type Answer, fields, retryAfter } from './upstream.ts';

type ResponseCode =
  | 'ACC_TOKEN_EXPIRED'
  | 'API_SESSION_EXPIRED'
  | 'API_SESSION_INVALID'
  | 'BAD_AUTHENTICATION'
  | 'USER_TYPE_NOT_PERM'
  | 'ACCESS_FROZEN_OUTWARD'
  | 'ACCESS_FROZEN_INWARD'
  | 'NO_ASSOCIATION'
  | 'NO_CONSENT'
  | 'NO_DECRYPT_KEY'
  | 'SHARING_DISABLED';

const RESPONSE_CODE =
  /\b(ACC_TOKEN_EXPIRED|API_SESSION_EXPIRED|API_SESSION_INVALID|BAD_AUTHENTICATION|USER_TYPE_NOT_PERM|ACCESS_FROZEN_OUTWARD|ACCESS_FROZEN_INWARD|NO_ASSOCIATION|NO_CONSENT|NO_DECRYPT_KEY|SHARING_DISABLED)\b/;

/** Says that the access token, not the grant, is at fault: refresh once and ask again. */
export function accessTokenRejected(answer: Answer): boolean {
  const code = responseCode(answer);
  if (code === 'ACC_TOKEN_EXPIRED') return true;
  return answer.status === 401 && (code === undefined || code === 'BAD_AUTHENTICATION');
}

/** What an API's answer other than 2xx means, or undefined for an answer that is the caller's own affair (404, 422 ...). */
export function apiRefusal(answer: Answer, now: Date): Failure | undefined {
  return (
    later(answer, now) ??
    byResponseCode(responseCode(answer)) ??
    (answer.status === 401
      ? new FaultError('unexpected-response', 'PKB refused an access token that it had just issued')
      : answer.status === 403
        ? new AccessRefusedError('access-refused', 'PKB refused access without saying why')
        : undefined)
  );
}

/** What an API's answer other than 2xx means to a caller who wanted something of it; PKB's OperationOutcome is kept. */
export function callRefusal(answer: Answer, now: Date): Failure {
  const { status, json } = answer;
  const outcome = fields(json).resourceType === 'OperationOutcome' ? { outcome: json } : {};
  if (status === 404 || status === 410) {
    return new InvalidRequestError('not-found', 'PKB does not have it, or does not show it', outcome);
  }
  const known = apiRefusal(answer, now);
  if (known) return known;
  return status >= 400 && status <= 499
    ? new InvalidRequestError('refused-by-pkb', `PKB refused the request with ${status}`, outcome)
    : new FaultError('unexpected-response', `PKB answered ${status}`);
}

/** What a token endpoint's answer without tokens means, for the grant type that was asked for. */
export function tokenRefusal(
  answer: Answer,
  grantType: 'authorization_code' | 'refresh_token',
  now: Date,
): Failure {
  const error = fields(answer.json).error;
  const refused =
    later(answer, now) ??
    byResponseCode(responseCode(answer)) ??
    (typeof error === 'string' ? byTokenError(error, grantType) : undefined) ??
    byTokenStatus(answer.status);
  // Before there is a link, the end of an API session only means that this code is of no use.
  return grantType === 'authorization_code' && refused instanceof ReauthorizationRequired
    ? new AuthorizationError('code-rejected', 'PKB did not accept the code', { cause: refused })
    : refused;
}

/** What `error=` on the redirect address means (RFC 6749 section 4.1.2.1). UPSTREAM: how PKB denies is not documented. */
export function authorizationRefusal(error: string): Failure {
  switch (error) {
    case 'server_error':
    case 'temporarily_unavailable':
      return new UpstreamUnavailableError('server-error', 'PKB could not take the request now');
    case 'invalid_request':
    case 'unauthorized_client':
    case 'unsupported_response_type':
    case 'invalid_scope':
      return new ConfigurationError('authorization-request-rejected', `PKB refuses our request: ${error}`);
    default:
      return new AuthorizationError('access-denied', 'the grant was not given');
  }
}

function later(answer: Answer, now: Date): UpstreamUnavailableError | undefined {
  const wait = { retryAfter: retryAfter(answer.headers, now) };
  if (answer.status === 429) {
    return new UpstreamUnavailableError('rate-limited', 'PKB asks for fewer requests', {
      ...wait,
      notActedOn: true,
    });
  }
  return answer.status >= 500
    ? new UpstreamUnavailableError('server-error', `PKB answered ${answer.status}`, wait)
    : undefined;
}

function responseCode(answer: Answer): ResponseCode | undefined {
  return RESPONSE_CODE.exec(answer.text)?.[1] as ResponseCode | undefined;
}

function byResponseCode(code: ResponseCode | undefined): Failure | undefined {
  switch (code) {
    case 'API_SESSION_EXPIRED':
      return new ReauthorizationRequired('api-session-expired', 'the API session has ended');
    case 'API_SESSION_INVALID':
      return new ReauthorizationRequired('api-session-invalid', 'the API session was invalidated');
    case 'USER_TYPE_NOT_PERM':
      return new AccessRefusedError('user-type-not-permitted', 'PKB does not permit this user type');
    case 'ACCESS_FROZEN_OUTWARD':
      return new AccessRefusedError('access-frozen', "the patient's access is frozen at PKB");
    // These concern what was asked for, not the patient who asks: no reason to suspend a link.
    case 'ACCESS_FROZEN_INWARD':
    case 'NO_ASSOCIATION':
    case 'NO_CONSENT':
    case 'NO_DECRYPT_KEY':
    case 'SHARING_DISABLED':
      return new AccessRefusedError('access-refused', `PKB refused access: ${code}`);
    default:
      // ACC_TOKEN_EXPIRED and BAD_AUTHENTICATION concern one token and are not a refusal of the grant.
      return undefined;
  }
}

function byTokenError(error: string, grantType: 'authorization_code' | 'refresh_token'): Failure | undefined {
  switch (error) {
    case 'invalid_grant':
      return grantType === 'refresh_token'
        ? new ReauthorizationRequired('refresh-token-rejected', 'PKB did not accept the refresh token')
        : new AuthorizationError('code-rejected', 'PKB did not accept the code');
    case 'redirect_uri_mismatch':
      return new ConfigurationError(
        'redirect-uri-not-registered',
        'PKB does not know this redirect address; register exactly this one',
        { setting: 'PKB_REDIRECT_URI' },
      );
    case 'invalid_client':
    case 'unauthorized':
    case 'unauthorized_client':
      return new ConfigurationError('invalid-client', 'PKB does not accept this client or its secret', {
        setting: 'PKB_CLIENT_ID',
      });
    case 'invalid_request':
    case 'invalid_scope':
    case 'unsupported_grant_type':
      return new ConfigurationError('invalid-client', `PKB refuses this client's request: ${error}`, {
        setting: 'PKB_CLIENT_AUTH',
      });
    case 'server_error':
    case 'temporarily_unavailable':
      return new UpstreamUnavailableError('server-error', 'the token endpoint could not act now');
    default:
      return undefined;
  }
}

function byTokenStatus(status: number): Failure {
  if (status === 401) {
    return new ConfigurationError('invalid-client', 'the token endpoint does not know this client', {
      setting: 'PKB_CLIENT_ID',
    });
  }
  if (status === 404 || status === 405) {
    return new ConfigurationError('bad-configuration', `there is no token endpoint there (${status})`, {
      setting: 'PKB_TOKEN_ENDPOINT',
    });
  }
  return new FaultError('unexpected-response', `the token endpoint's answer (${status}) cannot be read`);
}
