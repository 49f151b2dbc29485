/**
 * What we assume of PKB, asked of PKB: one finding after the other, with the setting to change where an assumption does not
 * hold. It runs on the simulator in the tests and on PKB's sandbox by `npm run contract`. What is sent is a test client's
 * id, a test patient's grants and made-up tokens; where the grant turns out not to be a test patient's, it stops.
 */

import { readFileSync } from 'node:fs';
import type { ProviderSettings } from '../../src/provider/provider.ts';

export interface Upstream {
  readonly settings: ProviderSettings;
  /**
   * Takes a browser to the address, logs in as the test patient and presses the button. Where the browser ends: on the
   * redirect address; or undefined where it never gets there.
   */
  readonly press: ((url: URL, button: 'Approve' | 'Deny') => Promise<URL | undefined>) | undefined;
}

export interface Finding {
  /** Number of the open question, as `docs/simulator.md` lists them; none where it is PKB's own word. */
  readonly question?: number;
  readonly assumption: string;
  readonly verdict: 'holds' | 'does not hold' | 'not known';
  /** What came, without a secret or a person in it. */
  readonly seen: string;
  /** What to change, where it does not hold. */
  readonly change?: string;
}

/** PKB could not be asked. */
export class Unreachable extends Error {}
/** Whoever granted is not a test patient: nothing more is asked. */
export class NotATestPatient extends Error {}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Readonly<Record<string, unknown>>;
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly [member: string]: unknown;
}

const NOBODY = 'a-token-that-nobody-has-0000000';
const live = JSON.parse(
  readFileSync(new URL('../simulator/live-statement.json', import.meta.url), 'utf8'),
) as { resource: { type: string }[] };

/** @throws Unreachable; NotATestPatient */
export async function* contract({ settings, press }: Upstream): AsyncGenerator<Finding> {
  const ask = asker(settings);
  yield* withoutAGrant(settings, ask);

  const denied = press && (await press(authorizationUrl(settings, { state: 'denied-1' }), 'Deny'));
  const error = denied?.searchParams.get('error');
  yield judged(
    press && [
      error === 'access_denied' && denied?.searchParams.get('state') === 'denied-1',
      error ?? 'no way back',
    ],
    3,
    'Deny leads back with error=access_denied and the state',
    'nothing to change: any error is taken, and a patient who never returns runs out of time',
  );

  const state = 'State-0123456789_abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ';
  const back = press && (await press(authorizationUrl(settings, { state }), 'Approve'));
  const code = back?.searchParams.get('code');
  if (!code) {
    yield judged(
      undefined,
      undefined,
      'What needs a grant',
      'name a test patient: PKB_TEST_EMAIL, PKB_TEST_PASSWORD',
    );
    return;
  }
  yield judged(
    [back?.searchParams.get('state') === state, 'state came back'],
    25,
    'state comes back as it was sent',
  );

  const exchanged = await ask.token({
    grant_type: 'authorization_code',
    code,
    redirect_uri: settings.redirectUri,
  });
  const first = exchanged.json as unknown as Tokens;
  if (exchanged.status !== 200 || typeof first.access_token !== 'string') {
    yield judged(
      [false, described(exchanged)],
      5,
      'A code is exchanged for tokens',
      'PKB_TOKEN_ENDPOINT, PKB_CLIENT_AUTH, PKB_CLIENT_SECRET or PKB_PKCE',
    );
    return;
  }
  yield* ofTheTokens(first);
  await assertTestPatient(settings, ask, first);
  yield* ofTheApis(settings, ask, first);
  const second = yield* ofTheRefresh(settings, ask, first);
  if (second) yield* ofASecondGrant(settings, ask, second, press);
}

async function* withoutAGrant(settings: ProviderSettings, ask: Asker): AsyncGenerator<Finding> {
  const metadata = await ask.get(`${settings.fhirBaseUrl}/metadata`);
  const rest = metadata.json.rest as { resource?: { type: string }[] }[] | undefined;
  const types = rest?.[0]?.resource?.map(({ type }) => type) ?? [];
  const gone = live.resource
    .map(({ type }) => type)
    .filter((type) => !types.includes(type) && type !== 'Person');
  yield judged(
    [
      metadata.status === 200 && gone.length === 0,
      gone.length ? `without ${gone.join(', ')}` : described(metadata),
    ],
    undefined,
    'The capability statement is there without a token, and lists what it listed in 2026',
    'the simulator: its resources are those of 2026',
  );
  const definition = await ask.get(`${settings.fhirBaseUrl}/OperationDefinition/Consent-t-purview`);
  const onConsent = (definition.json.resource as string[] | undefined)?.includes('Consent');
  yield judged(
    definition.status === 200
      ? [Boolean(onConsent && definition.json.type), `resource ${definition.json.resource}`]
      : undefined,
    14,
    '$purview is an operation of the type Consent',
    'the address of $purview in src/fhir/purview.ts',
  );

  const fhir = await ask.get(probe(settings), NOBODY);
  yield judged(
    [
      fhir.status === 401 && codeOf(fhir) === 'BAD_AUTHENTICATION',
      `${described(fhir)} ${codeOf(fhir) ?? 'no code'}`,
    ],
    13,
    'A FHIR call with an unknown token is answered 401 and BAD_AUTHENTICATION',
    'nothing to change: codes are looked for in any body, and a 401 without one refreshes once',
  );
  const json = await ask.get(`${settings.restBaseUrl}/users/self`, NOBODY);
  yield judged(
    [json.status === 401, described(json)],
    27,
    'A /json call with an unknown token is answered 401',
    'nothing to change: judged by its class',
  );
  const discovery = await ask.get(
    new URL('/.well-known/oauth-authorization-server', settings.authorizationEndpoint).href,
  );
  yield judged(
    [discovery.status === 404, described(discovery)],
    30,
    'There is no discovery document, and so no revocation endpoint',
    'read it: it says what PKB supports',
  );

  const page = (parameters: Readonly<Record<string, string>>) =>
    ask.get(authorizationUrl(settings, { state: 's', ...parameters }).href);
  const bad = await page({ response_type: 'token' });
  yield judged(
    [bad.status >= 400 && !bad.headers.has('location'), described(bad)],
    undefined,
    'A bad authorization request ends on a page, without a redirect',
  );
  const plain = await page({});
  yield judged([plain.status < 400, described(plain)], 2, 'A request without PKCE is taken', 'PKB_PKCE=yes');
  const challenge = { code_challenge: 'c'.repeat(43), code_challenge_method: 'S256' };
  const withChallenge = await page(challenge);
  yield judged(
    [withChallenge.status < 400, described(withChallenge)],
    2,
    'A request with PKCE is taken',
    'PKB_PKCE=no',
  );
  const extra = await page({
    redirect_uri: `${settings.redirectUri}${settings.redirectUri.includes('?') ? '&' : '?'}x=1`,
  });
  yield judged(
    [extra.status < 400, described(extra)],
    24,
    'redirect_uri may carry extra parameters',
    'nothing to change: none are sent',
  );

  const refused = await ask.token({ grant_type: 'refresh_token', refresh_token: NOBODY });
  yield judged(
    [
      refused.status === 400 && refused.json.error === 'invalid_grant',
      `${described(refused)} ${refused.json.error}`,
    ],
    5,
    'The token endpoint refuses an unknown refresh token with 400 invalid_grant',
    refused.status === 404
      ? 'PKB_TOKEN_ENDPOINT'
      : 'PKB_CLIENT_AUTH or PKB_CLIENT_SECRET where the client is refused; else nothing',
  );
}

function* ofTheTokens(tokens: Tokens): Generator<Finding> {
  yield judged(
    [typeof tokens.expires_in === 'number', typeof tokens.expires_in],
    32,
    'expires_in is a number',
    tokens.expires_in === undefined ? 'PKB_DEFAULT_EXPIRES_IN' : 'nothing to change: a text is read too',
  );
  yield judged(
    [Number(tokens.expires_in) === 1800, `${tokens.expires_in} s`],
    33,
    'An access token lives 1800 seconds',
    'nothing to change: expires_in is obeyed',
  );
  yield judged(
    [/^bearer$/i.test(String(tokens.token_type)), String(tokens.token_type)],
    undefined,
    'token_type is Bearer',
  );
  yield judged(
    [typeof tokens.refresh_token === 'string', `members ${Object.keys(tokens).join(', ')}`],
    6,
    'A code is exchanged for a refresh token too',
    'nothing to change, but each grant then ends with its first access token: ask PKB, or try the other PKB_TOKEN_ENDPOINT',
  );
}

/** PKB: sandbox NHS numbers are in the range 999. */
async function assertTestPatient(
  { restBaseUrl }: ProviderSettings,
  ask: Asker,
  { access_token }: Tokens,
): Promise<void> {
  const self = await ask.get(`${restBaseUrl}/users/self`, access_token);
  const numbers = (self.json.nationalIds ?? []) as { value: string; name: string }[];
  if (numbers.some(({ value, name }) => /nhs/i.test(name) && !value.startsWith('999'))) {
    throw new NotATestPatient('whoever granted has an NHS number outside the range 999: use a test patient');
  }
}

async function* ofTheApis(
  settings: ProviderSettings,
  ask: Asker,
  { access_token }: Tokens,
): AsyncGenerator<Finding> {
  const self = await ask.get(`${settings.restBaseUrl}/users/self`, access_token);
  const { id, firstName, lastName, dob, nationalIds, contacts } = self.json;
  const known = [id, firstName, lastName, dob].every((member) => typeof member === 'string');
  yield judged(
    [self.status === 200 && known && nationalIds !== undefined && contacts !== undefined, described(self)],
    undefined,
    '/json/users/self has the members of PKB’s sample',
    'src/rest/self.ts',
  );
  const purview = await ask.get(`${settings.fhirBaseUrl}/Consent/$purview`, access_token);
  yield judged(
    [purview.status === 200, described(purview)],
    14,
    '$purview is asked by GET',
    'nothing to change: POST is tried where GET is refused',
  );
  const answered =
    purview.status === 200
      ? purview
      : await ask.post(`${settings.fhirBaseUrl}/Consent/$purview`, access_token);
  const parameter = answered.json.parameter as { valueReference?: { reference?: string } }[] | undefined;
  const reference = parameter?.[0]?.valueReference?.reference ?? '';
  const form = reference.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/, '<uuid>');
  yield judged(
    [form === 'Patient/<uuid>', form.startsWith('http') ? 'a whole address' : form || 'no reference'],
    15,
    '$purview names Patient/<uuid>',
    /Patient\/<uuid>/.test(form) ? 'nothing to change: this form is read too' : 'ask PKB what it names',
  );
  const publicId = /Patient\/([0-9a-f-]{36})/.exec(reference)?.[1];
  if (publicId === undefined) return;
  const patient = await ask.get(`${settings.fhirBaseUrl}/Patient/${publicId}`, access_token);
  yield judged(
    [patient.status === 200 && patient.json.id === publicId, described(patient)],
    undefined,
    'The Patient can be read by the public id',
  );
  const search = `patient=${publicId}&category=LABORATORY`;
  const found = await ask.get(`${settings.fhirBaseUrl}/Observation?${search}`, access_token);
  const links = ((found.json.link ?? []) as { relation: string }[]).map(({ relation }) => relation);
  yield judged(
    found.status === 200
      ? [!links.includes('next'), `links ${links.join(', ') || 'none'}`]
      : [false, described(found)],
    34,
    'A search answers with one Bundle, without a next page',
    'nothing to change: next links are followed',
  );
}

/** The access and refresh token from after a refresh that was then replayed are not worth keeping: it is the last thing. */
async function* ofTheRefresh(
  settings: ProviderSettings,
  ask: Asker,
  first: Tokens,
): AsyncGenerator<Finding, { first: Tokens; second: Tokens } | undefined> {
  if (first.refresh_token === undefined) return undefined;
  const refreshed = await ask.token({
    grant_type: 'refresh_token',
    refresh_token: first.refresh_token,
    ...(settings.refreshScope && { scope: 'PATIENT' }),
  });
  const sent = settings.refreshScope ? 'with' : 'without';
  yield judged(
    [refreshed.status === 200, described(refreshed)],
    12,
    `A refresh ${sent} scope is taken`,
    `PKB_REFRESH_SCOPE=${settings.refreshScope ? 'no' : 'yes'}`,
  );
  if (refreshed.status !== 200) return undefined;
  const second = refreshed.json as unknown as Tokens;
  const next = second.refresh_token;
  yield judged(
    [
      next !== undefined && next !== first.refresh_token,
      next === undefined ? 'none' : next === first.refresh_token ? 'the same' : 'a new one',
    ],
    6,
    'A refresh gives a new refresh token',
    next === undefined
      ? 'PKB_REFRESH_TOKEN_REUSABLE=yes, if PKB says that the old one lives on'
      : 'nothing to change',
  );
  const old = await ask.get(probe(settings), first.access_token);
  yield judged(
    [old.status !== 401, described(old)],
    10,
    'The access token from before a refresh works until it expires',
    'nothing to change: the new one is used at once',
  );
  return { first, second };
}

async function* ofASecondGrant(
  settings: ProviderSettings,
  ask: Asker,
  { first, second }: { first: Tokens; second: Tokens },
  press: Upstream['press'],
): AsyncGenerator<Finding> {
  const isSeen = async (token: string) => {
    const answer = await ask.get(probe(settings), token);
    return answer.status === 401 ? (codeOf(answer) ?? 'refused') : 'works';
  };
  const back = await press?.(authorizationUrl(settings, { state: 'again' }), 'Approve');
  const code = back?.searchParams.get('code');
  if (code) {
    const form = { grant_type: 'authorization_code', code, redirect_uri: settings.redirectUri };
    const other = (await ask.token(form)).json as unknown as Tokens;
    const earlier = await isSeen(second.access_token);
    yield judged(
      [earlier === 'works', earlier],
      11,
      'A second grant leaves the first one alone',
      'nothing to change: the newest wins, the older tokens are dropped',
    );
    const again = await ask.token(form);
    const after = await isSeen(other.access_token);
    yield judged(
      [again.status >= 400 && after === 'works', `${described(again)}, and the tokens it gave: ${after}`],
      4,
      'A code used twice is refused, and the tokens it gave live on',
      'nothing to change: a code is sent once',
    );
  }
  if (first.refresh_token === undefined) return;
  const replay = await ask.token({ grant_type: 'refresh_token', refresh_token: first.refresh_token });
  const after = await isSeen(second.access_token);
  yield judged(
    [
      replay.status >= 400 && after === 'API_SESSION_INVALID',
      `${described(replay)}, and the newer tokens: ${after}`,
    ],
    7,
    'A refresh token used twice ends the API session: API_SESSION_INVALID',
    'nothing to change: none is sent twice while its fate is unknown',
  );
}

function judged(
  result: readonly [boolean, string] | undefined,
  question: number | undefined,
  assumption: string,
  change?: string,
): Finding {
  const verdict = result === undefined ? 'not known' : result[0] ? 'holds' : 'does not hold';
  return {
    ...(question !== undefined && { question }),
    assumption,
    verdict,
    seen: result?.[1] ?? 'it could not be asked',
    ...(verdict !== 'holds' && change !== undefined && { change }),
  };
}

function authorizationUrl(settings: ProviderSettings, more: Readonly<Record<string, string>>): URL {
  const url = new URL(settings.authorizationEndpoint);
  const { clientId, redirectUri } = settings;
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    scope: 'PATIENT',
    ...more,
  }).toString();
  return url;
}

/** A record that nobody has: a token that works is told so, one that does not is told why. */
function probe({ fhirBaseUrl }: ProviderSettings): string {
  return `${fhirBaseUrl}/Patient/00000000-0000-4000-8000-000000000000`;
}

type Asker = ReturnType<typeof asker>;

/** Raw HTTP, so that nothing of ours stands between PKB and what is seen. */
function asker(settings: ProviderSettings) {
  async function send(url: string, init: RequestInit): Promise<Answer> {
    try {
      const response = await fetch(url, {
        redirect: 'manual',
        signal: AbortSignal.timeout(settings.timeoutMs),
        ...init,
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, json: parsed(text) };
    } catch (cause) {
      throw new Unreachable(`${new URL(url).host} could not be reached`, { cause });
    }
  }
  const bearer = (token: string | undefined, accept: string): Record<string, string> => ({
    accept,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  });
  const accepted = (url: string) =>
    url.startsWith(settings.fhirBaseUrl) ? 'application/fhir+json' : 'application/json, text/html';
  return {
    get: (url: string, token?: string) => send(url, { headers: bearer(token, accepted(url)) }),
    post: (url: string, token: string) =>
      send(url, {
        method: 'POST',
        body: '{"resourceType":"Parameters"}',
        headers: { ...bearer(token, accepted(url)), 'content-type': 'application/fhir+json' },
      }),
    token(form: Readonly<Record<string, string>>) {
      const { clientAuth, clientId, clientSecret = '' } = settings;
      const encoded = [clientId, clientSecret].map(encodeURIComponent).join(':');
      return send(settings.tokenEndpoint, {
        method: 'POST',
        body: new URLSearchParams({
          ...form,
          ...(clientAuth !== 'basic' && { client_id: clientId }),
          ...(clientAuth === 'post' && { client_secret: clientSecret }),
        }),
        headers: {
          accept: 'application/json',
          ...(clientAuth === 'basic' && { authorization: `Basic ${btoa(encoded)}` }),
        },
      });
    },
  };
}

function parsed(text: string): Answer['json'] {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}

/** Status and content type: never a body. */
function described({ status, headers }: Answer): string {
  return `${status} ${headers.get('content-type')?.split(';')[0] ?? 'without a body'}`;
}

function codeOf({ json }: Answer): string | undefined {
  const issue = json.issue as { details?: { coding?: { code: string }[] } }[] | undefined;
  return issue?.[0]?.details?.coding?.[0]?.code;
}
