/** Puts Ridgeway Health together and opens it: accounts, pkb-link, and the simulator where it stands in for PKB. */

import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { type App, ConfigurationError, configFromEnvironment, createApp, type Log } from 'pkb-link';
import { type PatientPagesOptions, readOwnTexts } from 'pkb-link/server';
import { type Simulator, startSimulator } from 'pkb-link/simulator';
import { type Accounts, openAccounts } from './accounts.ts';
import { keptSecret } from './kept-secret.ts';
import { partnerRoutes } from './routes.ts';
import { type Serving, serveClient, startServe } from './serve.ts';

export interface PartnerAppOptions {
  /** Where everything is kept. Made with mode 0700 where it is not there. */
  readonly folder: string;
  /** 0 finds a free one. */
  readonly port: number;
  /** 0 finds a free one. */
  readonly simulatorPort: number;
  /** Of the HTTP API and hosted pages beside the app, where the simulator stands in for PKB. 0 finds a free one. Default: there are none. */
  readonly servicePort?: number;
  /** PARTNER_SECRET and the settings of pkb-link. Without PKB_ENVIRONMENT the simulator stands in for PKB. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How often one address may try to log in, and to register, in a minute. */
  readonly attemptsPerMinute?: number;
  /** What the app knows of the person behind an account. Default: nothing, because it asks nobody. */
  readonly expected?: PatientPagesOptions['expected'];
  /** Where pkb-link writes its log. Default: nowhere. */
  readonly log?: Log;
  /** Told each step of starting, in a line. */
  readonly say?: (line: string) => void;
  /** The clock of links, grants and the simulator. Logging in to an account goes by the machine's own. */
  readonly now?: () => Date;
}

export interface PartnerApp {
  /** Origin of the app as browsers see it. */
  readonly url: string;
  readonly app: App;
  readonly accounts: Accounts;
  readonly simulator?: Simulator;
  readonly serving?: Serving;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const CLIENT_ID = 'ridgeway-health';

/**
 * Starts Ridgeway Health.
 * @throws ConfigurationError naming the setting, where a port is taken or pkb-link refuses its settings
 */
export async function startPartnerApp(options: PartnerAppOptions): Promise<PartnerApp> {
  const { folder, env, log, now, say = () => {}, attemptsPerMinute = 20 } = options;
  await using opened = new AsyncDisposableStack();
  mkdirSync(folder, { recursive: true, mode: 0o700 });

  // The port comes first: the redirect URI, which PKB must know, has it in it.
  let handle: (request: Request, bindings: object) => Response | Promise<Response> = () =>
    new Response('Starting', { status: 503, headers: { 'retry-after': '1' } });
  const server = createServer(getRequestListener((request, bindings) => handle(request, bindings)));
  const port = await listen(server, options.port, 'PORT');
  opened.defer(() => stop(server));

  const simulated = (env.PKB_ENVIRONMENT || 'simulator') === 'simulator';
  const redirectUri = `http://localhost:${port}/pkb/callback`;
  const servicePort =
    simulated && options.servicePort !== undefined ? await freePort(options.servicePort) : undefined;
  const simulator = simulated ? await openSimulator(options, redirectUri, servicePort) : undefined;
  if (simulator) {
    opened.defer(() => simulator.close());
    say(`The simulator of PKB is at ${simulator.url}`);
  }

  const settingsFrom = simulator ? { ...env, ...simulatorSettings(options, simulator, redirectUri) } : env;
  const settings = configFromEnvironment(settingsFrom).app;
  const app = await createApp({ ...settings, ...(log && { log }), ...(now && { now }) });
  opened.defer(() => app.close());
  say(`pkb-link is ready for the ${settings.environment} environment`);

  // PKB sends the patient back to this origin, whatever a proxy in front of us makes of it.
  const origin = new URL(app.provider.settings.redirectUri).origin;
  const accounts = await openAccounts({
    file: join(folder, 'accounts.db'),
    secret: accountsSecret(options),
    origin,
    attemptsPerMinute,
  });
  opened.defer(() => accounts.close());
  say(`Accounts are kept in ${join(folder, 'accounts.db')}`);

  const texts = env.PKB_LINK_TEXTS ? readOwnTexts(env.PKB_LINK_TEXTS) : {};
  const { expected } = options;
  const routes = partnerRoutes({ app, accounts, origin, texts, ...(expected && { expected }) });
  handle = (request, bindings) => routes.fetch(request, bindings);

  const serving =
    servicePort === undefined
      ? undefined
      : await startServe({ folder, port: servicePort, env: settingsFrom, newKey: newSecret });
  if (serving) {
    opened.defer(() => serving.close());
    say(`The HTTP API, for back ends in any language, is at ${serving.url}/docs`);
    if (serving.keyFile !== undefined) say(`Its key is kept in ${serving.keyFile}`);
  }
  const running = opened.move();
  return {
    url: origin,
    app,
    accounts,
    ...(simulator && { simulator }),
    ...(serving && { serving }),
    // Nothing is closed under a request that is still being answered.
    close: async () => {
      await stop(server);
      await running.disposeAsync();
    },
  };
}

async function openSimulator(
  options: PartnerAppOptions,
  redirectUri: string,
  servicePort?: number,
): Promise<Simulator> {
  const { now } = options;
  const client = {
    clientId: CLIENT_ID,
    owner: 'Ridgeway Health Ltd',
    product: 'Ridgeway Health',
    redirectUris: [redirectUri],
  };
  try {
    return await startSimulator({
      port: options.simulatorPort,
      data: join(options.folder, 'simulator.json'),
      clients: [client, ...(servicePort === undefined ? [] : [serveClient(servicePort)])],
      ...(now && { now: () => now().getTime() }),
    });
  } catch (error) {
    throw portTaken(error, 'SIMULATOR_PORT', options.simulatorPort);
  }
}

/** Only here is a key made for the operator: what the simulator's tokens open is invented. */
function simulatorSettings({ folder, env }: PartnerAppOptions, simulator: Simulator, redirectUri: string) {
  return {
    PKB_ENVIRONMENT: 'simulator',
    PKB_SIMULATOR_URL: simulator.url,
    PKB_CLIENT_ID: CLIENT_ID,
    PKB_REDIRECT_URI: redirectUri,
    PKB_LINK_DATABASE_URL: `file:${join(folder, 'links.db')}`,
    PKB_LINK_ENCRYPTION_KEYS:
      env.PKB_LINK_ENCRYPTION_KEYS || keptSecret(join(folder, 'links.keys'), newKeyRing),
  };
}

function accountsSecret({ folder, env }: PartnerAppOptions): string {
  const secret = env.PARTNER_SECRET || keptSecret(join(folder, 'accounts.secret'), newSecret);
  if (secret.length < 32) {
    throw new ConfigurationError('bad-configuration', 'must have 32 characters or more', {
      setting: 'PARTNER_SECRET',
    });
  }
  return secret;
}

function newSecret(): string {
  return randomBytes(32).toString('base64');
}

function newKeyRing(): string {
  return `made-for-simulator:${newSecret()}`;
}

/** For whoever has to know the port before it listens. */
async function freePort(port: number): Promise<number> {
  const server = createServer();
  const found = await listen(server, port, 'SERVICE_PORT');
  await stop(server);
  return found;
}

async function listen(server: Server, port: number, setting: string): Promise<number> {
  try {
    await once(server.listen(port, HOST), 'listening');
  } catch (error) {
    throw portTaken(error, setting, port);
  }
  return (server.address() as AddressInfo).port;
}

function portTaken(error: unknown, setting: string, port: number): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return error;
  return new ConfigurationError('bad-configuration', `must be another port: ${port} is taken`, {
    setting,
    cause: error,
  });
}

/** Answers what is being asked. Browsers also open connections ahead and ask nothing: those do not keep us. */
async function stop(server: Server): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  const patience = setTimeout(() => server.closeAllConnections(), 1000);
  await closed;
  clearTimeout(patience);
}
