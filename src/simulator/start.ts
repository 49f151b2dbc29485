/** Starts the simulator on a port of its own. */

import { createServer } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { type Admin, createAdmin } from './admin.ts';
import { startControl } from './control/start-control.ts';
import { close, listen } from './listen.ts';
import { registered, type SimulatorClient } from './oauth/clients.ts';
import type { Directory } from './people/directory.ts';
import type { Person } from './people/person.ts';
import { routes } from './routes.ts';
import { createScript, type Script } from './script.ts';
import { type ApiSession, emptyState } from './state.ts';
import { readState, writeState } from './state-file.ts';
import type { Toggles } from './toggles.ts';
import { createWorld } from './world.ts';

export interface SimulatorOptions {
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Starts the control pages and API beside it. Port 0 takes a free one; `host` is `127.0.0.1` where it is not given. */
  readonly control?: { readonly port?: number; readonly host?: string };
  /** Public origin, where it is not `http://localhost:<port>`. */
  readonly origin?: string;
  readonly clients?: readonly SimulatorClient[];
  readonly toggles?: Partial<Toggles>;
  /**
   * JSON file that keeps sessions, codes, tokens, the clock's advance and what `admin` changed, from one start to the
   * next. One process at a time. Clients and toggles are not in it: each start names them.
   */
  readonly data?: string;
  /** Patients beside the named people, at most 900,000, and the professionals and teams that go with them. Default 0. */
  readonly patients?: number;
  /** What the population is worked out from: the same seed, the same people and records. Default `1`. */
  readonly seed?: string;
  /** Epoch milliseconds. Default `Date.now`. */
  readonly now?: () => number;
}

export interface Simulator {
  /** Origin, no trailing slash. */
  readonly url: string;
  readonly port: number;
  /** Origin of the control pages and API, where they were asked for. */
  readonly controlUrl: string | undefined;
  /** The named people and those who registered, as they are now. */
  readonly people: readonly Person[];
  /** Everybody, the population included, as they are now. */
  readonly directory: Directory;
  /** May be changed at any time; holds from the next request on. */
  readonly toggles: Toggles;
  /** Registers a client, or registers it anew. */
  addClient(client: SimulatorClient): void;
  /** Queues an answer for an endpoint. Each is used once, or `times`, in order; then the endpoint is itself again. */
  readonly next: Script['next'];
  /** Forgets the answers that wait, for one endpoint or for all. */
  readonly clear: Script['clear'];
  /**
   * The requests so far, oldest first, of one endpoint or of all, with all that is secret in them. Kept in memory, the
   * newest 20,000 at least, never written.
   */
  readonly received: Script['received'];
  /** API sessions so far, oldest first. */
  sessions(): readonly ApiSession[];
  readonly clock: { now(): number; advance(ms: number): void };
  readonly admin: Admin;
  /** Breaks open connections and frees the port. */
  close(): Promise<void>;
}

/** @throws Error where the port is taken, or `data` is no state file or cannot be written; TypeError for a client nobody could use */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const { data, now = Date.now } = options;
  const state = data === undefined ? emptyState() : readState(data);
  const world = createWorld({
    ...options,
    state,
    now,
    save: () => {
      if (data !== undefined) writeState(data, state);
    },
  });
  // A file that cannot be written is found out now, not by the first patient.
  world.save();
  const script = createScript(world.now);
  // The simulator often runs inside the process it is tested by: leave that process's Request and Response alone.
  const listener = getRequestListener(routes(world, script).fetch, { overrideGlobalObjects: false });
  const server = createServer(listener);
  const port = await listen(server, options.port ?? 0, options.host ?? '127.0.0.1');
  world.origin = (options.origin ?? `http://localhost:${port}`).replace(/\/+$/, '');

  const admin = createAdmin(world);
  const control =
    options.control &&
    (await startControl(
      { world, script, admin },
      { port: options.control.port ?? 0, host: options.control.host ?? '127.0.0.1' },
    ).catch(async (cause) => {
      await close(server);
      throw cause;
    }));

  return {
    url: world.origin,
    port,
    controlUrl: control?.url,
    get people() {
      return world.directory.named();
    },
    directory: world.directory,
    toggles: world.toggles,
    addClient: (client) => {
      world.clients.set(client.clientId, registered(client));
    },
    next: script.next,
    clear: script.clear,
    received: script.received,
    sessions: () => [...state.sessions.values()],
    clock: {
      now: world.now,
      advance(ms) {
        state.clockOffset += ms;
        world.save();
      },
    },
    admin,
    async close() {
      await control?.close();
      await close(server);
    },
  };
}
