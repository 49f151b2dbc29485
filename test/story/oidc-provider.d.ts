/** What the tests use of oidc-provider 9, which comes without types. */

declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface StoredToken {
    readonly accountId: string;
    readonly scope?: string;
    destroy(): Promise<void>;
  }

  export interface Grant {
    addOIDCScope(scope: string): void;
    /** Resolves to the grant's id. */
    save(): Promise<string>;
  }

  export interface Interaction {
    readonly params: { readonly client_id: string };
  }

  export interface TokenContext {
    /** Without parameters where the client did not authenticate. */
    readonly oidc: { readonly params?: { readonly grant_type?: string } };
  }

  export type InteractionResult =
    | { readonly login: { readonly accountId: string }; readonly consent: { readonly grantId: string } }
    | { readonly error: string; readonly error_description?: string };

  export default class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    readonly AccessToken: { find(token: string): Promise<StoredToken | undefined> };
    readonly Grant: new (of: {
      readonly accountId: string;
      readonly clientId: string;
    }) => Grant;
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: InteractionResult,
    ): Promise<void>;
    on(event: 'server_error', listener: (context: unknown, error: Error) => void): void;
    on(event: 'grant.success', listener: (context: TokenContext) => void): void;
    on(
      event: 'grant.error',
      listener: (context: TokenContext, error: { readonly error: string }) => void,
    ): void;
    on(event: 'grant.revoked', listener: (context: unknown, grantId: string) => void): void;
  }
}

declare module 'oidc-provider/lib/adapters/memory_adapter.js' {
  export function createMemoryAdapter(): unknown;
}
