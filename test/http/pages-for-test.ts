import { randomBytes } from 'node:crypto';
import type { Hono } from 'hono';
import { type App, createApp } from '../../src/app.ts';
import { type PatientPagesOptions, patientPages } from '../../src/http/pages/patient-pages.ts';

export const PUBLIC_ID = '0b9c2c36-6d55-4b0f-9a5e-0a5a0b3f6a11';
export const PKB_ORIGIN = 'https://pkb.example';

/** What PKB's APIs answer next. A test changes it while it runs. */
export interface Upstream {
  publicId: string;
  familyName: string;
  /** Instead of an answer, by the last part of the path: a status, or no connection at all. */
  trouble: Partial<Record<'apiToken.action' | '$purview' | 'self', number | 'unreachable'>>;
  /** Called at a token request, which is answered once this is done. */
  tokenGate: () => Promise<void>;
  readonly asked: string[];
}

export interface Started {
  readonly app: App;
  readonly pages: Hono;
  readonly upstream: Upstream;
  readonly log: [event: string, fields: Readonly<Record<string, unknown>>][];
  /** Who is signed in to the partner's app, and what time it is. */
  readonly world: { appUserId: string | undefined; now: Date };
}

/** The pages on a real store in memory and an upstream that answers by hand, without a socket. */
export async function startPages(
  options: {
    readonly origin?: string;
    readonly authorizationEndpoint?: string;
    readonly returnAddresses?: readonly string[];
    readonly pages?: Partial<PatientPagesOptions>;
  } = {},
): Promise<Started> {
  const { origin = 'https://partner.example', authorizationEndpoint = `${PKB_ORIGIN}/apiAuthorize.action` } =
    options;
  const world: Started['world'] = { appUserId: 'account-1', now: new Date('2026-11-24T10:00:00Z') };
  const log: Started['log'] = [];
  const upstream: Upstream = {
    publicId: PUBLIC_ID,
    familyName: 'Okonkwo',
    trouble: {},
    tokenGate: async () => {},
    asked: [],
  };
  const app = await createApp({
    environment: 'test',
    clientId: 'test-client',
    redirectUri: `${origin}/pkb/callback`,
    databaseUrl: ':memory:',
    encryptionKeys: `k1:${randomBytes(32).toString('base64')}`,
    returnAddresses: options.returnAddresses ?? ['/home'],
    provider: {
      authorizationEndpoint,
      tokenEndpoint: `${PKB_ORIGIN}/apiToken.action`,
      fhirBaseUrl: `${PKB_ORIGIN}/fhir`,
      restBaseUrl: `${PKB_ORIGIN}/json`,
    },
    fetch: async (input) => answer(upstream, new URL(input instanceof Request ? input.url : input)),
    now: () => world.now,
    log: (event, fields = {}) => log.push([event, fields]),
  });
  const pages = patientPages(app, {
    basePath: '/pkb',
    brand: {
      appName: 'Ridgeway',
      organisation: 'Ridgeway Clinic',
      supportContact: 'Call 01632 960 001.',
    },
    account: async () => world.appUserId,
    signInPath: '/log-in',
    homePath: '/',
    ...options.pages,
  });
  return { app, pages, upstream, log, world };
}

async function answer(upstream: Upstream, url: URL): Promise<Response> {
  upstream.asked.push(url.pathname);
  const last = url.pathname.split('/').at(-1) as keyof Upstream['trouble'];
  if (last === 'apiToken.action') await upstream.tokenGate();
  const trouble = upstream.trouble[last];
  if (trouble === 'unreachable') throw new TypeError('fetch failed', { cause: { code: 'ECONNREFUSED' } });
  if (trouble !== undefined) return new Response('<h1>Sorry</h1>', { status: trouble });
  switch (last as string) {
    case 'apiToken.action':
      return Response.json({
        access_token: randomBytes(16).toString('hex'),
        token_type: 'Bearer',
        expires_in: 1800,
        refresh_token: randomBytes(16).toString('hex'),
      });
    case '$purview':
      return Response.json({
        resourceType: 'Parameters',
        parameter: [{ name: 'purview', valueReference: { reference: `Patient/${upstream.publicId}` } }],
      });
    case 'self':
      return Response.json({
        firstName: 'Ada',
        lastName: upstream.familyName,
        dob: '1987-03-05',
        nationalIds: [{ value: '9990000018', name: 'NHS number', countryCodes: ['GB-ENG'] }],
        patient: true,
      });
    default:
      return Response.json({
        resourceType: 'Patient',
        id: upstream.publicId,
        name: [{ family: upstream.familyName, given: ['Ada'] }],
      });
  }
}

/** A browser: keeps cookies, says where a form came from, follows nothing by itself. */
export interface Browser {
  get(path: string): Promise<Response>;
  post(path: string, fields?: Record<string, string>): Promise<Response>;
  readonly cookies: Map<string, string>;
}

export function browser(pages: Hono, origin = 'https://partner.example'): Browser {
  const cookies = new Map<string, string>();
  async function send(path: string, init: RequestInit & { headers?: Record<string, string> }) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await pages.request(`${origin}${path}`, {
      ...init,
      headers: { ...init.headers, ...(cookie && { Cookie: cookie }) },
    });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (name !== undefined && value !== undefined) cookies.set(name, value);
    }
    return response;
  }
  return {
    cookies,
    get: (path) => send(path, {}),
    post: (path, fields = {}) =>
      send(path, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/x-www-form-urlencoded',
          'Sec-Fetch-Site': 'same-origin',
        },
        body: new URLSearchParams(fields).toString(),
      }),
  };
}

/** Where a redirect leads. */
export function location(response: Response): string {
  return response.headers.get('Location') ?? `(no redirect: ${response.status})`;
}

/** Opens the start page and presses its button. */
export async function start(patient: Browser): Promise<Response> {
  await patient.get('/pkb/start?anyway=yes');
  return patient.post('/pkb/authorize');
}

/** Starts, approves at PKB, and gives back the path on which the browser returns. */
export async function approve(patient: Browser): Promise<string> {
  const toPkb = new URL(location(await start(patient)));
  const query = new URLSearchParams({
    code: randomBytes(16).toString('hex'),
    state: toPkb.searchParams.get('state') ?? '',
  });
  return `/pkb/callback?${query}`;
}

/** The whole way from the button to a proposed link. Returns the page that asks "is this your record?". */
export async function propose(patient: Browser): Promise<string> {
  const finish = location(await patient.get(await approve(patient)));
  await patient.get(finish);
  return (await patient.get('/pkb/confirm')).text();
}

/** The id that a page's form carries. */
export function linkIdIn(page: string): string {
  return /name="linkId" value="([^"]+)"/.exec(page)?.[1] ?? '(no link id)';
}
