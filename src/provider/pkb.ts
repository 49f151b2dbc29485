/** PKB's OAuth side, by its settings: builds what is sent (oauth4webapi), reads what comes back (ours, leniently). */

import * as oauth from 'oauth4webapi';
import { ConfigurationError, Failure } from '../errors.ts';
import type { TokenSet } from '../model.ts';
import { createSkewWatch } from './clock-skew.ts';
import { createDisbelief } from './disbelief.ts';
import { type Alarm, createGate } from './gate.ts';
import type { Provider, ProviderSettings } from './provider.ts';
import { accessTokenRejected, apiRefusal, authorizationRefusal, tokenRefusal } from './refusals.ts';
import { readTokenSet } from './token-answer.ts';
import { ask, readAnswer } from './upstream.ts';

const SCOPE = 'PATIENT';

type GrantType = 'authorization_code' | 'refresh_token';

export interface ProviderParts {
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => Date;
  readonly alarm: Alarm;
}

export function createProvider(settings: ProviderSettings, { fetch, now, alarm }: ProviderParts): Provider {
  const server: oauth.AuthorizationServer = {
    issuer: new URL(settings.tokenEndpoint).origin,
    token_endpoint: settings.tokenEndpoint,
  };
  const client: oauth.Client = { client_id: settings.clientId };
  const clientAuth = clientAuthOf(settings);
  const gate = createGate(now, alarm);
  const disbelief = createDisbelief(now, alarm);
  const watchSkew = createSkewWatch(alarm);

  function tokens(
    grantType: GrantType,
    parameters: Record<string, string>,
    received?: (tokenSet: TokenSet) => TokenSet,
  ): Promise<TokenSet> {
    const urgent = grantType === 'authorization_code';
    return gate.ask(() => askForTokens(grantType, parameters, received), urgent);
  }

  async function askForTokens(
    grantType: GrantType,
    parameters: Record<string, string>,
    received = (tokenSet: TokenSet) => tokenSet,
  ): Promise<TokenSet> {
    const requestedAt = now();
    const answer = await ask(settings.timeoutMs, (signal) =>
      oauth.genericTokenEndpointRequest(server, client, clientAuth, grantType, parameters, {
        [oauth.customFetch]: (url, init) => fetch(url, init as RequestInit),
        // Plain http passes config.ts only for loopback, where the simulator is.
        [oauth.allowInsecureRequests]: true,
        signal,
      }),
    );
    // First of all, and nothing awaited before it: these may be the only live tokens there are.
    const tokenSet = readTokenSet(answer, requestedAt, settings.defaultExpiresIn);
    const kept = tokenSet && received(tokenSet);
    watchSkew(answer.headers, requestedAt, now());
    if (!kept) throw tokenRefusal(answer, grantType, now());
    return kept;
  }

  return {
    settings,

    newCodeVerifier: () => (settings.pkce ? oauth.generateRandomCodeVerifier() : undefined),

    async authorizationUrl({ state, codeVerifier }) {
      const url = new URL(settings.authorizationEndpoint);
      url.searchParams.set('response_type', 'code');
      url.searchParams.set('client_id', settings.clientId);
      url.searchParams.set('redirect_uri', settings.redirectUri);
      url.searchParams.set('scope', SCOPE);
      url.searchParams.set('state', state);
      if (codeVerifier !== undefined) {
        url.searchParams.set('code_challenge', await oauth.calculatePKCECodeChallenge(codeVerifier));
        url.searchParams.set('code_challenge_method', 'S256');
      }
      return url;
    },

    authorizationRefusal,

    exchange: ({ code, redirectUri, codeVerifier }) =>
      tokens('authorization_code', {
        code,
        redirect_uri: redirectUri,
        ...(codeVerifier !== undefined && { code_verifier: codeVerifier }),
      }),

    inTurn: gate.inTurn,

    refusesClient: () => gate.shutFor() instanceof ConfigurationError,

    async refresh({ refreshToken, received }) {
      function keep(tokenSet: TokenSet): TokenSet {
        const livesOn = tokenSet.refreshToken === undefined && settings.refreshTokenReusable;
        const whole = livesOn ? { ...tokenSet, refreshToken } : tokenSet;
        received(whole);
        return whole;
      }
      try {
        const parameters = { refresh_token: refreshToken, ...(settings.refreshScope && { scope: SCOPE }) };
        const fresh = await tokens('refresh_token', parameters, keep);
        disbelief.alive();
        return fresh;
      } catch (failure) {
        throw failure instanceof Failure ? disbelief.doubt(failure) : failure;
      }
    },

    async judge(response) {
      if (response.ok) return { kind: 'answered' };
      const answer = await readAnswer(response.clone());
      if (accessTokenRejected(answer)) return { kind: 'access-token-rejected' };
      const failure = apiRefusal(answer, now());
      return failure ? { kind: 'refused', failure: disbelief.doubt(failure) } : { kind: 'answered' };
    },
  };
}

function clientAuthOf({ clientAuth, clientSecret = '' }: ProviderSettings): oauth.ClientAuth {
  switch (clientAuth) {
    case 'none':
      return oauth.None();
    case 'post':
      return oauth.ClientSecretPost(clientSecret);
    case 'basic':
      return oauth.ClientSecretBasic(clientSecret);
  }
}
