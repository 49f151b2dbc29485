import { ConfigurationError, InvalidRequestError } from '../errors.ts';
import { isProfile, togglesOf } from '../simulator/profiles.ts';
import { type Simulator, startSimulator } from '../simulator/start.ts';
import { readToggle, type Toggles } from '../simulator/toggles.ts';
import { cannotListen } from './listen.ts';
import { json, line } from './print.ts';
import { untilStopped } from './until-stopped.ts';

export interface SimulateOptions {
  readonly port: number;
  readonly clientId: string;
  readonly redirectUri: readonly string[];
  readonly data?: string;
  readonly profile: string;
  /** `name=value` each. */
  readonly toggle?: readonly string[];
  readonly seed: string;
  readonly patients: number;
  /** Default: the port after `port`; any free one where `port` is 0, or the last that there is. */
  readonly controlPort?: number;
  readonly control: boolean;
  readonly json?: boolean;
}

/** `pkb-link simulate`: a stand-in PKB on this machine, until it is stopped. */
export async function simulate(options: SimulateOptions): Promise<void> {
  const stopped = untilStopped();
  const simulator = await start(options);
  const { url, controlUrl } = simulator;
  if (options.json) json({ url, control_url: controlUrl ?? null, client_id: options.clientId });
  else {
    line(`The simulator listens at ${url} (people, endpoints and assumptions are on that page).`);
    if (controlUrl) line(`Its control pages and API are at ${controlUrl}.`);
  }
  await stopped;
  await simulator.close();
}

async function start(options: SimulateOptions): Promise<Simulator> {
  const { port, clientId, redirectUri, data, seed, patients } = options;
  const client = { clientId, owner: 'Example Health Ltd', product: 'Example app', redirectUris: redirectUri };
  const controlPort = options.controlPort ?? (port === 0 || port === 65_535 ? 0 : port + 1);
  try {
    return await startSimulator({
      port,
      clients: [client],
      seed,
      patients,
      toggles: togglesFrom(options),
      ...(options.control && { control: { port: controlPort } }),
      ...(data !== undefined && { data }),
    });
  } catch (cause) {
    if (cause instanceof TypeError) throw new InvalidRequestError('bad-input', cause.message, { cause });
    const { syscall, port: taken } = cause as NodeJS.ErrnoException & { port?: number };
    if (data === undefined || syscall === 'listen') {
      throw taken === controlPort && taken !== port
        ? cannotListen(cause, { port: controlPort, portSetting: '--control-port' })
        : cannotListen(cause, { port, portSetting: '--port' });
    }
    throw new ConfigurationError('bad-configuration', (cause as Error).message, { cause, setting: '--data' });
  }
}

/** @throws TypeError for a profile or a toggle that there is not */
function togglesFrom({ profile, toggle = [] }: SimulateOptions): Partial<Toggles> {
  if (!isProfile(profile)) throw new TypeError(`there is no profile ${profile}`);
  return Object.assign(togglesOf(profile), ...toggle.map(readToggle));
}
