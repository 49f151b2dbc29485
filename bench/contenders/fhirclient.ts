import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { CLIENT_ID, type Contender, SCOPE } from './contender.ts';
import { openRows } from './rows.ts';

/** What of fhirclient is used here; its entry for Node has no types that say so. */
interface State {
  readonly tokenResponse: { readonly access_token: string; readonly scope: string };
  readonly expiresAt: number;
}
interface Client {
  readonly state: State;
  readonly environment: { readonly options: { refreshTokenWithClientId?: boolean } };
  refreshIfNeeded(): Promise<State>;
}
type Smart = (
  request: object,
  response: object,
  storage: object,
) => { ready(): Promise<Client>; client(state: object): Client };

const smart = createRequire(import.meta.url)('fhirclient') as Smart;

/** PKB has no SMART discovery, so the request is made by hand; the exchange and the refresh are fhirclient's own. */
export const fhirclient: Contender = {
  name: 'fhirclient',
  keeps: 'SQLite, in the clear',
  redirectUri: 'http://localhost:8080/cb',
  async open({ simulatorUrl, folder }) {
    const rows = openRows<State>(folder);
    const { redirectUri } = fhirclient;
    const request = (url: string) => ({ headers: { host: 'localhost:8080' }, url, socket: {} });
    return {
      async start(account) {
        const key = randomUUID();
        const asked = {
          key,
          clientId: CLIENT_ID,
          scope: SCOPE,
          redirectUri,
          serverUrl: `${simulatorUrl}/fhir`,
          tokenUri: `${simulatorUrl}/apiToken.action`,
        };
        const parameters = { client_id: CLIENT_ID, redirect_uri: redirectUri, scope: SCOPE, state: key };
        const url = `${simulatorUrl}/apiAuthorize.action?response_type=code&${new URLSearchParams(parameters)}`;
        return { account, url, cookies: asked };
      },
      async finish({ account, cookies }, back) {
        const asked = cookies as { key: string };
        const session = new Map<string, unknown>([[asked.key, asked]]);
        const storage = {
          get: async (name: string) => session.get(name),
          set: async (name: string, value: unknown) => session.set(name, value),
          unset: async (name: string) => session.delete(name),
        };
        const { state } = await smart(request(back.pathname + back.search), {}, storage).ready();
        // It refreshes where a scope says "offline" only, which PKB has none of: an integrator has to add it.
        const { tokenResponse } = state;
        rows.put(account, {
          ...state,
          tokenResponse: { ...tokenResponse, scope: `${tokenResponse.scope} offline_access` },
        });
      },
      async accessToken(account) {
        const stored = rows.get(account);
        const storage = {
          get: async () => stored,
          set: async (_: string, state: State) => rows.put(account, state),
          unset: async () => undefined,
        };
        const client = smart(request('/'), {}, storage).client(stored ?? {});
        client.environment.options.refreshTokenWithClientId = true;
        const { tokenResponse } = await client.refreshIfNeeded();
        if (!tokenResponse) throw new Error('fhirclient has no token any more');
        return tokenResponse.access_token;
      },
      age: async () => rows.change((stored) => ({ ...stored, expiresAt: 1 })),
      multiply: async (from, accounts) => rows.multiply(from, accounts),
      close: async () => rows.close(),
    };
  },
};
