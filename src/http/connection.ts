import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Context } from 'hono';

/** What our server knows of a request beside it. A test that calls the routes has none, nor has an app of the partner's. */
export type Connection = Partial<{
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** In the answer, and in the log lines of the request's failures. */
  readonly requestId: string;
}>;

export function connectionOf(c: Context): Connection {
  return (c.env as Connection | undefined) ?? {};
}

/** As Node has read it, where it has: to make the request's `Headers` costs more than to answer with a token. */
export function authorizationOf(c: Context): string | undefined {
  const { incoming } = connectionOf(c);
  return incoming ? incoming.headers.authorization : c.req.header('authorization');
}
