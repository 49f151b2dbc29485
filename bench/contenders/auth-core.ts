import { Auth, type AuthConfig, skipCSRFCheck } from '@auth/core';
import { CLIENT_ID, type Contender, SCOPE } from './contender.ts';
import { cookiesOf } from './cookies.ts';

const BASE_URL = 'http://localhost:8080';

interface Kept {
  access_token?: string;
  refresh_token?: string;
  expires_at?: number;
}

/** As its guide "Refresh token rotation" has it, with its default of a session in an encrypted cookie: the browser keeps the tokens. */
export const authCore: Contender = {
  name: '@auth/core',
  keeps: 'a cookie, encrypted',
  redirectUri: `${BASE_URL}/auth/callback/pkb`,
  async open({ simulatorUrl }) {
    const clock = { aheadMs: 0 };
    const tokenEndpoint = `${simulatorUrl}/apiToken.action`;
    const config: AuthConfig = {
      trustHost: true,
      basePath: '/auth',
      secret: 'a secret of the bench, long enough for anybody',
      skipCSRFCheck,
      logger: { error: () => undefined, warn: () => undefined, debug: () => undefined },
      providers: [
        {
          id: 'pkb',
          name: 'PKB',
          type: 'oauth',
          issuer: simulatorUrl,
          clientId: CLIENT_ID,
          client: { token_endpoint_auth_method: 'none' },
          checks: ['state'],
          authorization: { url: `${simulatorUrl}/apiAuthorize.action`, params: { scope: SCOPE } },
          token: tokenEndpoint,
          // Asks nobody: this is about exchanging and storing.
          userinfo: { url: simulatorUrl, request: () => ({ id: crypto.randomUUID() }) },
          profile: ({ id }: { id: string }) => ({ id }),
        },
      ],
      callbacks: {
        async jwt({ token, account }) {
          const kept = token as Kept;
          if (account) {
            const { access_token, refresh_token, expires_at } = account;
            return { ...token, access_token, refresh_token, expires_at };
          }
          if (Date.now() + clock.aheadMs < (kept.expires_at ?? 0) * 1000) return token;
          const response = await fetch(tokenEndpoint, {
            method: 'POST',
            body: new URLSearchParams({
              client_id: CLIENT_ID,
              grant_type: 'refresh_token',
              refresh_token: kept.refresh_token ?? '',
            }),
          });
          const answer = (await response.json()) as Kept & { expires_in: number };
          if (!response.ok) return { ...token, error: 'RefreshTokenError' };
          return {
            ...token,
            access_token: answer.access_token,
            expires_at: Math.floor((Date.now() + clock.aheadMs) / 1000 + answer.expires_in),
            refresh_token: answer.refresh_token ?? kept.refresh_token,
          };
        },
        session: ({ session, token }) => Object.assign(session, { token }),
      },
    };
    const ask = (path: string, init: RequestInit) => Auth(new Request(`${BASE_URL}${path}`, init), config);
    const browsers = new Map<string, string>();
    let anybody = '';

    return {
      async start(account) {
        const answer = await ask('/auth/signin/pkb', { method: 'POST', body: new URLSearchParams() });
        return { account, url: answer.headers.get('location') ?? '', cookies: cookiesOf(answer) };
      },
      async finish({ account, cookies }, back) {
        const answer = await ask(back.pathname + back.search, { headers: { cookie: String(cookies) } });
        const kept = cookiesOf(answer, String(cookies));
        if (!kept.includes('session-token')) throw new Error(`@auth/core: ${answer.headers.get('location')}`);
        browsers.set(account, kept);
      },
      async accessToken(account) {
        const cookie = browsers.get(account) ?? anybody;
        const answer = await ask('/auth/session', { headers: { cookie } });
        const { token } = (await answer.json()) as { token?: Kept & { error?: string } };
        if (token?.error) throw new Error(token.error);
        if (browsers.has(account)) browsers.set(account, cookiesOf(answer, cookie));
        return token?.access_token ?? '';
      },
      async age() {
        clock.aheadMs += 31 * 60_000;
      },
      async multiply(from) {
        anybody = browsers.get(from) ?? '';
      },
      leave: (account) => browsers.get(account),
      resume: (account, left) => void browsers.set(account, String(left)),
      async close() {},
    };
  },
};
