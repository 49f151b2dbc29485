/** The organisation's own sign-in: OpenID Connect Core 1.0, code flow, with PKCE (RFC 7636), `state` and `nonce`. */

import * as oauth from 'oauth4webapi';
import { AuthorizationError, ConfigurationError, UpstreamUnavailableError } from '../errors.ts';
import type { ConsoleRole } from '../model.ts';
import { sha256 } from '../sha256.ts';
import type { ConsoleLogin } from '../storage/console.ts';

export interface OrganisationSettings {
  /** As its discovery document names it. https, or http on this machine. */
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The claim of the id token that says what somebody may do: text, or a list of texts. */
  readonly roleClaim: string;
  /** Which value of the claim is which role. Whoever has both is an operator. */
  readonly roles: Readonly<Record<ConsoleRole, string>>;
  /** Asked for beside `openid profile`, where the claim needs one. */
  readonly scope?: string;
}

export interface Organisation {
  /** Its host, for the page. */
  readonly name: string;
  /** Where the browser goes. @param secret the browser's own, of 256 random bits: all that must come back is made from it. */
  signInAddress(secret: string): Promise<URL>;
  /**
   * Who came back. @returns undefined where they have signed in and have no role here
   * @throws AuthorizationError where the answer is not for this browser, or not to be believed; UpstreamUnavailableError where
   * the organisation does not answer
   */
  whoCameBack(secret: string, address: URL): Promise<ConsoleLogin | undefined>;
}

const TIMEOUT_MS = 10_000;

/** @param redirectUri where the browser comes back to; register it there */
export function organisation(settings: OrganisationSettings, redirectUri: string): Organisation {
  const issuer = new URL(settings.issuer);
  const client: oauth.Client = { client_id: settings.clientId };
  const options = () => ({
    // Plain http passes config.ts only for loopback.
    [oauth.allowInsecureRequests]: true,
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  let known: Promise<oauth.AuthorizationServer> | undefined;

  /** Asked once; what failed is asked again. */
  function server(): Promise<oauth.AuthorizationServer> {
    known ??= oauth
      .discoveryRequest(issuer, options())
      .then((response) => oauth.processDiscoveryResponse(issuer, response))
      .catch((cause) => {
        known = undefined;
        throw away(cause);
      });
    return known;
  }

  return {
    name: issuer.host,

    async signInAddress(secret) {
      const { authorization_endpoint: endpoint } = await server();
      if (endpoint === undefined) {
        throw new ConfigurationError(
          'bad-configuration',
          'names no authorization endpoint in its discovery document',
          {
            setting: 'PKB_LINK_CONSOLE_OIDC_ISSUER',
          },
        );
      }
      const { state, nonce, verifier } = madeFrom(secret);
      const url = new URL(endpoint);
      const parameters = {
        response_type: 'code',
        client_id: settings.clientId,
        redirect_uri: redirectUri,
        scope: ['openid profile', settings.scope].filter(Boolean).join(' '),
        state,
        nonce,
        code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
      };
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
      return url;
    },

    async whoCameBack(secret, address) {
      const as = await server();
      const { state, nonce, verifier } = madeFrom(secret);
      try {
        const answer = oauth.validateAuthResponse(as, client, address, state);
        const response = await oauth.authorizationCodeGrantRequest(
          as,
          client,
          clientAuthOf(as, settings),
          answer,
          redirectUri,
          verifier,
          options(),
        );
        const result = await oauth.processAuthorizationCodeResponse(as, client, response, {
          expectedNonce: nonce,
          requireIdToken: true,
        });
        await oauth.validateApplicationLevelSignature(as, response, options());
        const claims = oauth.getValidatedIdTokenClaims(result);
        return claims && loginOf(settings, claims);
      } catch (cause) {
        throw isRefusal(cause)
          ? new AuthorizationError('access-denied', 'the organisation did not sign anybody in', { cause })
          : away(cause);
      }
    },
  };
}

/** So that nothing has to be stored on the way there, and every process knows what must come back. */
function madeFrom(secret: string) {
  return {
    state: sha256(`state of ${secret}`),
    nonce: sha256(`nonce of ${secret}`),
    verifier: sha256(`verifier of ${secret}`),
  };
}

/** Basic, which is the default of OpenID Connect, where the organisation does not take another one only. */
function clientAuthOf(
  { token_endpoint_auth_methods_supported: methods = ['client_secret_basic'] }: oauth.AuthorizationServer,
  { clientSecret }: OrganisationSettings,
): oauth.ClientAuth {
  return methods.includes('client_secret_basic')
    ? oauth.ClientSecretBasic(clientSecret)
    : oauth.ClientSecretPost(clientSecret);
}

function loginOf(settings: OrganisationSettings, claims: oauth.IDToken): ConsoleLogin | undefined {
  const claim = claims[settings.roleClaim];
  const values = Array.isArray(claim) ? claim : [claim];
  const role = (['operator', 'support'] as const).find((one) => values.includes(settings.roles[one]));
  if (role === undefined) return undefined;
  const names = [claims.name, claims.preferred_username, claims.email, claims.sub];
  const name = names.find((one) => typeof one === 'string' && one !== '') as string;
  return { name: name.slice(0, 100), role, login: `${claims.sub} at ${settings.issuer}` };
}

/** What was answered, or not to be believed. Anything else is a server that does not answer. */
function isRefusal(cause: unknown): boolean {
  return (
    cause instanceof oauth.AuthorizationResponseError ||
    cause instanceof oauth.ResponseBodyError ||
    cause instanceof oauth.OperationProcessingError ||
    cause instanceof oauth.UnsupportedOperationError
  );
}

function away(cause: unknown): unknown {
  return new UpstreamUnavailableError('network', 'the organisation’s sign-in does not answer', { cause });
}
