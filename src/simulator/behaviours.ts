/** How sure we are that the simulator does what PKB does, for the start page and for whoever reads a failing test. */

import type { Toggles } from './toggles.ts';

/** `documented`: PKB's pages say so. `observed`: seen on a live PKB host. `assumed`: neither; the likeliest. */
export type Evidence = 'documented' | 'observed' | 'assumed';

export interface Behaviour {
  readonly what: string;
  /** About the default. */
  readonly evidence: Evidence;
}

/** What cannot be switched. */
export const fixedBehaviours: readonly Behaviour[] = [
  {
    what: 'The authorization request: its parameters, which are required, and a page for a bad one',
    evidence: 'documented',
  },
  {
    what: 'The grant page names owner and product and has the buttons "Approve" and "Deny"',
    evidence: 'documented',
  },
  { what: 'The token answer: its members, and that token_type is Bearer', evidence: 'documented' },
  { what: 'The parameters of the token request, and the status of its refusals', evidence: 'assumed' },
  { what: 'A client without a secret names itself by client_id in the form', evidence: 'assumed' },
  { what: 'Neither token of an ended API session works', evidence: 'documented' },
  { what: 'The response codes and their displays', evidence: 'documented' },
  {
    what: 'The HTTP status of each response code, and where in the OperationOutcome it sits',
    evidence: 'assumed',
  },
  { what: '/fhir/metadata: what it says of the resources that are here', evidence: 'observed' },
  { what: 'The answer of $purview', evidence: 'documented' },
  { what: 'The address of $purview, /fhir/Consent/$purview', evidence: 'assumed' },
  { what: 'Patient as FHIR STU3, with the public id as its id', evidence: 'documented' },
  { what: '/json/users/self: its members and their types', evidence: 'documented' },
  { what: 'An unregistered or deceased person cannot log in', evidence: 'documented' },
  { what: 'A frozen patient can still grant; the API then refuses', evidence: 'assumed' },
];

export const toggleBehaviours: Readonly<Record<keyof Toggles, Behaviour>> = {
  pkce: { what: 'PKCE', evidence: 'assumed' },
  denyMode: { what: 'After "Deny"', evidence: 'assumed' },
  codeTtlSeconds: { what: 'Life of a code, in seconds', evidence: 'assumed' },
  codeReuse: { what: 'A code used twice', evidence: 'assumed' },
  tokenErrorStyle: { what: 'Shape of a refusal at the token endpoint', evidence: 'assumed' },
  refreshRotation: { what: 'Refresh token in the answer to a refresh', evidence: 'assumed' },
  refreshReuse: { what: 'A refresh token used twice', evidence: 'documented' },
  refreshGraceSeconds: { what: 'Seconds of grace, where refreshReuse is grace', evidence: 'assumed' },
  dropResponseAfterCommit: {
    what: 'A fault: the token answer is lost after tokens were issued',
    evidence: 'assumed',
  },
  omitRefreshNearEnd: { what: "No refresh token near the API session's end", evidence: 'documented' },
  oldAccessAfterRefresh: { what: 'The access token before a refresh', evidence: 'assumed' },
  concurrentSessions: { what: 'Several grants by one person to one client', evidence: 'assumed' },
  refreshScopeParam: { what: 'scope in a refresh request', evidence: 'assumed' },
  apiErrorStyle: { what: 'A refused FHIR call', evidence: 'assumed' },
  wwwAuthenticate: { what: 'WWW-Authenticate on a 401', evidence: 'assumed' },
  purviewVerb: { what: 'Methods of $purview', evidence: 'assumed' },
  purviewReference: { what: 'Form of the reference in $purview', evidence: 'documented' },
  wrongUserType: { what: 'A professional logs in where a patient was asked for', evidence: 'assumed' },
  redirectMatch: { what: 'Comparing redirect_uri', evidence: 'documented' },
  stateEcho: { what: 'How state comes back', evidence: 'documented' },
  rateLimit: { what: 'Requests a minute and endpoint', evidence: 'assumed' },
  restErrorStyle: { what: 'A refused /json call', evidence: 'assumed' },
  revocationEndpoint: { what: 'Token revocation', evidence: 'assumed' },
  tokenRedirectUri: { what: 'redirect_uri in the code exchange', evidence: 'documented' },
  expiresInType: { what: 'How expires_in is written', evidence: 'assumed' },
};
