/**
 * An authorization server that we did not write: oidc-provider, at PKB's paths, with as much of PKB's two APIs behind its
 * own access tokens as the story needs. What the simulator and we might have misread in the same way, it has not.
 */

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';

export interface Patient {
  readonly publicId: string;
  readonly givenName: string;
  readonly familyName: string;
}

export const OKAFOR: Patient = {
  publicId: 'b3f1c6f2-6a0e-4b7c-9a55-0d1f8e7c2a11',
  givenName: 'Amara',
  familyName: 'Okafor',
};
export const WHITFIELD: Patient = {
  publicId: '5d0c7f0e-93a4-4d0c-8a53-7c0de8a9f302',
  givenName: 'George',
  familyName: 'Whitfield',
};
const PATIENTS = [OKAFOR, WHITFIELD];

export const ACCESS_TOKEN_SECONDS = 600;

export interface IndependentClient {
  readonly clientId: string;
  readonly redirectUri: string;
  /** As OpenID Connect registration names them: `none`, `client_secret_post`, `client_secret_basic`. */
  readonly authMethod: string;
  readonly secret?: string;
  readonly pkceRequired: boolean;
}

export interface IndependentServer {
  readonly url: string;
  /** Each answer of the token endpoint, as `<grant type> <error, or ok>`. */
  readonly tokenAnswers: string[];
  /** What the server itself holds to be its own failure; a test that ends well has none. */
  readonly failures: Error[];
  /** How many grants it has revoked. */
  revoked(): number;
  /** Whose access token that is, undefined where it is none (any more). */
  owner(accessToken: string): Promise<string | undefined>;
  /** Ends one access token and leaves its grant alone. */
  endAccessToken(accessToken: string): Promise<void>;
  close(): Promise<void>;
}

export async function startIndependentServer(client: IndependentClient): Promise<IndependentServer> {
  const tokenAnswers: string[] = [];
  const failures: Error[] = [];
  let revoked = 0;
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => {
      failures.push(error);
      response.destroy();
    });
  });
  const port = await new Promise<number>((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
  const url = `http://127.0.0.1:${port}`;
  const provider = new Provider(url, configuration(client));
  provider.on('server_error', (_context, error) => failures.push(error));
  provider.on('grant.revoked', () => {
    revoked += 1;
  });
  provider.on('grant.success', ({ oidc }) => tokenAnswers.push(`${oidc.params?.grant_type} ok`));
  provider.on('grant.error', ({ oidc }, { error }) => {
    tokenAnswers.push(`${oidc.params?.grant_type} ${error}`);
  });
  const authorizationServer = provider.callback();

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '', url);
    if (pathname.startsWith('/interaction/')) return interact(request, response, searchParams);
    if (/^\/(fhir|json)\//.test(pathname)) return resource(request, response, pathname);
    return authorizationServer(request, response);
  }

  /** Log-in page and grant page in one, answered by the query: `patient` and `answer`. */
  async function interact(request: IncomingMessage, response: ServerResponse, said: URLSearchParams) {
    const { params } = await provider.interactionDetails(request, response);
    if (said.get('answer') === 'deny') {
      return provider.interactionFinished(request, response, { error: 'access_denied' });
    }
    const accountId = said.get('patient') ?? '';
    const grant = new provider.Grant({ accountId, clientId: params.client_id });
    grant.addOIDCScope('PATIENT');
    return provider.interactionFinished(request, response, {
      login: { accountId },
      consent: { grantId: await grant.save() },
    });
  }

  async function owner(accessToken: string): Promise<string | undefined> {
    const token = await provider.AccessToken.find(accessToken);
    return token?.scope === 'PATIENT' ? token.accountId : undefined;
  }

  async function resource(request: IncomingMessage, response: ServerResponse, pathname: string) {
    const [, token = ''] = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '') ?? [];
    const publicId = await owner(token);
    const patient = PATIENTS.find((one) => one.publicId === publicId);
    const [status, body] = patient ? resourceOf(patient, pathname) : [401, { error: 'invalid_token' }];
    response.writeHead(status, {
      'content-type': 'application/json',
      ...(status === 401 && { 'www-authenticate': 'Bearer error="invalid_token"' }),
    });
    response.end(JSON.stringify(body));
  }

  return {
    url,
    tokenAnswers,
    failures,
    revoked: () => revoked,
    owner,
    endAccessToken: async (accessToken) => (await provider.AccessToken.find(accessToken))?.destroy(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function resourceOf(patient: Patient, pathname: string): readonly [number, object] {
  const { publicId, givenName, familyName } = patient;
  switch (pathname) {
    case '/fhir/Consent/$purview':
      return [
        200,
        {
          resourceType: 'Parameters',
          parameter: [{ name: 'purview', valueReference: { reference: `Patient/${publicId}` } }],
        },
      ];
    case `/fhir/Patient/${publicId}`:
      return [
        200,
        { resourceType: 'Patient', id: publicId, name: [{ family: familyName, given: [givenName] }] },
      ];
    case '/json/users/self':
      return [200, { id: '1', patient: true, firstName: givenName, lastName: familyName, dob: '1984-03-11' }];
    default:
      return [404, {}];
  }
}

/** Whatever oidc-provider would warn of as a default is chosen here, so that what it still says is a failure. */
function configuration({ clientId, redirectUri, authMethod, secret, pkceRequired }: IndependentClient) {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    adapter: createMemoryAdapter(),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      {
        client_id: clientId,
        redirect_uris: [redirectUri],
        response_types: ['code'],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: authMethod,
        id_token_signed_response_alg: 'ES256',
        ...(secret !== undefined && { client_secret: secret }),
      },
    ],
    responseTypes: ['code'],
    routes: { authorization: '/apiAuthorize.action', token: '/apiToken.action' },
    scopes: ['PATIENT'],
    pkce: { required: () => pkceRequired },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    expiresWithSession: () => false,
    findAccount: (_context: unknown, accountId: string) => ({
      accountId,
      claims: () => ({ sub: accountId }),
    }),
    interactions: { url: (_context: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    clientBasedCORS: () => false,
    renderError: (context: { body: unknown }, out: object) => {
      context.body = out;
    },
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      AuthorizationCode: 60,
      Grant: 1_209_600,
      Interaction: 3600,
      RefreshToken: 1_209_600,
      Session: 1_209_600,
    },
  };
}
