import { createRequire } from 'node:module';
import type { Peer } from './peer.ts';

const redirectUri = 'http://app.example.com/cb';

/** What of fhirclient is used here; its entry for Node has no types that say so. */
interface Client {
  readonly state: { tokenResponse: { access_token: string; scope: string } };
  readonly environment: { readonly options: { refreshTokenWithClientId?: boolean } };
  refresh(): Promise<Client['state']>;
}
type Smart = (
  request: object,
  response: object,
  storage: object,
) => { ready(): Promise<Client>; client(state: object): Client };

const smart = createRequire(import.meta.url)('fhirclient') as Smart;

/** PKB has no SMART discovery, so the request is made by hand; the exchange and the refresh are fhirclient's own. */
export const fhirclient: Peer = {
  name: 'fhirclient',
  redirectUri,
  async grant(simulator, browse) {
    const key = 'state-of-fhirclient';
    const stored = new Map<string, unknown>([
      [
        key,
        {
          key,
          clientId: 'app',
          scope: 'PATIENT',
          redirectUri,
          serverUrl: `${simulator.url}/fhir`,
          tokenUri: `${simulator.url}/apiToken.action`,
        },
      ],
    ]);
    const storage = {
      get: async (name: string) => stored.get(name),
      set: async (name: string, value: unknown) => stored.set(name, value),
      unset: async (name: string) => stored.delete(name),
    };
    const parameters = { client_id: 'app', redirect_uri: redirectUri, scope: 'PATIENT', state: key };
    const url = `${simulator.url}/apiAuthorize.action?response_type=code&${new URLSearchParams(parameters)}`;
    const back = await browse(url);
    const request = { headers: { host: back.host }, url: back.pathname + back.search, socket: {} };
    const { state } = await smart(request, {}, storage).ready();
    // It refreshes where a scope says "offline" only, which PKB has none of: an integrator has to add it.
    state.tokenResponse.scope += ' offline_access';

    async function refreshed(): Promise<string> {
      const client = smart(request, {}, storage).client(structuredClone(state));
      client.environment.options.refreshTokenWithClientId = true;
      return (await client.refresh()).tokenResponse.access_token;
    }
    return {
      accessToken: async () => state.tokenResponse.access_token,
      refreshInTwoProcesses: () => Promise.allSettled([refreshed(), refreshed()]),
    };
  },
};
