import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Context } from 'hono';
import {
  AccessRefusedError,
  AuthorizationError,
  ConfigurationError,
  type FailureCode,
  FaultError,
  IdentityConflictError,
  InvalidRequestError,
  ReauthorizationRequired,
  UpstreamUnavailableError,
} from '../../src/errors.ts';
import { FAILURE_ANSWERS } from '../../src/http/failure-answers.ts';
import { problemForCaller, problemJson } from '../../src/http/problem-json.ts';
import { isReference, reportFailure } from '../../src/http/report-failure.ts';
import { TEXTS } from '../../src/pages/texts.ts';
import { browser, startPages } from './pages-for-test.ts';

describe('the failure table', () => {
  it('has a page for every code, with its status, one h1 and one button', async () => {
    const { pages, app } = await startPages();
    for (const [code, answer] of Object.entries(FAILURE_ANSWERS)) {
      const response = await browser(pages).get(`/pkb/problem/${code}?reference=0123abcd`);
      assert.equal(response.status, answer.status, code);
      const text = await response.text();
      assert.match(text, /<title>Error: /);
      assert.equal(text.match(/<h1>/g)?.length, 1, code);
      assert.equal(text.match(/class="button/g)?.length, 1, code);
      for (const part of Object.values(TEXTS.en.failures[answer.text])) {
        assert.ok(part.length > 0 && text.includes(part), `${code}: ${part}`);
      }
    }
    await app.close();
  });

  it('answers each class as the one who must act needs it', () => {
    const statuses = (codes: FailureCode[]) => new Set(codes.map((code) => FAILURE_ANSWERS[code].status));
    assert.deepEqual(statuses(['network', 'timeout', 'server-error', 'rate-limited']), new Set([503]));
    assert.deepEqual(
      statuses(['access-frozen', 'access-refused', 'user-type-not-permitted']),
      new Set([403]),
    );
    assert.deepEqual(
      statuses(['api-session-expired', 'no-refresh-token', 'different-patient']),
      new Set([409]),
    );
    assert.deepEqual(statuses(['invalid-client', 'store-unusable', 'unforeseen']), new Set([500]));
    assert.deepEqual(statuses(['bad-input', 'access-denied', 'state-expired']), new Set([400]));
  });

  it('never tells a patient that their access was frozen', () => {
    for (const { failures } of Object.values(TEXTS)) {
      assert.doesNotMatch(
        JSON.stringify(failures[FAILURE_ANSWERS['access-frozen'].text]),
        /froz|freez|rhew/i,
      );
    }
  });
});

describe('problem+json', () => {
  const reference = '0123abcd';

  it('has the same title and status as the page, the field, and the reference of the log', () => {
    const failure = new InvalidRequestError('bad-input', 'app_user_id of Ada is missing', {
      field: 'app_user_id',
    });
    assert.deepEqual(problemJson({ failure, reference }), {
      type: 'urn:pkb-link:problem:bad-input',
      title: TEXTS.en.failures.unreadable.title,
      status: 400,
      code: 'bad-input',
      field: 'app_user_id',
      reference,
    });
  });

  it('hands on how long PKB asked us to wait', async () => {
    const failure = new UpstreamUnavailableError('rate-limited', 'wait', { retryAfter: 12.2 });
    const response = problemForCaller({ failure, reference });
    assert.equal(response.status, 503);
    assert.equal(response.headers.get('Retry-After'), '13');
    assert.equal(response.headers.get('Content-Type'), 'application/problem+json');
  });

  it('tells who has the key what happened, and never its cause', async () => {
    for (const failure of [
      new AuthorizationError('code-rejected', 'what happened', { cause: new Error('canary') }),
      new ReauthorizationRequired('api-session-expired', 'what happened', { cause: new Error('canary') }),
      new AccessRefusedError('access-frozen', 'what happened', { cause: new Error('canary') }),
      new IdentityConflictError('different-patient', 'what happened', { cause: new Error('canary') }),
      new ConfigurationError('invalid-client', 'what happened', { setting: 'canary' }),
      new FaultError('unexpected-response', 'what happened', { cause: new Error('canary') }),
    ]) {
      const text = await problemForCaller({ failure, reference }).text();
      assert.match(text, /"detail":"[^"]*what happened/);
      assert.doesNotMatch(text, /canary/);
    }
  });
});

describe('reporting a failure', () => {
  it('logs class, code and reference, and no message, whatever was thrown', () => {
    for (const thrown of [
      new AuthorizationError('access-denied', 'canary'),
      new Error('canary'),
      'canary',
      null,
    ]) {
      const lines: unknown[] = [];
      const { reference } = reportFailure(
        new Context(new Request('http://localhost/')),
        { log: (...line) => lines.push(line) },
        thrown,
      );
      assert.ok(isReference(reference));
      assert.equal(lines.length, 1);
      assert.ok(JSON.stringify(lines).includes(reference));
      assert.doesNotMatch(JSON.stringify(lines), /canary/);
    }
  });
});
