/** The OpenAPI document of the control API, from the table that the API itself works by. */

import type { Operation } from './operation.ts';
import { operations } from './operations.ts';
import type { Schema } from './schema.ts';

const problem = {
  description: 'What is wrong, as problem+json (RFC 9457)',
  content: { 'application/problem+json': { schema: { type: 'object', additionalProperties: true } } },
};

/** @param url of the control server, no trailing slash */
export function openApiDocument(url: string): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    const at = paths[operation.path] ?? {};
    at[operation.method] = described(operation);
    paths[operation.path] = at;
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Control API of the PKB simulator',
      version: '1',
      description: 'This is not Patients Know Best, and not an API of theirs. Everybody in it is invented.',
    },
    servers: [{ url }],
    paths,
  };
}

function described({ id, what, path, query = {}, body, answer }: Operation): object {
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(query).map(([name, schema]) => ({ name, in: 'query', schema }));
  return {
    operationId: id,
    summary: what,
    ...(inPath.length + inQuery.length > 0 && { parameters: [...inPath, ...inQuery] }),
    ...(body && { requestBody: { required: true, content: json(body) } }),
    responses: {
      ...(answer
        ? { 200: { description: 'Done', content: json(answer) } }
        : { 204: { description: 'Done' } }),
      400: problem,
      ...(inPath.length > 0 && { 404: problem }),
    },
  };
}

function json(schema: Schema): object {
  return { 'application/json': { schema } };
}
