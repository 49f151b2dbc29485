/** Hosted linking as it is run: a process of `pkb-link serve`, an example that speaks HTTP to it, a simulator. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Simulator, type SimulatorClient, startSimulator } from '../src/simulator.ts';
import { API_KEY, type Environment, start } from './cli/command-line.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

/** A test, or whatever else ends what it has started. */
export interface Ends {
  after(work: () => unknown): void;
}

export interface Hosted {
  readonly simulator: Simulator;
  /** Where `serve` listens. */
  readonly url: string;
  readonly apiKey: string;
  /** Where the example listens; nothing does where none was named. */
  readonly appUrl: string;
  /** One call of the partner's back end. */
  ask(
    method: string,
    path: string,
    body?: object,
  ): Promise<{ status: number; body: Record<string, unknown> }>;
}

export async function startHosted(
  t: TestContext,
  options: { readonly example?: string; readonly returnAddresses?: readonly string[] } = {},
): Promise<Hosted> {
  const places = await findPlaces();
  const { url, appUrl } = places;
  const simulator = await startSimulator({ clients: [clientOf(places)] });
  t.after(() => simulator.close());
  await start(t, ['serve'], environmentOf(places, simulator, options.returnAddresses));
  if (options.example !== undefined) await startExample(t, options.example, places);
  return { simulator, url, appUrl, apiKey: API_KEY, ask: (...call) => ask(url, ...call) };
}

/** Where the service listens, and the example. */
export interface Places {
  readonly url: string;
  readonly appUrl: string;
}

export async function findPlaces(): Promise<Places> {
  return { url: `http://localhost:${await freePort()}`, appUrl: `http://localhost:${await freePort()}` };
}

export function clientOf({ url }: Places): SimulatorClient {
  return {
    clientId: 'example-app',
    owner: 'Ridgeway Clinic',
    product: 'Ridgeway',
    redirectUris: [`${url}/pkb/callback`],
  };
}

/** What `serve` is started with. */
export function environmentOf(
  { url, appUrl }: Places,
  simulator: Simulator,
  returnAddresses: readonly string[] = [],
): Environment {
  return {
    PKB_ENVIRONMENT: 'simulator',
    PKB_SIMULATOR_URL: simulator.url,
    PKB_REDIRECT_URI: `${url}/pkb/callback`,
    PKB_LINK_DATABASE_URL: 'file::memory:',
    PKB_LINK_RETURN_ADDRESSES: [`${appUrl}/linked`, ...returnAddresses].join(' '),
    PKB_LINK_API_KEY: API_KEY,
    PKB_LINK_HOST: 'localhost',
    PORT: new URL(url).port,
    PKB_LINK_APP_NAME: 'Ridgeway',
    PKB_LINK_ORGANISATION: 'Ridgeway Clinic',
    PKB_LINK_SUPPORT_CONTACT: 'Call 01632 960 001.',
    PKB_LINK_HOME_URL: `${appUrl}/`,
  };
}

/** Resolves once the example answers. It ends when `t` does. */
export async function startExample(t: Ends, example: string, { url, appUrl }: Places): Promise<void> {
  const child = spawn(process.execPath, ['--conditions=pkb-link-source', example], {
    cwd: root,
    env: { PKB_LINK_URL: url, PKB_LINK_API_KEY: API_KEY, PORT: new URL(appUrl).port },
  });
  await answers(t, child, appUrl);
}

/** One call of the partner's back end. */
export async function ask(
  url: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url + path, {
    method,
    headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves once the example answers. */
export async function answers(t: Ends, example: ChildProcess, url: string): Promise<void> {
  let error = '';
  example.stderr?.on('data', (text) => {
    error += text;
  });
  t.after(() => example.kill());
  for (;;) {
    assert.equal(example.exitCode, null, error);
    try {
      await fetch(url, { redirect: 'manual' });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
