/** The sign-in of an operator's organisation: oidc-provider, with a page on which one chooses whom to be. */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import Provider from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';

export const CLIENT = { id: 'pkb-link-console', secret: 'secret-of-the-console-0123456789abcdef' } as const;
export const ROLE_CLAIM = 'groups';

/** By the subject: what the organisation says of them. */
const PEOPLE: Readonly<Record<string, { readonly name: string; readonly groups: readonly string[] }>> = {
  olive: { name: 'Olive Ortega', groups: ['staff', 'pkb-operators'] },
  sunil: { name: 'Sunil Shah', groups: ['staff', 'pkb-support'] },
  nell: { name: 'Nell Nobody', groups: ['staff'] },
};

export interface OrganisationServer {
  readonly issuer: string;
  /** What a configuration needs to believe it. */
  readonly settings: Readonly<Record<string, string>>;
  /** Where browsers may be sent back to, from now on. */
  allow(redirectUri: string): void;
  close(): Promise<void>;
}

export async function startOrganisation(t?: TestContext): Promise<OrganisationServer> {
  const redirectUris: string[] = ['https://not-yet.example/'];
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  const issuer = `http://127.0.0.1:${port}`;
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', kid: 'one' };
  let provider: ReturnType<typeof providerFor>;

  function providerFor() {
    return new Provider(issuer, {
      adapter: createMemoryAdapter(),
      jwks: { keys: [jwk] },
      cookies: { keys: [randomBytes(32).toString('base64url')] },
      clients: [
        {
          client_id: CLIENT.id,
          client_secret: CLIENT.secret,
          redirect_uris: redirectUris,
          response_types: ['code'],
          grant_types: ['authorization_code'],
          token_endpoint_auth_method: 'client_secret_basic',
          id_token_signed_response_alg: 'ES256',
        },
      ],
      claims: { openid: ['sub'], profile: ['name', ROLE_CLAIM] },
      conformIdTokenClaims: false,
      pkce: { required: () => true },
      findAccount: (_context: unknown, accountId: string) => ({
        accountId,
        claims: () => ({ sub: accountId, ...PEOPLE[accountId] }),
      }),
      interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
      features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
      clientBasedCORS: () => false,
      renderError: (context: { body: unknown }, out: object) => {
        context.body = out;
      },
      ttl: {
        AccessToken: 600,
        AuthorizationCode: 60,
        Grant: 600,
        IdToken: 600,
        Interaction: 600,
        Session: 600,
      },
    });
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', issuer);
    if (!pathname.startsWith('/interaction/')) return provider.callback()(request, response);
    const accountId = searchParams.get('who');
    if (accountId === null) {
      response.setHeader('Content-Type', 'text/html');
      response.end(`<h1>Sign in at work</h1>${Object.keys(PEOPLE)
        .map((who) => `<a href="?who=${who}">${who}</a>`)
        .join(' ')}
        <a href="?who=">Cancel</a>`);
      return;
    }
    const { params } = await provider.interactionDetails(request, response);
    if (accountId === '') {
      return provider.interactionFinished(request, response, { error: 'access_denied' });
    }
    const grant = new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope('openid profile');
    return provider.interactionFinished(request, response, {
      login: { accountId },
      consent: { grantId: await grant.save() },
    });
  }

  provider = providerFor();
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  t?.after(close);
  return {
    issuer,
    settings: {
      PKB_LINK_CONSOLE_OIDC_ISSUER: issuer,
      PKB_LINK_CONSOLE_OIDC_CLIENT_ID: CLIENT.id,
      PKB_LINK_CONSOLE_OIDC_CLIENT_SECRET: CLIENT.secret,
      PKB_LINK_CONSOLE_OIDC_ROLE_CLAIM: ROLE_CLAIM,
      PKB_LINK_CONSOLE_OIDC_SUPPORT: 'pkb-support',
      PKB_LINK_CONSOLE_OIDC_OPERATOR: 'pkb-operators',
    },
    allow(redirectUri) {
      redirectUris.splice(0, redirectUris.length, redirectUri);
      provider = providerFor();
    },
    close,
  };
}
