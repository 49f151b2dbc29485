/** Another OAuth client, as far as these tests drive it, and the simulator it is driven against. */

import { existsSync } from 'node:fs';
import type { Simulator } from '../../src/simulator.ts';
import { approvedBy, client, simulatorForTest } from '../../test/simulator/browser-for-test.ts';

export interface Peer {
  readonly name: string;
  /** The address on the client's side that PKB sends the browser back to. */
  readonly redirectUri: string;
  /** Does a whole code grant: the library's own request, `browse` for the patient, the library's own exchange. */
  grant(simulator: Simulator, browse: Browse): Promise<Grant>;
}

/** The patient logs in and approves. Gives the address that the browser is sent back to. */
export type Browse = (authorizationUrl: string) => Promise<URL>;

export interface Grant {
  /** What the library holds. */
  accessToken(): Promise<string>;
  /** The grant as two processes have it that share what is stored: a fresh access token from each, at the same time. */
  refreshInTwoProcesses(): Promise<readonly PromiseSettledResult<string>[]>;
}

export const installed = existsSync(new URL('../node_modules/openid-client', import.meta.url));

export const REMEDY = 'The other clients are not installed: npm ci --prefix bench';

/** A simulator that knows the peer as a public client, and its patient. */
export async function simulatorFor({ redirectUri }: Peer) {
  const simulator = await simulatorForTest({ clients: [{ ...client, redirectUris: [redirectUri] }] });
  return { simulator, browse: (url: string) => approvedBy(simulator, url) };
}
