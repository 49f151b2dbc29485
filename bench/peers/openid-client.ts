import * as oauth from 'openid-client';
import type { Peer } from './peer.ts';

const redirectUri = 'https://app.example.com/cb';

export const openidClient: Peer = {
  name: 'openid-client',
  redirectUri,
  async grant(simulator, browse) {
    const server = {
      issuer: simulator.url,
      authorization_endpoint: `${simulator.url}/apiAuthorize.action`,
      token_endpoint: `${simulator.url}/apiToken.action`,
    };
    const config = new oauth.Configuration(server, 'app', undefined, oauth.None());
    oauth.allowInsecureRequests(config);
    const state = oauth.randomState();
    const url = oauth.buildAuthorizationUrl(config, { redirect_uri: redirectUri, scope: 'PATIENT', state });
    const back = await browse(url.href);
    const stored = await oauth.authorizationCodeGrant(config, back, { expectedState: state });
    const refreshed = async () =>
      (await oauth.refreshTokenGrant(config, stored.refresh_token ?? '')).access_token;
    return {
      accessToken: async () => stored.access_token,
      refreshInTwoProcesses: () => Promise.allSettled([refreshed(), refreshed()]),
    };
  },
};
