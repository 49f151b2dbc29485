import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type HttpBindings, serve } from '@hono/node-server';
import { ConfigurationError } from '../errors.ts';
import type { Connection } from '../http/client-address.ts';

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

export type Answer = (request: Request, connection: Connection) => Response | Promise<Response>;

interface Listening {
  readonly url: string;
  /**
   * Goes on for `drainMs`, in which each answer closes its connection; then takes no more requests, and resolves when
   * every one that came has been answered.
   */
  stop(drainMs?: number): Promise<void>;
}

/** @throws ConfigurationError `bad-configuration` where the port or the address cannot be had */
export async function listen(
  answer: Answer,
  { host, port }: { readonly host: string; readonly port: number },
  settings = { portSetting: 'PORT', hostSetting: 'PKB_LINK_HOST' },
  patience: Partial<Record<keyof typeof PATIENCE, number>> = {},
): Promise<Listening> {
  const underWay = new Set<Promise<void>>();
  const { timeout, ...serverOptions } = { ...PATIENCE, ...patience };
  let stopping = false;
  const server = serve({
    port,
    hostname: host,
    serverOptions,
    fetch: (request, { incoming, outgoing }) => {
      const connection = { incoming, outgoing } as HttpBindings;
      if (stopping) connection.outgoing.shouldKeepAlive = false;
      const answering = Promise.resolve(answer(request, connection));
      const ended: Promise<void> = answering.then(
        () => void underWay.delete(ended),
        () => void underWay.delete(ended),
      );
      underWay.add(ended);
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
    while (underWay.size > 0) await Promise.all(underWay);
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
