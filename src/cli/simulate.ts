import { ConfigurationError, InvalidRequestError } from '../errors.ts';
import { type Simulator, startSimulator } from '../simulator/start.ts';
import { cannotListen } from './listen.ts';
import { json, line } from './print.ts';
import { untilStopped } from './until-stopped.ts';

export interface SimulateOptions {
  readonly port: number;
  readonly clientId: string;
  readonly redirectUri: readonly string[];
  readonly data?: string;
  readonly json?: boolean;
}

/** `pkb-link simulate`: a stand-in PKB on this machine, until it is stopped. */
export async function simulate(options: SimulateOptions): Promise<void> {
  const stopped = untilStopped();
  const simulator = await start(options);
  if (options.json) json({ url: simulator.url, client_id: options.clientId });
  else
    line(`The simulator listens at ${simulator.url} (people, endpoints and assumptions are on that page).`);
  await stopped;
  await simulator.close();
}

async function start({ port, clientId, redirectUri, data }: SimulateOptions): Promise<Simulator> {
  const client = { clientId, owner: 'Example Health Ltd', product: 'Example app', redirectUris: redirectUri };
  try {
    return await startSimulator({ port, clients: [client], ...(data !== undefined && { data }) });
  } catch (cause) {
    if (cause instanceof TypeError) throw new InvalidRequestError('bad-input', cause.message, { cause });
    if (data === undefined || (cause as NodeJS.ErrnoException).syscall === 'listen') {
      throw cannotListen(cause, { port, portSetting: '--port' });
    }
    throw new ConfigurationError('bad-configuration', (cause as Error).message, { cause, setting: '--data' });
  }
}
