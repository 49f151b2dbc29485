import { type Context, Hono, type MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { App } from '../../app.ts';
import { request } from '../../flow/request.ts';
import { problem } from '../problem-json.ts';

/** What of a caller's request reaches PKB. Not among them: cookies, the API key, whatever concerns one connection only. */
const TO_PKB = [
  'accept',
  'accept-language',
  'content-type',
  'if-match',
  'if-modified-since',
  'if-none-exist',
  'if-none-match',
  'prefer',
];

/** Of a body on its way to PKB. What comes back has no limit: it is streamed. */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

const limit = bodyLimit({
  maxSize: MAX_BODY_BYTES,
  onError: () => problem(413, `the body is longer than ${MAX_BODY_BYTES} bytes`),
});

const limited: MiddlewareHandler = (c, next) => (hasBody(c) ? limit(c, next) : next());

/** What of PKB's answer reaches the caller. Not among them: cookies, and what was true of another connection. */
const FROM_PKB = [
  'content-disposition',
  'content-language',
  'content-type',
  'etag',
  'last-modified',
  'location',
  'retry-after',
];

/**
 * PKB's FHIR and REST APIs for one patient, with a token that is fresh: status, body and what matters of the headers are
 * PKB's own. What is ours is `application/problem+json` and has a `Pkb-Link-Failure`; an answer of PKB's never has.
 *
 * @param appUserIdOf the account that the address names
 */
export function passThrough(app: App, appUserIdOf: (c: Context) => string): Hono {
  const { fhirBaseUrl, restBaseUrl } = app.provider.settings;
  const routes = new Hono();
  for (const api of ['fhir', 'rest']) routes.use(`/links/:app_user_id/${api}/*`, limited);
  routes.all('/links/:app_user_id/fhir/*', (c) => pass(c, fhirBaseUrl, 'application/fhir+json'));
  routes.all('/links/:app_user_id/rest/*', (c) => pass(c, restBaseUrl, 'application/json'));

  async function pass(c: Context, baseUrl: string, usualType: string): Promise<Response> {
    const { pathname, search } = new URL(c.req.url);
    const [, rest = ''] = /^\/v1\/links\/[^/]*\/(?:fhir|rest)(\/.*)$/.exec(pathname) ?? [];
    const { method, signal } = c.req.raw;
    const body = hasBody(c) ? c.req.raw.body : null;
    const answer = await request(app, {
      appUserId: appUserIdOf(c),
      url: `${baseUrl}${rest}${search}`,
      method,
      // A caller who has gone takes the request along, and never the refresh before it.
      signal,
      headers: { accept: usualType, ...allowed(c.req.raw.headers, TO_PKB) },
      ...(body && { body, duplex: 'half' as const }),
    });
    const headers = allowed(answer.headers, FROM_PKB);
    // `fetch` has undone a content encoding, and with it the length.
    const length = answer.headers.has('content-encoding') ? null : answer.headers.get('content-length');
    if (length !== null) headers['content-length'] = length;
    return new Response(answer.body, { status: answer.status, headers });
  }

  return routes;
}

/** A read has none (Fetch Standard), and to look for it costs more than to find the token. */
function hasBody({ req: { method } }: Context): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function allowed(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}
