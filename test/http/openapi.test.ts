import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { completionAddress } from '../../src/flow/return-address.ts';
import { arrange } from '../../src/hosted/arrange.ts';
import { arrive } from '../../src/hosted/arrive.ts';
import { api } from '../../src/http/api/api.ts';
import { OPENAPI, type Operation } from '../../src/http/api/openapi.ts';
import { answerAtPkb, linked, personNamed, type Story, story } from '../flow/story.ts';
import { listening } from './listening.ts';

const API_KEY = 'key-of-the-partner-0123456789abcdef';
const RETURN_URL = 'https://app.example/linked';
const PAGES = { apiKey: API_KEY, pagesUrl: 'https://link.example/pkb' };

const OPERATIONS = Object.entries(OPENAPI.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Answers are held against the document itself, as a reader of it would. */
const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(OPENAPI, 'document');

describe('GET /openapi.json', () => {
  it('is valid OpenAPI, and needs no key', async (t) => {
    const { app } = await story(t);
    const answer = await api(app, PAGES).request('/openapi.json');
    assert.equal(answer.status, 200);
    const { valid, errors } = await new Validator().validate(
      (await answer.json()) as Record<string, unknown>,
    );
    assert.ok(valid, JSON.stringify(errors));
  });

  it('has every route there is, and no other', async (t) => {
    const { app } = await story(t);
    const known = api(app, PAGES)
      .routes.flatMap(({ path, method }) => {
        const inDocument = path.replace(/:(\w+)/g, '{$1}').replace(/\/(fhir|rest)\/\*$/, '/$1/{path}');
        if (method !== 'ALL') return [`${method} ${inDocument}`];
        const passes = inDocument.endsWith('{path}');
        return passes ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].map((each) => `${each} ${inDocument}`) : [];
      })
      .sort();
    const described = OPERATIONS.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort();
    assert.deepEqual([...new Set(known)], described);
  });

  it('holds for whatever is asked: every status, type and body is in it, and none is 500', async (t) => {
    const told = await story(t, { app: { returnAddresses: ['/home', RETURN_URL] } });
    const { id: linkId, publicId } = await linked(told);
    await linked(told, {
      appUserId: 'account-3',
      browserSession: 'another-browser-session-of-128-bits',
      familyName: 'Whitfield',
    });
    const asked = await listening(t, api(told.app, PAGES));
    const { id, completion } = await cameBack(told);
    assert.ok(completion);
    const seen = new Map<string, Set<number>>();

    await fc.assert(
      fc.asyncProperty(
        requests({ sessionId: id, completion, linkId, publicId }),
        async ({ operation, url, init }) => {
          const answer = await asked(url, init);
          const about = `${init.method} ${url} ${JSON.stringify(init)} -> ${answer.status}`;
          assert.notEqual(answer.status, 500, about);
          await isDescribed(operation, answer, about);
          seen.set(operation.operationId, (seen.get(operation.operationId) ?? new Set()).add(answer.status));
        },
      ),
      { numRuns: 3000 },
    );
    for (const { operation } of OPERATIONS) {
      const statuses = seen.get(operation.operationId) ?? new Set();
      const success = Object.keys(operation.responses)
        .map(Number)
        .filter((status) => status < 300);
      for (const status of success) assert.ok(statuses.has(status), `${operation.operationId} ${status}`);
    }
  });
});

describe('GET /docs', () => {
  it('names every operation, with no script and nothing from anywhere else', async (t) => {
    const { app } = await story(t);
    const answer = await api(app, PAGES).request('/docs');
    assert.equal(answer.status, 200);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    const page = await answer.text();
    const [, style = ''] = /<style>(.*)<\/style>/s.exec(page) ?? [];
    assert.ok(
      policy.includes(createHash('sha256').update(style).digest('base64')),
      'the policy lets its style in',
    );
    for (const { operation } of OPERATIONS) assert.ok(page.includes(`<h2 id="${operation.operationId}">`));
    assert.doesNotMatch(page, /<script|https?:/);
  });
});

/** What is unlinked or erased is another account, so that there is always one to ask about. */
const ENDED_BY: Readonly<Record<string, string>> = { unlink: 'account-3', erasePerson: 'account-4' };

/** A link session of account-2 whose browser is back from PKB, not yet completed. */
async function cameBack({
  app,
  simulator,
}: Story): Promise<{ readonly id: string; readonly completion: string }> {
  const browserSession = 'a-third-browser-session-of-128-bits';
  const { id, secret } = await arrange(app, { appUserId: 'account-2', returnUrl: RETURN_URL });
  const { appUserId } = await arrive(app, { secret, browserSession });
  const { url } = await authorize(app, { appUserId, browserSession, linkSessionId: id });
  const parameters = await answerAtPkb(url, personNamed(simulator, 'Holloway'));
  await callback(app, { parameters, browserSession });
  const address = new URL(await completionAddress(app, { linkSessionId: id }));
  return { id, completion: address.searchParams.get('completion') ?? '' };
}

type Known = Record<'sessionId' | 'completion' | 'linkId' | 'publicId', string>;

function requests({ sessionId, completion, linkId, publicId }: Known) {
  const appUserId = fc.oneof(
    { weight: 5, arbitrary: fc.constant('account-1') },
    fc.constantFrom('nobody', '%FF', '%00', '%2F', 'a'.repeat(600)),
    fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => `x${encodeURIComponent(text)}`),
  );
  const id = fc.oneof({ weight: 6, arbitrary: fc.constant(sessionId) }, fc.uuid(), fc.constant('%00'));
  const pass = fc.constantFrom(
    `Patient/${publicId}`,
    'Patient/none',
    'metadata',
    'users/self',
    '%00',
    '..%2f..',
  );
  const query = fc.oneof(
    { weight: 3, arbitrary: fc.constant('') },
    fc.webQueryParameters().map((text) => `?${text}`),
    fc.constantFrom(
      '?limit=0',
      '?limit=7',
      '?limit=x',
      '?state=active',
      '?state=odd',
      '?after=%00',
      '?after=x&after=y',
    ),
  );
  const body = fc.oneof(
    { weight: 5, arbitrary: fc.constant({ app_user_id: 'account-2', return_url: RETURN_URL }) },
    { weight: 5, arbitrary: fc.constant({ link: linkId }) },
    { weight: 4, arbitrary: fc.constant({ app_user_id: 'account-2', completion }) },
    fc.constant({ app_user_id: 'account-2', completion: 'none' }),
    fc.record(
      {
        app_user_id: fc.oneof(fc.string(), fc.integer()),
        return_url: fc.oneof(fc.webUrl(), fc.constant(RETURN_URL)),
        page: fc.constantFrom('link', 'connection', 'other'),
        expected: fc.record({ birth_date: fc.string(), nhs_number: fc.string() }, { requiredKeys: [] }),
        completion: fc.string(),
      },
      { requiredKeys: [] },
    ),
    fc.jsonValue(),
  );
  const headers = fc.record(
    {
      authorization: fc.oneof(
        { weight: 9, arbitrary: fc.constant(`Bearer ${API_KEY}`) },
        fc.constant('Bearer no'),
      ),
      'content-type': fc.oneof(
        { weight: 9, arbitrary: fc.constant('application/json') },
        fc.constant('text/plain'),
      ),
      'idempotency-key': fc.constantFrom('key-1', 'key 2'),
    },
    { requiredKeys: ['authorization', 'content-type'] },
  );
  return fc
    .record({ at: fc.constantFrom(...OPERATIONS), appUserId, id, pass, query, body, headers })
    .map(({ at: { path, method, operation }, ...given }) => ({
      operation,
      url:
        path
          .replace('{app_user_id}', () =>
            given.appUserId.replace('account-1', ENDED_BY[operation.operationId] ?? 'account-1'),
          )
          .replace('{id}', () => given.id)
          .replace('{path}', () => given.pass) + given.query,
      init: {
        method: method.toUpperCase(),
        headers: given.headers as Record<string, string>,
        ...(method !== 'get' && method !== 'delete' && { body: JSON.stringify(given.body) }),
      },
    }));
}

async function isDescribed(operation: Operation, answer: Response, about: string): Promise<void> {
  const described = operation.responses[answer.status] ?? operation.responses.default;
  assert.ok(described, `${about}: this status is not described`);
  assert.ok(answer.headers.get('x-request-id'), about);
  const text = await answer.text();
  const [type = ''] = (answer.headers.get('content-type') ?? '').split(';');
  const isOurs = answer.headers.has('pkb-link-failure');
  assert.equal(isOurs, type === 'application/problem+json', about);
  const content = described.content?.[type] ?? (isOurs ? undefined : described.content?.['*/*']);
  assert.ok(content, `${about}: ${type} is not described`);
  const ref = content.schema?.$ref;
  if (ref === undefined) return;
  const isValid = ajv.getSchema(`document${ref}`);
  assert.ok(isValid, ref);
  assert.ok(isValid(JSON.parse(text)), `${about}: ${text}: ${ajv.errorsText(isValid.errors)}`);
}
