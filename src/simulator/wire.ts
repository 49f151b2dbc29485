/** HTTP, as far as every endpoint shares it. */

import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, Hono, MiddlewareHandler } from 'hono';

export type Wire = { Bindings: HttpBindings };
export type WireContext = Context<Wire>;
export type Handler = (c: WireContext) => Response | Promise<Response>;
export type Routes = Hono<Wire>;

/** The largest request body, in bytes: far more than any honest one. */
export const bodyLimitBytes = 16 * 1024;

/**
 * 413 for a larger body. hono's own `bodyLimit` cannot read a body of unknown length here: it makes a new Request out of
 * the node server's, which is none of the global class, as the globals are left alone.
 */
export function limitBody(bytes: number, refuse: () => Response): MiddlewareHandler {
  return async (c, next) => {
    const { 'content-length': declared, 'transfer-encoding': chunked } = c.req.header();
    const length = chunked === undefined ? Number(declared ?? 0) : Buffer.byteLength(await c.req.text());
    return length > bytes ? refuse() : next();
  };
}

/** The TCP connection breaks where the answer should be. */
export function dropConnection(c: WireContext): Response {
  c.env.outgoing.destroy();
  return RESPONSE_ALREADY_SENT;
}

export function json(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      ...headers,
    },
  });
}

export function fhirJson(value: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return json(value, status, { 'content-type': 'application/fhir+json', ...headers });
}

/** The media type without its parameters, lower case. */
export function mediaType(c: WireContext): string {
  return (c.req.header('content-type') ?? '').replace(/;.*$/s, '').trim().toLowerCase();
}

export const formMediaType = 'application/x-www-form-urlencoded';

/** Parameters by name, or the name of one that came twice: RFC 6749 section 3.1 and 3.2 forbid it. */
export function singleParameters(
  parameters: URLSearchParams,
): ReadonlyMap<string, string> | { doubled: string } {
  const single = new Map<string, string>();
  const seen = new Set<string>();
  for (const [name, value] of parameters) {
    if (seen.has(name)) return { doubled: name };
    seen.add(name);
    // RFC 6749 section 3.1: a parameter without a value counts as omitted.
    if (value !== '') single.set(name, value);
  }
  return single;
}
