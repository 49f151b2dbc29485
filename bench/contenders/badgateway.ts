import { randomBytes } from 'node:crypto';
import { OAuth2Client, OAuth2Fetch, type OAuth2Token } from '@badgateway/oauth2-client';
import { CLIENT_ID, type Contender, SCOPE } from './contender.ts';
import { openRows } from './rows.ts';

export const badgateway: Contender = {
  name: '@badgateway/oauth2-client',
  keeps: 'SQLite, in the clear',
  redirectUri: 'http://localhost:8080/cb',
  async open({ simulatorUrl, folder }) {
    const rows = openRows<OAuth2Token>(folder);
    const { redirectUri } = badgateway;
    const client = new OAuth2Client({
      server: simulatorUrl,
      clientId: CLIENT_ID,
      authorizationEndpoint: '/apiAuthorize.action',
      tokenEndpoint: '/apiToken.action',
    });
    return {
      async start(account) {
        const state = randomBytes(16).toString('hex');
        const url = await client.authorizationCode.getAuthorizeUri({ redirectUri, state, scope: [SCOPE] });
        return { account, url, cookies: state };
      },
      async finish({ account, cookies }, back) {
        const asked = { redirectUri, state: String(cookies) };
        rows.put(account, await client.authorizationCode.getTokenFromCodeRedirect(back, asked));
      },
      // One for each request that a server answers, as it holds one person's token.
      accessToken: (account) =>
        new OAuth2Fetch({
          client,
          getNewToken: () => null,
          getStoredToken: () => rows.get(account) ?? null,
          storeToken: (token) => rows.put(account, token),
          scheduleRefresh: false,
        }).getAccessToken(),
      age: async () => rows.change((stored) => ({ ...stored, expiresAt: 1 })),
      multiply: async (from, accounts) => rows.multiply(from, accounts),
      close: async () => rows.close(),
    };
  },
};
