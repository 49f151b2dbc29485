/**
 * `pkb-link serve` beside Ridgeway Health, as a process of its own: what a back end in another language calls. It is another
 * client at the simulator, with links of its own in the same database.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigurationError } from 'pkb-link';
import type { SimulatorClient } from 'pkb-link/simulator';
import { keptSecret } from './kept-secret.ts';

export interface ServeOptions {
  readonly folder: string;
  /** Free, and not 0: the redirect address has it. */
  readonly port: number;
  /** The settings of the app beside it, the simulator's among them. What is the service's own is put over them. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Makes the API key, where there is none. */
  readonly newKey: () => string;
}

export interface Serving {
  readonly url: string;
  /** Where its API key is kept. Absent: it was given in the settings. */
  readonly keyFile?: string;
  close(): Promise<void>;
}

const BIN = fileURLToPath(new URL('../../bin/pkb-link.js', import.meta.url));

/** A back end in another language listens here, as in docs/hosted-linking.md. */
const BACK_END = 'http://localhost:3000';

/** The service as the simulator must know it. */
export function serveClient(port: number): SimulatorClient {
  return {
    clientId: 'ridgeway-service',
    owner: 'Ridgeway Clinic',
    product: 'Ridgeway Clinic',
    redirectUris: [redirectUriAt(port)],
  };
}

/** Resolves when the service answers. @throws ConfigurationError where it does not start; standard error says why */
export async function startServe(options: ServeOptions): Promise<Serving> {
  const { env, port } = options;
  const keyFile = env.PKB_LINK_API_KEY ? undefined : join(options.folder, 'api.key');
  const child = spawn(process.execPath, [BIN, 'serve', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PKB_LINK_RETURN_ADDRESSES: `${BACK_END}/linked`,
      PKB_LINK_HOME_URL: `${BACK_END}/`,
      PKB_LINK_APP_NAME: 'Ridgeway Clinic',
      PKB_LINK_ORGANISATION: 'Ridgeway Clinic Ltd',
      PKB_LINK_SUPPORT_CONTACT: 'Call 01632 960 001.',
      ...env,
      ...(keyFile !== undefined && { PKB_LINK_API_KEY: keptSecret(keyFile, options.newKey) }),
      PKB_CLIENT_ID: serveClient(port).clientId,
      PKB_REDIRECT_URI: redirectUriAt(port),
      PKB_LINK_HOST: '127.0.0.1',
      PORT: String(port),
    },
  });
  const exit = once(child, 'exit');
  const ready = await Promise.race([once(child.stdout, 'data').then(() => true), exit.then(() => false)]);
  if (!ready) {
    throw new ConfigurationError('bad-configuration', 'cannot be used: the service ended (see above)', {
      setting: 'SERVICE_PORT',
    });
  }
  return {
    url: `http://localhost:${port}`,
    ...(keyFile !== undefined && { keyFile }),
    async close() {
      child.kill();
      await exit;
    },
  };
}

function redirectUriAt(port: number): string {
  return `http://localhost:${port}/pkb/callback`;
}
