/**
 * The provider: our description of one upstream. Flow knows this file and none of those beside it.
 */

import type { Failure } from '../errors.ts';
import type { TokenSet } from '../model.ts';

/** How the client proves who it is at the token endpoint (RFC 6749 section 2.3). */
export type ClientAuth = 'none' | 'post' | 'basic';

/** Everything about an upstream that a deployment may set. */
export interface ProviderSettings {
  /** Stored with each link: links of one environment are not there for another. */
  readonly environment: string;
  readonly clientId: string;
  readonly clientSecret?: string;
  /** UPSTREAM: not documented. PKB's pages name no secret for a User Client, so the default is `none`. */
  readonly clientAuth: ClientAuth;
  /** Exactly as registered with PKB; sent byte for byte at both steps. */
  readonly redirectUri: string;
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly fhirBaseUrl: string;
  readonly restBaseUrl: string;
  /** Send PKCE (RFC 7636). UPSTREAM: not documented, so off for PKB until PKB says otherwise. */
  readonly pkce: boolean;
  /** Send `scope` when refreshing. UPSTREAM: documented for tethered tokens only; RFC 6749 section 6 allows it. */
  readonly refreshScope: boolean;
  /**
   * What a refresh answer without a refresh token means: `true`, the old one lives on (RFC 6749 section 6 allows that);
   * `false`, it is spent and the API session is about to end. UPSTREAM: PKB documents the second for the code grant.
   */
  readonly refreshTokenReusable: boolean;
  /**
   * How long PKB's API sessions last for this client, in seconds, where PKB has said so: patients are told in time. Without
   * it the length is learned from sessions that have ended. UPSTREAM: PKB sets it per client and documents no value.
   */
  readonly sessionSeconds?: number;
  /** Lifetime assumed where the token endpoint names none, in seconds. UPSTREAM: not documented. */
  readonly defaultExpiresIn: number;
  /** Hard limit of one request to the upstream, in milliseconds. */
  readonly timeoutMs: number;
}

export interface Provider {
  readonly settings: ProviderSettings;

  /** A PKCE code verifier for one authorization, or undefined where this upstream does without. */
  newCodeVerifier(): string | undefined;

  /** The address to send the patient's browser to (RFC 6749 section 4.1.1; PKB, "Code grant"). */
  authorizationUrl(request: {
    readonly state: string;
    readonly codeVerifier: string | undefined;
  }): Promise<URL>;

  /** What `error` on the redirect address means (RFC 6749 section 4.1.2.1). */
  authorizationRefusal(error: string): Failure;

  /**
   * A code for tokens (RFC 6749 section 4.1.3). Sent once, never repeated here.
   * @throws AuthorizationError `code-rejected`; AccessRefusedError; ConfigurationError; UpstreamUnavailableError; FaultError
   */
  exchange(request: {
    readonly code: string;
    readonly redirectUri: string;
    readonly codeVerifier: string | undefined;
  }): Promise<TokenSet>;

  /**
   * Runs `work`, which refreshes, once the token endpoint can take it: few at a time, more with every success, none while
   * it is known to refuse this client or not to answer.
   * @throws ConfigurationError, UpstreamUnavailableError (its `notActedOn` true) where it is shut; `work` has not begun
   */
  inTurn<T>(work: () => Promise<T>): Promise<T>;

  /**
   * Whether the token endpoint has just refused this client, or was not there: what an operator has to mend. False from when
   * it may be asked again, and where this process has not asked.
   */
  refusesClient(): boolean;

  /**
   * A refresh token for a new token set (RFC 6749 section 6). The refresh token is spent by being sent.
   *
   * @param request.received is given the new token set in the turn in which it was read, before anybody else can act or
   * anything else can happen; it must not wait.
   * @throws ReauthorizationRequired; AccessRefusedError; ConfigurationError; UpstreamUnavailableError, whose
   * `notActedOn` says that the token was certainly not spent; FaultError
   */
  refresh(request: {
    readonly refreshToken: string;
    readonly received: (tokenSet: TokenSet) => void;
  }): Promise<TokenSet>;

  /** What an answer of PKB's APIs means for the grant, where it means anything (see `provider/refusals.ts`). */
  judge(response: Response): Promise<ApiVerdict>;
}

export type ApiVerdict =
  | { readonly kind: 'answered' }
  | { readonly kind: 'access-token-rejected' }
  | { readonly kind: 'refused'; readonly failure: Failure };
