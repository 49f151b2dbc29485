/**
 * The provider: our description of one upstream. Flow knows this file and none of those beside it.
 */

import type { TokenSet } from '../model.ts';

/** How the client proves who it is at the token endpoint (RFC 6749 section 2.3). */
export type ClientAuth = 'none' | 'post' | 'basic';

/** Everything about an upstream that a deployment may set. */
export interface ProviderSettings {
  readonly environment: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly clientAuth: ClientAuth;
  readonly redirectUri: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly fhirBaseUrl: string;
  readonly restBaseUrl: string;
  /** Send PKCE (RFC 7636). UPSTREAM: not documented. PKB's texts never mention it, so it is off for PKB. */
  readonly pkce: boolean;
  /** Send `scope` when refreshing. UPSTREAM: documented for tethered tokens only; RFC 6749 section 6 allows it. */
  readonly refreshScope: boolean;
  /** Lifetime assumed where the token endpoint names none, in seconds. UPSTREAM: not documented. */
  readonly defaultExpiresIn: number;
  /** Hard limit of one request to the upstream, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Provider {
  readonly settings: ProviderSettings;

  /** PKCE code verifier for one authorization request, or undefined where this upstream does without. */
  newCodeVerifier(): string | undefined;

  /** The address to send the patient's browser to (RFC 6749 section 4.1.1). */
  authorizationUrl(request: { readonly state: string; readonly codeVerifier?: string }): Promise<URL>;

  /**
   * Code for tokens (RFC 6749 section 4.1.3). Sent at most once.
   * @throws AuthorizationError `code-rejected`; ConfigurationError; UpstreamUnavailableError; FaultError
   */
  exchange(request: {
    readonly code: string;
    readonly redirectUri: string;
    readonly codeVerifier?: string;
  }): Promise<TokenSet>;

  /**
   * A refresh token for a new token set (RFC 6749 section 6). The refresh token is spent by being sent.
   * @throws ReauthorizationRequired; ConfigurationError; UpstreamUnavailableError (its `notSent` says whether the token
   * may have been spent); FaultError
   */
  refresh(request: { readonly refreshToken: string }): Promise<TokenSet>;
}
