import { AuthorizationCode } from 'simple-oauth2';
import type { Peer } from './peer.ts';

const redirectUri = 'https://app.example.com/cb';

export const simpleOauth2: Peer = {
  name: 'simple-oauth2',
  redirectUri,
  async grant(simulator, browse) {
    const process = () =>
      new AuthorizationCode({
        client: { id: 'app', secret: '' },
        auth: {
          tokenHost: simulator.url,
          tokenPath: '/apiToken.action',
          authorizePath: '/apiAuthorize.action',
        },
        options: { authorizationMethod: 'body' },
      });
    const state = 'state-of-simple-oauth2';
    const url = process().authorizeURL({ redirect_uri: redirectUri, scope: 'PATIENT', state });
    const code = (await browse(url)).searchParams.get('code') ?? '';
    const { token } = await process().getToken({ code, redirect_uri: redirectUri });
    const refreshed = async () =>
      String((await process().createToken(token).refresh({ scope: 'PATIENT' })).token.access_token);
    return {
      accessToken: async () => String(token.access_token),
      refreshInTwoProcesses: () => Promise.allSettled([refreshed(), refreshed()]),
    };
  },
};
