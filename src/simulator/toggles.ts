/**
 * What PKB does not document, as switches: a client is ready when it works with every value. `behaviours.ts` says how
 * sure we are of each default.
 */

export interface Toggles {
  /** PKCE (RFC 7636) at the authorization endpoint. */
  pkce: 'ignored' | 'supported' | 'required' | 'rejected';
  /** What happens in the browser when the patient presses "Deny". */
  denyMode: 'redirect' | 'redirect-without-state' | 'error-page' | 'no-return';
  /** Life of an authorization code, in seconds. */
  codeTtlSeconds: number;
  /** What a second use of a code does beyond being refused. */
  codeReuse: 'invalid-grant' | 'end-session';
  /** Shape of a refusal at the token endpoint. */
  tokenErrorStyle: 'rfc6749' | '401-json' | 'operation-outcome' | 'html-200' | 'html-500';
  /** What a refresh does to the refresh token: a new one each time, the same again, or none in the answer. */
  refreshRotation: 'rotate' | 'same' | 'omit';
  /** What a second use of a refresh token does. */
  refreshReuse: 'end-session' | 'grace' | 'refuse-token';
  /** For `refreshReuse: 'grace'`: how long after its first use a refresh token works again, in seconds. */
  refreshGraceSeconds: number;
  /** A fault, not a behaviour: tokens are issued and saved, then the connection breaks before the answer. */
  dropResponseAfterCommit: boolean;
  /** No refresh token in the answer where the API session ends before the new access token would. */
  omitRefreshNearEnd: boolean;
  /** Whether the access token before a refresh works until it expires. */
  oldAccessAfterRefresh: 'valid' | 'revoked';
  /** Whether a new grant ends earlier API sessions of the same person and client. */
  concurrentSessions: 'allowed' | 'newest-only';
  /** `scope` in a refresh request. */
  refreshScopeParam: 'optional' | 'required' | 'rejected';
  /** Status and body of a refused API call. */
  apiErrorStyle: '401-operation-outcome' | '403-operation-outcome' | '401-empty' | '401-html';
  /** `WWW-Authenticate` on a 401 of the API (RFC 6750 section 3). */
  wwwAuthenticate: boolean;
  /** Which methods `$purview` answers. */
  purviewVerb: 'get' | 'post' | 'both';
  /** Form of the reference in `$purview`. */
  purviewReference:
    | 'relative'
    | 'absolute'
    | 'versioned'
    | 'organization'
    | 'practitioner'
    | 'missing'
    | 'not-a-uuid';
  /** What happens when somebody of a user type that was not asked for logs in. */
  wrongUserType: 'error-page' | 'redirect-error' | 'issue-tokens';
  /** How `redirect_uri` is compared with the registered ones. */
  redirectMatch: 'base-and-extra' | 'exact';
  /** How `state` comes back. */
  stateEcho: 'exact' | 'truncated' | 'dropped';
  /** Requests a minute, at each address of the token endpoint and the APIs; one more is answered 429. */
  rateLimit: 'off' | number;
  /** Shape of a refusal under `/json`. */
  restErrorStyle: 'text' | 'json' | 'html';
  /** Token revocation (RFC 7009) at `/apiRevoke.action`. */
  revocationEndpoint: 'absent' | 'present';
  /** `redirect_uri` in the code exchange. */
  tokenRedirectUri: 'if-sent' | 'always' | 'ignored';
  /** How `expires_in` is written. */
  expiresInType: 'number' | 'string' | 'missing';
}

export const defaultToggles: Readonly<Toggles> = {
  pkce: 'ignored',
  denyMode: 'redirect',
  codeTtlSeconds: 60,
  codeReuse: 'invalid-grant',
  tokenErrorStyle: 'rfc6749',
  refreshRotation: 'rotate',
  refreshReuse: 'end-session',
  refreshGraceSeconds: 30,
  dropResponseAfterCommit: false,
  omitRefreshNearEnd: true,
  oldAccessAfterRefresh: 'valid',
  concurrentSessions: 'allowed',
  refreshScopeParam: 'optional',
  apiErrorStyle: '401-operation-outcome',
  wwwAuthenticate: false,
  purviewVerb: 'get',
  purviewReference: 'relative',
  wrongUserType: 'error-page',
  redirectMatch: 'base-and-extra',
  stateEcho: 'exact',
  rateLimit: 'off',
  restErrorStyle: 'text',
  revocationEndpoint: 'absent',
  tokenRedirectUri: 'if-sent',
  expiresInType: 'number',
};
