import { AuthorizationError, ConfigurationError, UpstreamUnavailableError } from '../../errors.ts';
import { createSkewWatch } from '../../provider/clock-skew.ts';
import { createProvider } from '../../provider/pkb.ts';
import { type Answer, ask, fields } from '../../provider/upstream.ts';
import type { Sound } from './configuration.ts';
import { type Finding, fail, failedBy, pass, warn } from './finding.ts';

const REACH =
  'check the address, and that this machine may reach it; https://www.pkbstatus.com tells of outages';

/** Every endpoint of PKB, by a question that changes nothing there, and its clock. */
export async function checkPkb(sound: Sound): Promise<readonly Finding[]> {
  const groups = await Promise.all([
    facade(sound),
    tokenEndpoint(sound),
    authorizationEndpoint(sound),
    rest(sound),
  ]);
  return groups.flat();
}

async function facade({ settings: { fhirBaseUrl, timeoutMs } }: Sound): Promise<readonly Finding[]> {
  const check = 'FHIR endpoint';
  const sent = new Date();
  let answer: Answer;
  try {
    answer = await get(`${fhirBaseUrl}/metadata`, timeoutMs, 'application/fhir+json');
  } catch (thrown) {
    return [failedBy(check, thrown, `PKB_FHIR_BASE_URL: ${REACH}`)];
  }
  return [statement(check, answer), clock(answer, sent)];
}

function statement(check: string, { status, json }: Answer): Finding {
  const { resourceType, fhirVersion, rest } = fields(json);
  if (status !== 200 || resourceType !== 'CapabilityStatement') {
    return fail(
      check,
      `/metadata answered ${status} and no CapabilityStatement`,
      'correct PKB_FHIR_BASE_URL',
    );
  }
  if (typeof fhirVersion !== 'string' || !fhirVersion.startsWith('3.0.')) {
    return fail(
      check,
      'it does not speak FHIR STU3 (3.0.x)',
      "correct PKB_FHIR_BASE_URL: patients' tokens are for PKB's Facade, not for its other FHIR endpoints",
    );
  }
  const operations = [rest].flat().flatMap((one) => [fields(one).operation].flat());
  if (!operations.some((operation) => fields(operation).name === 'purview')) {
    return fail(check, 'it does not list the operation $purview', 'ask PKB: without it no record is found');
  }
  return pass(check, `FHIR ${fhirVersion} with $purview`);
}

function clock({ headers }: Answer, sent: Date): Finding {
  const check = 'clock';
  if (Number.isNaN(Date.parse(headers.get('date') ?? ''))) {
    return warn(
      check,
      "PKB's answer has no date",
      'see by other means that the clock of this machine is right',
    );
  }
  let apart = 0;
  createSkewWatch((_, { seconds }) => {
    apart = Number(seconds);
  })(headers, sent, new Date());
  return apart === 0
    ? pass(check, "agrees with PKB's")
    : warn(
        check,
        `${Math.abs(apart)} s ${apart > 0 ? 'behind' : 'ahead of'} PKB's`,
        'set this machine by NTP',
      );
}

/** With a code that nobody was given: the one answer to expect is that it is no good. */
async function tokenEndpoint({ settings }: Sound): Promise<readonly Finding[]> {
  const check = 'token endpoint';
  const provider = createProvider(settings, { fetch, now: () => new Date(), alarm: () => {} });
  try {
    await provider.exchange({
      code: 'no-code-of-pkb-link-doctor',
      redirectUri: settings.redirectUri,
      codeVerifier: provider.newCodeVerifier(),
    });
  } catch (thrown) {
    return [refusal(check, thrown)];
  }
  return [
    fail(check, 'gave tokens for a code that nobody has', 'correct PKB_TOKEN_ENDPOINT: this is not PKB'),
  ];
}

function refusal(check: string, thrown: unknown): Finding {
  if (thrown instanceof AuthorizationError)
    return pass(check, 'refuses a code that it never gave, as it should');
  if (thrown instanceof ConfigurationError) {
    return failedBy(
      check,
      thrown,
      'compare PKB_TOKEN_ENDPOINT, PKB_CLIENT_ID, PKB_CLIENT_AUTH and PKB_CLIENT_SECRET with what PKB gave you',
    );
  }
  return thrown instanceof UpstreamUnavailableError
    ? failedBy(check, thrown, `PKB_TOKEN_ENDPOINT: ${REACH}`)
    : failedBy(
        check,
        thrown,
        'correct PKB_TOKEN_ENDPOINT: a token endpoint answers in JSON (RFC 6749 section 5.2)',
      );
}

async function authorizationEndpoint({ settings }: Sound): Promise<readonly Finding[]> {
  const check = 'authorization endpoint';
  const remedy =
    'correct PKB_AUTHORIZATION_ENDPOINT, or register PKB_CLIENT_ID with exactly PKB_REDIRECT_URI at PKB; if neither helps, try PKB_PKCE=yes';
  const provider = createProvider(settings, { fetch, now: () => new Date(), alarm: () => {} });
  try {
    const codeVerifier = provider.newCodeVerifier();
    const url = await provider.authorizationUrl({ state: 'pkb-link-doctor', codeVerifier });
    const { status, headers } = await get(url.href, settings.timeoutMs, 'text/html');
    const error = URL.parse(headers.get('location') ?? '', url.href)?.searchParams.get('error');
    if (error) return [failedBy(check, provider.authorizationRefusal(error), remedy)];
    // UPSTREAM: not documented. PKB shows an error page for a bad request and does not say with which status.
    return [status < 400 ? pass(check, `answers ${status}`) : fail(check, `answers ${status}`, remedy)];
  } catch (thrown) {
    return [failedBy(check, thrown, `PKB_AUTHORIZATION_ENDPOINT: ${REACH}`)];
  }
}

/** Without a token, which must not do. UPSTREAM: not documented, how PKB refuses it: so a warning. */
async function rest({ settings: { restBaseUrl, timeoutMs } }: Sound): Promise<readonly Finding[]> {
  const check = 'REST endpoint';
  try {
    const { status } = await get(`${restBaseUrl}/users/self`, timeoutMs, 'application/json');
    return status === 401 || status === 403
      ? [pass(check, 'asks for a token')]
      : [
          warn(
            check,
            `answers ${status} where a token is needed`,
            'compare PKB_REST_BASE_URL with what PKB told you',
          ),
        ];
  } catch (thrown) {
    return [failedBy(check, thrown, `PKB_REST_BASE_URL: ${REACH}`)];
  }
}

function get(url: string, timeoutMs: number, accept: string): Promise<Answer> {
  return ask(timeoutMs, (signal) => fetch(url, { signal, redirect: 'manual', headers: { Accept: accept } }));
}
