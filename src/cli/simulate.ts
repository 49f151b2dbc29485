import { startSimulator } from '../simulator/start.ts';
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
  const simulator = await startSimulator({
    port: options.port,
    clients: [
      {
        clientId: options.clientId,
        owner: 'Example Health Ltd',
        product: 'Example app',
        redirectUris: options.redirectUri,
      },
    ],
    ...(options.data !== undefined && { data: options.data }),
  });
  if (options.json) json({ url: simulator.url, client_id: options.clientId });
  else
    line(`The simulator listens at ${simulator.url} (people, endpoints and assumptions are on that page).`);
  await untilStopped();
  await simulator.close();
}
