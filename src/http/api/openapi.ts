/** The OpenAPI document of the HTTP API: input by the schemas that check it, answers by their shapes. */

import { z } from 'zod';
import { LINK_STATES } from '../../model.ts';
import * as shapes from './answer-shapes.ts';
import { Completion, Confirmation, NewLinkSession } from './api-input.ts';

const SCHEMAS = {
  Link: shapes.LinkShape,
  LinksPage: shapes.LinksPage,
  Event: shapes.EventShape,
  EventsPage: shapes.EventsPage,
  AccessToken: shapes.AccessToken,
  Demographics: shapes.DemographicsShape,
  NewLinkSession,
  LinkSessionMade: shapes.LinkSessionMade,
  LinkSession: shapes.LinkSessionShape,
  Completion,
  Confirmation,
  LinkSessionCompleted: shapes.LinkSessionCompleted,
  Erased: shapes.ErasedShape,
  Health: shapes.Health,
  Problem: shapes.Problem,
} as const;
type SchemaName = keyof typeof SCHEMAS;

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: true;
  readonly description: string;
  readonly schema: object;
}

interface Content {
  readonly [type: string]: { readonly schema?: { readonly $ref?: string } };
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly security?: readonly object[];
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly required: true; readonly content: Content };
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly headers?: object; readonly content?: Content }>
  >;
}

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly object[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, object>>;
    readonly securitySchemes: object;
    readonly headers: object;
  };
}

const appUserId = inPath('app_user_id', "The account's id in your app, percent-encoded", { minLength: 1 });
const sessionId = inPath('id', 'The id of the link session');
const after = inQuery('after', 'Where the page before ended: its next_after', {
  type: 'string',
  maxLength: 64,
});
const limit = inQuery('limit', 'How many at most', {
  type: 'integer',
  minimum: 1,
  maximum: 500,
  default: 100,
});
const ETAG = header('Names this state of the link: send it back as If-None-Match');

const ALWAYS = [400, 401, 429, 500, 503];
const ABOUT_A_LINK = [...ALWAYS, 403, 404, 409];

const PATHS: OpenApiDocument['paths'] = {
  '/healthz': { get: open('isAlive', 'Whether the process lives', { 200: answer('It does', 'Health') }) },
  '/readyz': {
    get: open('isReady', 'Whether the database answers', {
      200: answer('It does', 'Health'),
      503: problemAnswer(503),
    }),
  },
  '/openapi.json': { get: open('describe', 'This document', { 200: kind('application/json') }) },
  '/docs': { get: open('read', 'This document, to be read', { 200: kind('text/html') }) },
  '/v1/links': {
    get: {
      operationId: 'listLinks',
      summary: 'Links, page by page',
      parameters: [
        inQuery('state', 'Only those in this state; without it all that are not unlinked', {
          enum: [...LINK_STATES],
        }),
        after,
        limit,
      ],
      responses: { 200: answer('A page, and where the next begins', 'LinksPage'), ...problems(ALWAYS) },
    },
  },
  '/v1/links/{app_user_id}': {
    get: {
      operationId: 'getLink',
      summary: 'The link of an account: its state, its health and who must act next',
      parameters: [appUserId, inHeader('If-None-Match', 'The ETag of the answer that you have')],
      responses: {
        200: { ...answer('The link', 'Link'), headers: { ...requestIdHeader(), ETag: ETAG } },
        304: { description: 'It is as you have it', headers: { ...requestIdHeader(), ETag: ETAG } },
        ...problems([...ALWAYS, 404]),
      },
    },
    delete: {
      operationId: 'unlink',
      summary: 'Unlink an account: its tokens are destroyed',
      parameters: [appUserId],
      responses: { 200: answer('The link, now unlinked', 'Link'), ...problems([...ALWAYS, 403, 404]) },
    },
  },
  '/v1/links/{app_user_id}/confirm': {
    post: {
      operationId: 'confirmLink',
      summary: 'Say that the patient, shown the record that is proposed, said that it is theirs',
      parameters: [appUserId],
      requestBody: { required: true, content: json('Confirmation') },
      responses: { 200: answer('The link, now active', 'Link'), ...problems(ABOUT_A_LINK) },
    },
  },
  '/v1/links/{app_user_id}/access-token': {
    post: {
      operationId: 'getAccessToken',
      summary: 'An access token that is fresh, and when it ends',
      parameters: [appUserId],
      responses: { 200: answer('The token', 'AccessToken'), ...problems(ABOUT_A_LINK) },
    },
  },
  '/v1/links/{app_user_id}/demographics': {
    get: {
      operationId: 'getDemographics',
      summary: 'Who the patient is, as PKB tells it now',
      parameters: [appUserId],
      responses: { 200: answer('The patient', 'Demographics'), ...problems(ABOUT_A_LINK) },
    },
  },
  '/v1/links/{app_user_id}/fhir/{path}': passed('Fhir', "PKB's FHIR API for this patient"),
  '/v1/links/{app_user_id}/rest/{path}': passed('Rest', "PKB's REST API for this patient"),
  '/v1/link-sessions': {
    post: {
      operationId: 'makeLinkSession',
      summary: 'Make a link session: an address where one patient links',
      parameters: [
        inHeader('Idempotency-Key', '1 to 255 characters without spaces: the same key gets the same answer'),
      ],
      requestBody: { required: true, content: json('NewLinkSession') },
      responses: {
        201: answer('Made: send the browser to its url', 'LinkSessionMade'),
        ...problems([...ALWAYS, 403, 404, 409, 422]),
      },
    },
  },
  '/v1/link-sessions/{id}': {
    get: {
      operationId: 'getLinkSession',
      summary: 'How far a link session has come',
      parameters: [sessionId],
      responses: { 200: answer('The link session', 'LinkSession'), ...problems([...ALWAYS, 404]) },
    },
  },
  '/v1/link-sessions/{id}/complete': {
    post: {
      operationId: 'completeLinkSession',
      summary: 'Say which account is signed in where the patient came back',
      parameters: [sessionId],
      requestBody: { required: true, content: json('Completion') },
      responses: {
        200: answer('The link so far, and where to send the browser', 'LinkSessionCompleted'),
        ...problems(ABOUT_A_LINK),
      },
    },
  },
  '/v1/people/{app_user_id}': {
    delete: {
      operationId: 'erasePerson',
      summary: 'Erase all that is held of one person, for ever: once their account in your app is gone',
      parameters: [appUserId],
      responses: { 200: answer('What is gone', 'Erased'), ...problems([...ALWAYS, 403]) },
    },
  },
  '/v1/events': {
    get: {
      operationId: 'listEvents',
      summary: 'What happened, in order',
      parameters: [after, limit],
      responses: { 200: answer('A page, and where to go on', 'EventsPage'), ...problems(ALWAYS) },
    },
  },
};

export const OPENAPI: OpenApiDocument = {
  openapi: '3.1.0',
  info: {
    title: 'pkb-link',
    version: '1',
    description:
      "Links of your app's accounts to records at Patients Know Best, for your own back ends. Every answer has an X-Request-Id; a failure is problem+json with a Pkb-Link-Failure header. GET takes HEAD too.",
  },
  security: [{ apiKey: [] }],
  paths: PATHS,
  components: {
    schemas: jsonSchemas(),
    securitySchemes: {
      apiKey: {
        type: 'http',
        scheme: 'bearer',
        description: 'PKB_LINK_API_KEY, or one of pkb-link api-keys',
      },
    },
    headers: {
      'X-Request-Id': header('As you sent it (16 to 64 letters, digits, _ and -), or one of ours'),
      'Pkb-Link-Failure': header(
        "The problem's code, or bad-request, too-many-requests or overloaded. An answer of PKB's never has it",
      ),
      'Retry-After': header('Seconds to wait, where it is known how long'),
    },
  },
};

function jsonSchemas(): Record<string, object> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(SCHEMAS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `#/components/schemas/${id}` });
  // OpenAPI names a schema by its place; an `$id` that is a fragment is not allowed there.
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $id: _id, $schema: _schema, ...schema }]) => [name, schema]),
  );
}

function open(operationId: string, summary: string, responses: Operation['responses']): Operation {
  return { operationId, summary, security: [], parameters: [], responses };
}

function passed(which: string, summary: string): Record<string, Operation> {
  const path = inPath('path', "The rest of PKB's address, slashes and all");
  return Object.fromEntries(
    ['get', 'post', 'put', 'patch', 'delete'].map((method) => [
      method,
      {
        operationId: `${method}${which}`,
        summary,
        parameters: [appUserId, path],
        responses: {
          default: {
            description: "PKB's own answer, as it came",
            headers: requestIdHeader(),
            content: { '*/*': {} },
          },
          ...problems([...ABOUT_A_LINK, 413], { '*/*': {} }),
        },
      },
    ]),
  );
}

function requestIdHeader(): Record<string, object> {
  return { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' } };
}

function json(name: SchemaName): Content {
  return { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } };
}

function answer(description: string, name: SchemaName) {
  return { description, headers: requestIdHeader(), content: json(name) };
}

function kind(type: string) {
  return { description: 'The document', headers: requestIdHeader(), content: { [type]: {} } };
}

/** @param besides what else may come with these statuses, where PKB itself answers */
function problems(statuses: readonly number[], besides: Content = {}): Operation['responses'] {
  return Object.fromEntries(statuses.map((status) => [status, problemAnswer(status, besides)]));
}

function problemAnswer(status: number, besides: Content = {}): Operation['responses'][string] {
  return {
    description: whoMustAct()[status] ?? 'A problem',
    headers: {
      ...requestIdHeader(),
      'Pkb-Link-Failure': { $ref: '#/components/headers/Pkb-Link-Failure' },
      ...((status === 429 || status === 503) && {
        'Retry-After': { $ref: '#/components/headers/Retry-After' },
      }),
    },
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } }, ...besides },
  };
}

function whoMustAct(): Readonly<Record<number, string>> {
  return {
    400: 'The request is wrong: its field says where',
    401: 'The API key is missing or wrong',
    403: 'The key may only read, or PKB refuses for now',
    404: 'There is no such thing',
    409: 'The patient must grant again, or your support must look; or the same Idempotency-Key is still at work',
    413: 'The body is too long',
    422: 'The Idempotency-Key was used for another request',
    429: 'This caller asks too often: wait as long as Retry-After says',
    500: 'The operator or we must act',
    503: 'Wait, as long as Retry-After says where it is there, and try again',
  };
}

function header(description: string): object {
  return { description, schema: { type: 'string' } };
}

function inPath(name: string, description: string, limits: object = {}): Parameter {
  return { name, in: 'path', required: true, description, schema: { type: 'string', ...limits } };
}

function inQuery(name: string, description: string, schema: object): Parameter {
  return { name, in: 'query', description, schema };
}

function inHeader(name: string, description: string): Parameter {
  return { name, in: 'header', description, schema: { type: 'string' } };
}
