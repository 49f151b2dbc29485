import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { UpstreamUnavailableError } from '../../src/errors.ts';
import {
  accessTokenRejected,
  apiRefusal,
  authorizationRefusal,
  tokenRefusal,
} from '../../src/provider/refusals.ts';
import { answerOf, operationOutcome } from './answer-of.ts';

const NOW = new Date('2026-11-24T10:00:00Z');
const HTML = '<!doctype html><title>Sorry</title>';

type Row = readonly [what: string, status: number, body: unknown, exchanging: string, refreshing: string];

/** What came to the token endpoint's caller, and what it means while exchanging a code and while refreshing. */
const TOKEN_ANSWERS: readonly Row[] = [
  [
    'invalid_grant',
    400,
    { error: 'invalid_grant' },
    'AuthorizationError code-rejected',
    'ReauthorizationRequired refresh-token-rejected',
  ],
  [
    'invalid_grant with 401',
    401,
    { error: 'invalid_grant' },
    'AuthorizationError code-rejected',
    'ReauthorizationRequired refresh-token-rejected',
  ],
  [
    'API_SESSION_INVALID',
    401,
    operationOutcome('API_SESSION_INVALID'),
    'AuthorizationError code-rejected',
    'ReauthorizationRequired api-session-invalid',
  ],
  [
    'API_SESSION_EXPIRED in text',
    400,
    'error: API_SESSION_EXPIRED',
    'AuthorizationError code-rejected',
    'ReauthorizationRequired api-session-expired',
  ],
  [
    'API_SESSION_EXPIRED in an OAuth error',
    400,
    { error: 'invalid_grant', error_description: 'API_SESSION_EXPIRED' },
    'AuthorizationError code-rejected',
    'ReauthorizationRequired api-session-expired',
  ],
  [
    'ACCESS_FROZEN_OUTWARD',
    403,
    operationOutcome('ACCESS_FROZEN_OUTWARD'),
    'AccessRefusedError access-frozen',
    'AccessRefusedError access-frozen',
  ],
  [
    'invalid_client',
    401,
    { error: 'invalid_client' },
    'ConfigurationError invalid-client',
    'ConfigurationError invalid-client',
  ],
  [
    'unauthorized',
    401,
    { error: 'unauthorized' },
    'ConfigurationError invalid-client',
    'ConfigurationError invalid-client',
  ],
  ['401 and nothing else', 401, '', 'ConfigurationError invalid-client', 'ConfigurationError invalid-client'],
  [
    'invalid_scope',
    400,
    { error: 'invalid_scope' },
    'ConfigurationError invalid-client',
    'ConfigurationError invalid-client',
  ],
  [
    'redirect_uri_mismatch',
    400,
    { error: 'redirect_uri_mismatch' },
    'ConfigurationError redirect-uri-not-registered',
    'ConfigurationError redirect-uri-not-registered',
  ],
  ['404', 404, HTML, 'ConfigurationError bad-configuration', 'ConfigurationError bad-configuration'],
  ['429', 429, '', 'UpstreamUnavailableError rate-limited', 'UpstreamUnavailableError rate-limited'],
  [
    '500 in HTML',
    500,
    HTML,
    'UpstreamUnavailableError server-error',
    'UpstreamUnavailableError server-error',
  ],
  [
    '503 that speaks of a session',
    503,
    operationOutcome('API_SESSION_INVALID'),
    'UpstreamUnavailableError server-error',
    'UpstreamUnavailableError server-error',
  ],
  [
    'temporarily_unavailable',
    400,
    { error: 'temporarily_unavailable' },
    'UpstreamUnavailableError server-error',
    'UpstreamUnavailableError server-error',
  ],
  ['200 in HTML', 200, HTML, 'FaultError unexpected-response', 'FaultError unexpected-response'],
  ['400 in HTML', 400, HTML, 'FaultError unexpected-response', 'FaultError unexpected-response'],
  [
    'an error nobody knows',
    400,
    { error: 'teapot' },
    'FaultError unexpected-response',
    'FaultError unexpected-response',
  ],
];

describe('a refusal of the token endpoint', () => {
  for (const [what, status, body, exchanging, refreshing] of TOKEN_ANSWERS) {
    it(`${what} means ${exchanging}, and ${refreshing} for a grant`, async () => {
      const answer = await answerOf(status, body);
      assert.equal(said(tokenRefusal(answer, 'authorization_code', NOW)), exchanging);
      assert.equal(said(tokenRefusal(answer, 'refresh_token', NOW)), refreshing);
    });
  }

  it('says how long to wait, in seconds or until a date, and that a 429 was not acted on', async () => {
    const seconds = tokenRefusal(await answerOf(429, '', { 'retry-after': '7' }), 'refresh_token', NOW);
    assert.ok(seconds instanceof UpstreamUnavailableError);
    assert.equal(seconds.retryAfter, 7);
    assert.equal(seconds.notActedOn, true);
    const headers = { 'retry-after': 'Tue, 24 Nov 2026 10:01:00 GMT' };
    const date = tokenRefusal(await answerOf(503, '', headers), 'refresh_token', NOW);
    assert.ok(date instanceof UpstreamUnavailableError);
    assert.equal(date.retryAfter, 60);
    assert.equal(date.notActedOn, false);
  });

  it('never ends a grant for anything but an explicit end', async () => {
    for (const status of [200, 302, 400, 401, 403, 404, 418, 429, 500, 502, 503]) {
      for (const body of ['', HTML, '{}', '{"error":42}', '"invalid_grant"', '[{"error":"invalid_grant"}]']) {
        const failure = tokenRefusal(await answerOf(status, body), 'refresh_token', NOW);
        assert.notEqual(failure.name, 'ReauthorizationRequired', `${status} ${body}`);
      }
    }
  });
});

describe('a refusal of an API', () => {
  const answers: readonly (readonly [string, number, string])[] = [
    ['API_SESSION_EXPIRED', 401, 'ReauthorizationRequired api-session-expired'],
    ['API_SESSION_INVALID', 403, 'ReauthorizationRequired api-session-invalid'],
    ['USER_TYPE_NOT_PERM', 403, 'AccessRefusedError user-type-not-permitted'],
    ['ACCESS_FROZEN_OUTWARD', 403, 'AccessRefusedError access-frozen'],
    ['ACCESS_FROZEN_INWARD', 403, 'AccessRefusedError access-refused'],
    ['NO_ASSOCIATION', 403, 'AccessRefusedError access-refused'],
    ['NO_CONSENT', 403, 'AccessRefusedError access-refused'],
    ['NO_DECRYPT_KEY', 403, 'AccessRefusedError access-refused'],
    ['SHARING_DISABLED', 403, 'AccessRefusedError access-refused'],
    ['SOMETHING_NEW', 403, 'AccessRefusedError access-refused'],
  ];
  for (const [code, status, meaning] of answers) {
    it(`${code} means ${meaning}`, async () => {
      const failure = apiRefusal(await answerOf(status, operationOutcome(code)), NOW);
      assert.ok(failure);
      assert.equal(said(failure), meaning);
    });
  }

  it('is none where the answer concerns only what was asked for', async () => {
    assert.equal(apiRefusal(await answerOf(404, ''), NOW), undefined);
    assert.equal(apiRefusal(await answerOf(422, ''), NOW), undefined);
  });

  it('rejects the access token alone where PKB says so, or says nothing', async () => {
    assert.equal(accessTokenRejected(await answerOf(401, operationOutcome('ACC_TOKEN_EXPIRED'))), true);
    assert.equal(accessTokenRejected(await answerOf(403, operationOutcome('ACC_TOKEN_EXPIRED'))), true);
    assert.equal(accessTokenRejected(await answerOf(401, operationOutcome('BAD_AUTHENTICATION'))), true);
    assert.equal(accessTokenRejected(await answerOf(401, '')), true);
    assert.equal(accessTokenRejected(await answerOf(401, HTML)), true);
    assert.equal(accessTokenRejected(await answerOf(401, operationOutcome('API_SESSION_INVALID'))), false);
    assert.equal(accessTokenRejected(await answerOf(403, '')), false);
  });
});

describe('a refusal on the redirect address', () => {
  it('tells the patient, the operator and an outage apart', () => {
    assert.equal(said(authorizationRefusal('access_denied')), 'AuthorizationError access-denied');
    assert.equal(said(authorizationRefusal('something_else')), 'AuthorizationError access-denied');
    assert.equal(said(authorizationRefusal('server_error')), 'UpstreamUnavailableError server-error');
    assert.equal(
      said(authorizationRefusal('invalid_scope')),
      'ConfigurationError authorization-request-rejected',
    );
  });
});

function said(failure: Error & { readonly code: string }): string {
  return `${failure.name} ${failure.code}`;
}
