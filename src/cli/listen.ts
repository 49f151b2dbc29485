import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { ConfigurationError } from '../errors.ts';

/** How long a connection that asks nothing may keep a server that is stopping, in milliseconds. */
const IDLE_MS = 1000;

interface Listening {
  readonly url: string;
  /** Takes no more requests, and resolves when every one that came has been answered. */
  stop(): Promise<void>;
}

/** @throws ConfigurationError `bad-configuration` where the port or the address cannot be had */
export async function listen(
  answer: (request: Request) => Response | Promise<Response>,
  { host, port }: { readonly host: string; readonly port: number },
  settings = { portSetting: 'PORT', hostSetting: 'PKB_LINK_HOST' },
): Promise<Listening> {
  const underWay = new Set<Promise<void>>();
  const server = serve({
    port,
    hostname: host,
    fetch: (request) => {
      const answering = Promise.resolve(answer(request));
      const ended: Promise<void> = answering.then(
        () => void underWay.delete(ended),
        () => void underWay.delete(ended),
      );
      underWay.add(ended);
      return answering;
    },
  });
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
    async stop() {
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
