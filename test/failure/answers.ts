/** What PKB may answer, one row of `docs/what-happens-when.md` each. */

import type { ScriptedAnswer, Toggles } from '../../src/simulator.ts';

export interface Came {
  readonly what: string;
  /** In order; PKB answers as it really does after the last. None: the real answer. */
  readonly answers?: readonly ScriptedAnswer[];
  readonly toggles?: Partial<Toggles>;
  /** Nobody listens at PKB's address. */
  readonly away?: true;
}

/** Every attempt of ours is answered so. */
const always = (answer: ScriptedAnswer) => [answer, answer, answer];
const oauthError = (status: number, error: string, description?: string): Came => ({
  what: `${status} \`${error}\`${description ? `, \`${description}\`` : ''}`,
  answers: always({ status, body: { error, ...(description && { error_description: description }) } }),
});
const responseCode = (status: number, code: string): Came => ({
  what: `${status} \`${code}\``,
  answers: always({
    status,
    body: {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'error', code: 'security', details: { coding: [{ code }] } }],
    },
  }),
});
const empty = (status: number): Came => ({
  what: `${status} and nothing else`,
  answers: always({ status, body: '' }),
});

const NOT_NOW: readonly Came[] = [
  {
    what: '429, `Retry-After: 60`',
    answers: always({ status: 429, headers: { 'retry-after': '60' }, body: '' }),
  },
  empty(500),
  empty(503),
  { what: 'an HTML page, 502', answers: always({ status: 502, body: '<html>Bad gateway</html>' }) },
];

const NO_ANSWER: readonly Came[] = [
  { what: 'nobody listens at the address', away: true },
  { what: 'the connection breaks, PKB has not acted', answers: always({ drop: 'before-acting' }) },
  { what: 'the connection breaks, PKB has acted', answers: always({ drop: 'after-acting' }) },
  { what: 'nothing within the time limit', answers: always({ drop: 'before-acting', delayMs: 600_000 }) },
];

const NONSENSE: readonly Came[] = [
  { what: 'an HTML page, 200', answers: always({ status: 200, body: '<html>Welcome</html>' }) },
  { what: '200 `{}`', answers: always({ status: 200, body: {} }) },
  {
    what: '302 to a log-in page',
    answers: always({ status: 302, headers: { location: 'https://example.org/login' }, body: '' }),
  },
];

export const TOKEN_ANSWERS: readonly Came[] = [
  { what: 'an access and a refresh token' },
  {
    what: 'both tokens and no other member',
    answers: [{ status: 200, body: { access_token: 'access', refresh_token: 'refresh' } }],
  },
  {
    what: 'an access token, no refresh token',
    answers: [{ status: 200, body: { access_token: 'access', token_type: 'Bearer', expires_in: 600 } }],
  },
  oauthError(400, 'invalid_grant'),
  oauthError(400, 'invalid_grant', 'API_SESSION_EXPIRED'),
  oauthError(400, 'invalid_grant', 'API_SESSION_INVALID'),
  oauthError(401, 'invalid_client'),
  oauthError(400, 'unauthorized_client'),
  oauthError(400, 'invalid_request'),
  oauthError(400, 'invalid_scope'),
  oauthError(400, 'redirect_uri_mismatch'),
  oauthError(400, 'something_new'),
  responseCode(401, 'API_SESSION_EXPIRED'),
  responseCode(401, 'API_SESSION_INVALID'),
  responseCode(401, 'BAD_AUTHENTICATION'),
  responseCode(403, 'ACCESS_FROZEN_OUTWARD'),
  responseCode(403, 'USER_TYPE_NOT_PERM'),
  empty(401),
  empty(403),
  empty(404),
  ...NOT_NOW,
  ...NONSENSE,
  ...NO_ANSWER,
];

const API_ANSWERS: readonly Came[] = [
  {
    what: '401 `ACC_TOKEN_EXPIRED`, once',
    answers: responseCode(401, 'ACC_TOKEN_EXPIRED').answers?.slice(0, 1) ?? [],
  },
  responseCode(401, 'ACC_TOKEN_EXPIRED'),
  responseCode(401, 'BAD_AUTHENTICATION'),
  responseCode(401, 'API_SESSION_EXPIRED'),
  responseCode(401, 'API_SESSION_INVALID'),
  responseCode(403, 'ACCESS_FROZEN_OUTWARD'),
  responseCode(403, 'ACCESS_FROZEN_INWARD'),
  responseCode(403, 'NO_ASSOCIATION'),
  responseCode(403, 'NO_CONSENT'),
  responseCode(403, 'NO_DECRYPT_KEY'),
  responseCode(403, 'SHARING_DISABLED'),
  responseCode(403, 'USER_TYPE_NOT_PERM'),
  empty(401),
  empty(403),
  empty(404),
  ...NOT_NOW,
  ...NONSENSE,
  ...NO_ANSWER,
];

export const PURVIEW_ANSWERS: readonly Came[] = [
  { what: '`Patient/<uuid>`' },
  { what: 'the same, as a whole address', toggles: { purviewReference: 'absolute' } },
  { what: 'the same, with a version', toggles: { purviewReference: 'versioned' } },
  { what: 'a reference to an Organization', toggles: { purviewReference: 'organization' } },
  { what: 'a reference to a Practitioner', toggles: { purviewReference: 'practitioner' } },
  { what: 'no reference', toggles: { purviewReference: 'missing' } },
  { what: 'a Patient whose id is no UUID', toggles: { purviewReference: 'not-a-uuid' } },
  ...API_ANSWERS,
];

export const SELF_ANSWERS: readonly Came[] = [{ what: 'the signed-in person' }, ...API_ANSWERS];
