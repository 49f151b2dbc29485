import { randomBytes } from 'node:crypto';
import { type AccessToken, AuthorizationCode, type Token } from 'simple-oauth2';
import { CLIENT_ID, type Contender, SCOPE } from './contender.ts';
import { openRows } from './rows.ts';

export const simpleOauth2: Contender = {
  name: 'simple-oauth2',
  keeps: 'SQLite, in the clear',
  redirectUri: 'http://localhost:8080/cb',
  async open({ simulatorUrl, folder }) {
    const rows = openRows<Token>(folder);
    const { redirectUri } = simpleOauth2;
    const client = new AuthorizationCode({
      client: { id: CLIENT_ID, secret: '' },
      auth: { tokenHost: simulatorUrl, tokenPath: '/apiToken.action', authorizePath: '/apiAuthorize.action' },
      options: { authorizationMethod: 'body' },
    });

    function keep(account: string, { token }: AccessToken): string {
      rows.put(account, token);
      return String(token.access_token);
    }

    return {
      async start(account) {
        const state = randomBytes(16).toString('hex');
        return {
          account,
          url: client.authorizeURL({ redirect_uri: redirectUri, scope: SCOPE, state }),
          cookies: state,
        };
      },
      async finish({ account, cookies }, { searchParams }) {
        if (searchParams.get('state') !== cookies) throw new Error('another state');
        const code = searchParams.get('code') ?? '';
        keep(account, await client.getToken({ code, redirect_uri: redirectUri }));
      },
      async accessToken(account) {
        const token = client.createToken(rows.get(account) ?? {});
        return token.expired()
          ? keep(account, await token.refresh({ scope: SCOPE }))
          : String(token.token.access_token);
      },
      age: async () => rows.change((stored) => ({ ...stored, expires_at: new Date(0).toISOString() })),
      multiply: async (from, accounts) => rows.multiply(from, accounts),
      close: async () => rows.close(),
    };
  },
};
