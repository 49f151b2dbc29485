/** Hosted linking as it is run: a process of `pkb-link serve`, an example that speaks HTTP to it, a simulator. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Simulator, startSimulator } from '../src/simulator.ts';
import { API_KEY, start } from './cli/command-line.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

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
  const [port, appPort] = [await freePort(), await freePort()];
  const [url, appUrl] = [`http://localhost:${port}`, `http://localhost:${appPort}`];
  const redirectUri = `${url}/pkb/callback`;
  const simulator = await startSimulator({
    clients: [
      { clientId: 'example-app', owner: 'Ridgeway Clinic', product: 'Ridgeway', redirectUris: [redirectUri] },
    ],
  });
  t.after(() => simulator.close());
  await start(t, ['serve'], {
    PKB_ENVIRONMENT: 'simulator',
    PKB_SIMULATOR_URL: simulator.url,
    PKB_REDIRECT_URI: redirectUri,
    PKB_LINK_DATABASE_URL: 'file::memory:',
    PKB_LINK_RETURN_ADDRESSES: [`${appUrl}/linked`, ...(options.returnAddresses ?? [])].join(' '),
    PKB_LINK_API_KEY: API_KEY,
    PKB_LINK_HOST: 'localhost',
    PORT: String(port),
    PKB_LINK_APP_NAME: 'Ridgeway',
    PKB_LINK_ORGANISATION: 'Ridgeway Clinic',
    PKB_LINK_SUPPORT_CONTACT: 'Call 01632 960 001.',
    PKB_LINK_HOME_URL: `${appUrl}/`,
  });
  if (options.example !== undefined) {
    const example = spawn(process.execPath, ['--conditions=pkb-link-source', options.example], {
      cwd: root,
      env: { PKB_LINK_URL: url, PKB_LINK_API_KEY: API_KEY, PORT: String(appPort) },
    });
    await answers(t, example, appUrl);
  }
  return {
    simulator,
    url,
    appUrl,
    apiKey: API_KEY,
    async ask(method, path, body) {
      const response = await fetch(url + path, {
        method,
        headers: { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' },
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    },
  };
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
export async function answers(t: TestContext, example: ChildProcess, url: string): Promise<void> {
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
