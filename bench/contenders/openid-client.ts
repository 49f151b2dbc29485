import * as oauth from 'openid-client';
import { CLIENT_ID, type Contender, SCOPE } from './contender.ts';
import { openRows } from './rows.ts';

interface Stored {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresAt: number;
}

export const openidClient: Contender = {
  name: 'openid-client with naive glue',
  keeps: 'SQLite, in the clear',
  redirectUri: 'http://localhost:8080/cb',
  async open({ simulatorUrl, folder }) {
    const rows = openRows<Stored>(folder);
    const config = new oauth.Configuration(
      {
        issuer: simulatorUrl,
        authorization_endpoint: `${simulatorUrl}/apiAuthorize.action`,
        token_endpoint: `${simulatorUrl}/apiToken.action`,
      },
      CLIENT_ID,
      undefined,
      oauth.None(),
    );
    oauth.allowInsecureRequests(config);

    function keep(account: string, answer: oauth.TokenEndpointResponse): string {
      const refreshToken = answer.refresh_token ?? '';
      const expiresAt = Date.now() + (answer.expires_in ?? 0) * 1000;
      rows.put(account, { accessToken: answer.access_token, refreshToken, expiresAt });
      return answer.access_token;
    }

    return {
      async start(account) {
        const state = oauth.randomState();
        const parameters = { redirect_uri: openidClient.redirectUri, scope: SCOPE, state };
        return { account, url: oauth.buildAuthorizationUrl(config, parameters).href, cookies: state };
      },
      async finish({ account, cookies }, back) {
        keep(account, await oauth.authorizationCodeGrant(config, back, { expectedState: String(cookies) }));
      },
      async accessToken(account) {
        const stored = rows.get(account);
        if (stored && stored.expiresAt > Date.now()) return stored.accessToken;
        return keep(account, await oauth.refreshTokenGrant(config, stored?.refreshToken ?? ''));
      },
      age: async () => rows.change((stored) => ({ ...stored, expiresAt: 0 })),
      multiply: async (from, accounts) => rows.multiply(from, accounts),
      close: async () => rows.close(),
    };
  },
};
