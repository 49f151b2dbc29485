/** One id for a request, in its answer and in the log lines of its failures. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { MiddlewareHandler } from 'hono';

const current = new AsyncLocalStorage<string>();

/** Long enough to be an id and no name or number of a person, which must not get into the log. */
const ACCEPTED = /^[A-Za-z0-9_-]{16,64}$/;

/** `X-Request-Id` as the caller sent it, or one of our own. */
export const requestId: MiddlewareHandler = async (c, next) => {
  const sent = c.req.header('x-request-id');
  const id = sent !== undefined && ACCEPTED.test(sent) ? sent : randomUUID();
  await current.run(id, next);
  // Not `c.header`, which copies an answer that is there already, with its body as a stream: half of what a short one costs.
  c.res.headers.set('X-Request-Id', id);
};

/** That of the request which is being answered, where one is. */
export function currentRequestId(): string | undefined {
  return current.getStore();
}
