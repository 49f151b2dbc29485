import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { genericOAuth } from 'better-auth/plugins';
import type { Simulator } from '../../src/simulator.ts';
import { get } from '../../test/simulator/browser-for-test.ts';
import type { Peer } from './peer.ts';

const BASE_URL = 'http://app.example.com';

export const betterAuthPeer: Peer = {
  name: 'better-auth',
  redirectUri: `${BASE_URL}/api/auth/callback/pkb`,
  async grant(simulator, browse) {
    const tables: Tables = { user: [], session: [], account: [], verification: [] };
    const auth = process(simulator, tables);
    const signIn = await auth.api.signInSocial({
      body: { provider: 'pkb', callbackURL: '/home' },
      asResponse: true,
    });
    const { url } = (await signIn.json()) as { url: string };
    const back = await browse(url);
    const signedIn = await auth.handler(new Request(back, { headers: { cookie: cookiesOf(signIn) } }));
    const headers = new Headers({ cookie: cookiesOf(signedIn) });
    const accessToken = async (one: typeof auth) =>
      (await one.api.getAccessToken({ body: { accountId: tables.account[0]?.id ?? '' }, headers }))
        .accessToken;
    return {
      accessToken: () => accessToken(auth),
      refreshInTwoProcesses() {
        for (const stored of tables.account) stored.accessTokenExpiresAt = new Date(0);
        // Each process has the rows as they were before either wrote: over shared rows the slower one might read the
        // tokens that the faster one has just saved, and there would be one refresh only.
        const seen = [structuredClone(tables), structuredClone(tables)];
        return Promise.allSettled(seen.map((rows) => accessToken(process(simulator, rows))));
      },
    };
  },
};

/** What is stored. The adapter puts other lists in its place. */
interface Tables extends Record<string, object[]> {
  account: { id: string; accessTokenExpiresAt: Date }[];
}

/** One process of an app, and the rows as it sees them. */
function process(simulator: Simulator, tables: Tables) {
  return betterAuth({
    baseURL: BASE_URL,
    secret: 'a secret of the test, long enough for anybody',
    database: memoryAdapter(tables),
    logger: { disabled: true },
    plugins: [
      genericOAuth({
        config: [
          {
            providerId: 'pkb',
            clientId: 'app',
            authorizationUrl: `${simulator.url}/apiAuthorize.action`,
            tokenUrl: `${simulator.url}/apiToken.action`,
            scopes: ['PATIENT'],
            pkce: false,
            tokenEndpointAuth: { method: 'none' },
            redirectURI: betterAuthPeer.redirectUri,
            async getUserInfo({ accessToken }) {
              const answer = await get(simulator, '/json/users/self', accessToken);
              const { id, email, firstName } = (await answer.json()) as Record<string, string>;
              return { id, email: email ?? '', name: firstName ?? '', emailVerified: true };
            },
          },
        ],
      }),
    ],
  });
}

function cookiesOf(response: Response): string {
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}
