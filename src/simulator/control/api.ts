/** The control API over HTTP: JSON in, JSON or problem+json out. And its operations as forms, for the pages. */

import type { Context, Hono } from 'hono';
import { formMediaType } from '../wire.ts';
import { openApiDocument } from './openapi.ts';
import { type Controls, NotThere, type Operation } from './operation.ts';
import { operations, perform, typed } from './operations.ts';
import { errorPage } from './page.ts';

export function addApi(app: Hono, controls: Controls): void {
  for (const operation of operations) {
    const path = operation.path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(operation.method.toUpperCase(), path, (c) => answer(c, controls, operation));
    app.post(`/do/${operation.id}${path.slice('/api'.length)}`, (c) => formSent(c, controls, operation));
  }
  app.get('/api/openapi.json', (c) => c.json(openApiDocument(new URL(c.req.url).origin)));
  app.all('/api/*', () => problem(404, 'There is no such operation: see /api/openapi.json.'));
}

async function answer(c: Context, controls: Controls, operation: Operation): Promise<Response> {
  try {
    const body = operation.body ? await jsonBody(c) : undefined;
    const result = perform(controls, operation, { path: c.req.param(), query: c.req.query(), body });
    return operation.answer ? c.json(result as object) : c.body(null, 204);
  } catch (thrown) {
    if (thrown instanceof NotThere) return problem(404, thrown.message);
    if (thrown instanceof TypeError) return problem(400, thrown.message);
    throw thrown;
  }
}

async function jsonBody(c: Context): Promise<unknown> {
  if (!/^application\/json\b/i.test(c.req.header('content-type') ?? '')) {
    throw new TypeError('send application/json');
  }
  try {
    return await c.req.json();
  } catch {
    throw new TypeError('the body is no JSON');
  }
}

/** A form's fields are the members of the body; `back` is the page to show afterwards. Empty fields are left out. */
async function formSent(c: Context, controls: Controls, operation: Operation): Promise<Response> {
  if (!c.req.header('content-type')?.startsWith(formMediaType)) return errorPage(415, 'This is not a form.');
  const fields = new URLSearchParams(await c.req.text());
  const back = fields.get('back') ?? '/';
  fields.delete('back');
  const properties = operation.body?.properties ?? {};
  const body = Object.fromEntries(
    [...fields]
      .filter(([, value]) => value !== '')
      .map(([name, value]) => [name, typed(properties[name] ?? {}, value)]),
  );
  try {
    perform(controls, operation, { path: c.req.param(), query: {}, body });
  } catch (thrown) {
    if (thrown instanceof NotThere) return errorPage(404, thrown.message);
    if (thrown instanceof TypeError) return errorPage(422, thrown.message);
    throw thrown;
  }
  return c.redirect(back.startsWith('/') && !back.startsWith('//') ? back : '/', 303);
}

function problem(status: number, detail: string): Response {
  return new Response(JSON.stringify({ status, detail }), {
    status,
    headers: { 'content-type': 'application/problem+json' },
  });
}
