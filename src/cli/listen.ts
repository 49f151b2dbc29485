import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, type Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpBindings, serve } from '@hono/node-server';
import { ConfigurationError } from '../errors.ts';
import type { Connection } from '../http/connection.ts';

/** How long a connection that asks nothing may keep a server that is stopping, in milliseconds. */
const IDLE_MS = 1000;

/**
 * For clients that are slow, by will or not, in milliseconds: how long the head of a request and all of it may take to
 * come, and how long a connection may stay silent, which is longer than PKB may take to answer. An idle one is kept longer
 * than proxies keep theirs, so that it is they who close it.
 */
const PATIENCE = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  timeout: 150_000,
  keepAliveTimeout: 75_000,
  connectionsCheckingInterval: 1_000,
} as const;

/** Of a caller: long enough to be an id and no name or number of a person, which must not get into the log. */
const ACCEPTED_ID = /^[A-Za-z0-9_-]{16,64}$/;

/**
 * Adds what every answer has, unless it says otherwise itself. Written in one object with the answer's own headers: to set them
 * on an answer that is made, or on this one before, is up to a tenth of what a short answer costs.
 */
class ServiceResponse<Asked extends IncomingMessage = IncomingMessage> extends ServerResponse<Asked> {
  requestId = '';

  /** @param given headers as an object, which is how Hono's server calls it; that of `Headers` has their names in small letters */
  override writeHead(status: number, given?: unknown): this {
    const headers = { 'x-request-id': this.requestId, 'cache-control': 'no-store' };
    return super.writeHead(status, Object.assign(headers, given));
  }
}

export type Answer = (request: Request, connection: Connection) => Response | Promise<Response>;

interface Listening {
  readonly url: string;
  /**
   * Goes on for `drainMs`, in which each answer closes its connection; then takes no more requests, and resolves when
   * every one that came has been answered.
   */
  stop(drainMs?: number): Promise<void>;
}

/**
 * Every answer has an `X-Request-Id`, and unless it says otherwise no cache keeps it.
 * @throws ConfigurationError `bad-configuration` where the port or the address cannot be had
 */
export async function listen(
  answer: Answer,
  { host, port }: { readonly host: string; readonly port: number },
  settings = { portSetting: 'PORT', hostSetting: 'PKB_LINK_HOST' },
  patience: Partial<Record<keyof typeof PATIENCE, number>> = {},
): Promise<Listening> {
  let underWay = 0;
  let idle: PromiseWithResolvers<void> | undefined;
  const { timeout, ...serverOptions } = { ...PATIENCE, ...patience };
  let stopping = false;
  const nextId = ids();

  function ended(): void {
    underWay -= 1;
    if (underWay === 0) idle?.resolve();
  }

  const server = serve({
    port,
    hostname: host,
    serverOptions: { ...serverOptions, ServerResponse: ServiceResponse },
    fetch: (request, bindings) => {
      const { incoming } = bindings as HttpBindings;
      const outgoing = bindings.outgoing as ServiceResponse;
      if (stopping) outgoing.shouldKeepAlive = false;
      const sent = incoming.headers['x-request-id'];
      const requestId = typeof sent === 'string' && ACCEPTED_ID.test(sent) ? sent : nextId();
      outgoing.requestId = requestId;
      const answering = answer(request, { incoming, outgoing, requestId });
      if (answering instanceof Promise) {
        underWay += 1;
        answering.then(ended, ended);
      }
      return answering;
    },
  });
  (server as Server).timeout = timeout;
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw cannotListen(cause, { port, ...settings });
  }

  // Beyond its connection: a caller that gave up may have begun a refresh, whose answer must be kept.
  async function answered(): Promise<void> {
    while (underWay > 0) {
      idle ??= Promise.withResolvers();
      await idle.promise;
      idle = undefined;
    }
  }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    async stop(drainMs = 0) {
      stopping = true;
      if (drainMs > 0) await delay(drainMs);
      const closed = once(server, 'close');
      server.close();
      await answered();
      if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), IDLE_MS).unref();
      await closed;
      await answered();
    },
  };
}

/** Of our own: one of no other process, and of no other request of this one. */
function ids(): () => string {
  const process = randomBytes(12).toString('hex');
  let count = 0;
  return () => {
    count += 1;
    return `${process}-${count}`;
  };
}

/** What keeps a server from listening as the operator's mistake that it is; anything else as it came. */
export function cannotListen(
  cause: unknown,
  at: { readonly port: number; readonly portSetting: string; readonly hostSetting?: string },
): unknown {
  const bad = (setting: string | undefined, trouble: string) =>
    new ConfigurationError('bad-configuration', trouble, {
      cause,
      ...(setting !== undefined && { setting }),
    });
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return bad(at.portSetting, `${at.port} is in use: choose another`);
    case 'EACCES':
      return bad(at.portSetting, `${at.port} is not for this user: choose one from 1024 up`);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return bad(at.hostSetting, 'is not an address of this machine (0.0.0.0 is all of them)');
    default:
      return cause;
  }
}
