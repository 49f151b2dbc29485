/** The environment's variables as typed options. The only reader of `process.env`. */

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { AppOptions } from './app.ts';
import type { OrganisationSettings } from './console/organisation.ts';
import { ConfigurationError } from './errors.ts';
import type { LimitSettings } from './http/limits.ts';
import type { HostedPagesOptions } from './http/pages/hosted-pages.ts';
import type { Retention } from './operator/purge.ts';
import type { ClientAuth, ProviderSettings } from './provider/provider.ts';
import { isLoopback } from './provider/settings.ts';
import type { WebhookSettings } from './webhook/webhook.ts';

export interface Config extends ProcessSettings {
  readonly app: AppOptions;
  /** What callers of the HTTP API must present. */
  readonly apiKey?: string;
  /** What `keep` does while the service runs. */
  readonly keep: { readonly unusedSeconds?: number; readonly perMinute?: number };
  /** How long what is over is kept. */
  readonly retention: Retention;
  /** Whom the hosted pages speak for. Absent: `serve` hosts none. */
  readonly pages?: HostedPagesOptions;
  /** Where `serve` sends events. Absent: nowhere. */
  readonly webhook?: WebhookSettings;
  /** Where `serve` lets its metrics be read. Absent: nowhere. */
  readonly metrics?: Address;
  /** Where `serve` has the operator's console. Absent: nowhere. */
  readonly console?: Address & {
    /** Its origin, as browsers know it. Absent: that of the address. */
    readonly url?: string;
    readonly organisation?: OrganisationSettings;
  };
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the simulator does without: worthless outside it, and so a default only for it. */
const SIMULATOR_DEFAULTS = {
  PKB_CLIENT_ID: 'example-app',
  PKB_REDIRECT_URI: 'http://localhost:8080/pkb/callback',
  PKB_LINK_DATABASE_URL: 'file:data/pkb-link.db',
  PKB_LINK_ENCRYPTION_KEYS: `simulator:${Buffer.alloc(32, 'pkb-link simulator').toString('base64')}`,
} as const;

/** Settings that are secret may be in files instead, as container platforms and systemd hand them out. */
const SECRETS = [
  'PKB_CLIENT_SECRET',
  'PKB_LINK_DATABASE_URL',
  'PKB_LINK_ENCRYPTION_KEYS',
  'PKB_LINK_API_KEY',
  'PKB_LINK_WEBHOOK_SECRETS',
  'PKB_LINK_CONSOLE_OIDC_CLIENT_SECRET',
] as const;

/** `NAME_FILE` names the file that holds what `NAME` would. */
function withSecretsOfFiles(env: Environment): Environment {
  const read: Record<string, string> = {};
  for (const name of SECRETS) {
    const setting = `${name}_FILE`;
    const file = text(env, setting);
    if (file === undefined) continue;
    if (text(env, name) !== undefined) throw wrong(setting, `is set beside ${name}: leave one of them out`);
    try {
      read[name] = readFileSync(file, 'utf8');
    } catch (cause) {
      throw wrong(setting, `${file} cannot be read (${(cause as NodeJS.ErrnoException).code})`);
    }
    if (text(read, name) === undefined) throw wrong(setting, `${file} is empty`);
  }
  return { ...env, ...read };
}

/** What `configFromEnvironment` reads, for whoever looks at it more than once. */
export function environmentVariables(): Environment {
  return process.env;
}

/**
 * Every setting, with its default or its remedy, is described in `docs/settings.md`.
 * @throws ConfigurationError naming the one setting that is missing or wrong, and what to do about it
 */
export function configFromEnvironment(environmentGiven: Environment = process.env): Config {
  const env = withSecretsOfFiles(environmentGiven);
  const environment = text(env, 'PKB_ENVIRONMENT');
  if (environment === undefined) {
    throw missing(
      'PKB_ENVIRONMENT',
      'simulator, sandbox, production, or a name of your own with every endpoint set',
    );
  }
  const defaults: Environment = environment === 'simulator' ? SIMULATOR_DEFAULTS : {};
  const required = (name: keyof typeof SIMULATOR_DEFAULTS, remedy: string): string => {
    const value = text(env, name) ?? defaults[name];
    if (value === undefined) throw missing(name, remedy);
    return value;
  };
  const encryptionKeys = text(env, 'PKB_LINK_ENCRYPTION_KEYS') ?? defaults.PKB_LINK_ENCRYPTION_KEYS;
  if (encryptionKeys === undefined) {
    throw new ConfigurationError(
      'no-encryption-key',
      'is missing: nothing is stored without a key. Make one with: echo "k1:$(openssl rand -base64 32)"',
      { setting: 'PKB_LINK_ENCRYPTION_KEYS' },
    );
  }
  const redirectUri = required('PKB_REDIRECT_URI', 'the address registered with PKB, exactly');
  return {
    ...processFromEnvironment(env),
    ...optional('apiKey', text(env, 'PKB_LINK_API_KEY')),
    keep: keepSettings(env),
    retention: {
      ...optional('unlinkedKeptDays', wholeNumber(env, 'PKB_LINK_UNLINKED_KEPT_DAYS', 7, 36_500)),
      ...optional('auditKeptDays', wholeNumber(env, 'PKB_LINK_AUDIT_KEPT_DAYS', 30, 36_500)),
    },
    ...optional('pages', hostedPages(env)),
    ...optional('webhook', webhookSettings(env)),
    ...optional('metrics', address(env, 'PKB_LINK_METRICS_ADDRESS')),
    ...optional('console', consoleSettings(env, redirectUri)),
    app: {
      environment,
      clientId: required('PKB_CLIENT_ID', 'the REST API client id that PKB gave you'),
      redirectUri,
      databaseUrl: required('PKB_LINK_DATABASE_URL', 'for instance file:/var/lib/pkb-link/pkb-link.db'),
      encryptionKeys,
      returnAddresses: returnAddresses(env) ?? ['/'],
      provider: providerSettings(env),
      ...optional('simulatorUrl', origin(env, 'PKB_SIMULATOR_URL')),
      ...optional('spool', text(env, 'PKB_LINK_SPOOL')),
      ...optional('tokensInMemory', wholeNumber(env, 'PKB_LINK_TOKENS_IN_MEMORY', 0, 999_999)),
      ...optional('pendingSeconds', wholeNumber(env, 'PKB_LINK_PENDING_SECONDS', 60, 86_400)),
    },
  };
}

/** What is the whole process's, whatever and however much it serves. */
export interface ProcessSettings {
  readonly host: string;
  readonly port: number;
  readonly limits: LimitSettings;
  /** How long a process that was told to stop goes on taking requests, so that a proxy can notice. */
  readonly drainSeconds: number;
}

/** @throws ConfigurationError naming the setting */
export function processFromEnvironment(env: Environment = process.env): ProcessSettings {
  return {
    host: text(env, 'PKB_LINK_HOST') ?? '127.0.0.1',
    port: wholeNumber(env, 'PORT', 0, 65_535) ?? 8080,
    limits: {
      perAddress: wholeNumber(env, 'PKB_LINK_ADDRESS_PER_MINUTE', 1, 999_999) ?? 300,
      perKey: wholeNumber(env, 'PKB_LINK_KEY_PER_SECOND', 1, 999_999) ?? 1000,
      underWay: wholeNumber(env, 'PKB_LINK_UNDER_WAY', 2, 99_999) ?? 400,
      trustedProxies: trustedProxies(env),
    },
    drainSeconds: wholeNumber(env, 'PKB_LINK_DRAIN_SECONDS', 0, 300) ?? 0,
  };
}

/** Addresses, and networks as `10.0.0.0/8`. */
function trustedProxies(env: Environment): string[] {
  const name = 'PKB_LINK_TRUSTED_PROXIES';
  const given = (text(env, name) ?? '').split(/[\s,]+/).filter((each) => each !== '');
  for (const each of given) {
    const [, address = '', bits = '0'] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(each) ?? [];
    const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    if (Number(bits) > longest) {
      throw wrong(name, 'must be addresses or networks, with commas between: 127.0.0.1,10.0.0.0/8');
    }
  }
  return given;
}

function keepSettings(env: Environment): Config['keep'] {
  const days = wholeNumber(env, 'PKB_LINK_KEEP_UNUSED_DAYS', 1, 3650);
  return {
    ...(days !== undefined && { unusedSeconds: days * 86_400 }),
    ...optional('perMinute', wholeNumber(env, 'PKB_LINK_KEEP_PER_MINUTE', 1, 6000)),
  };
}

function webhookSettings(env: Environment): WebhookSettings | undefined {
  const url = text(env, 'PKB_LINK_WEBHOOK_URL');
  const secrets = text(env, 'PKB_LINK_WEBHOOK_SECRETS');
  if (url === undefined && secrets === undefined) return undefined;
  if (url === undefined)
    throw missing('PKB_LINK_WEBHOOK_URL', 'where events are sent, signed with the secrets');
  if (secrets === undefined) {
    throw missing('PKB_LINK_WEBHOOK_SECRETS', 'make one with: echo "whsec_$(openssl rand -base64 32)"');
  }
  return {
    url,
    secrets: secrets.split(',').map((secret) => secret.trim()),
    ...optional('privateAddresses', yesOrNo(env, 'PKB_LINK_WEBHOOK_PRIVATE')),
  };
}

/** Cookies do not know ports: on the host of the patient pages each would be sent the other's. */
function consoleSettings(env: Environment, redirectUri: string): Config['console'] {
  const listening = address(env, 'PKB_LINK_CONSOLE_ADDRESS');
  const name = 'PKB_LINK_CONSOLE_URL';
  const given = origin(env, name);
  const organisation = organisationSettings(env);
  if (!listening) {
    if (!given && !organisation) return undefined;
    throw missing('PKB_LINK_CONSOLE_ADDRESS', 'where serve has the console that the other settings are of');
  }
  const seen = new URL(given ?? addressUrl(listening));
  if (!given && !isLoopback(seen)) {
    throw missing(name, 'the https origin by which browsers reach the console through your proxy');
  }
  if (seen.protocol !== 'https:' && !isLoopback(seen)) {
    throw wrong(name, 'must be https, or http on this machine only');
  }
  if (seen.hostname === URL.parse(redirectUri)?.hostname) {
    throw wrong(
      given ? name : 'PKB_LINK_CONSOLE_ADDRESS',
      'must have another host name than PKB_REDIRECT_URI, or browsers send the cookies of the one to the other',
    );
  }
  return { ...listening, ...optional('url', given), ...optional('organisation', organisation) };
}

/** The origin of what listens at an address. */
export function addressUrl({ host, port }: Address): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** All of what it takes to believe the organisation's sign-in, or none of it. */
function organisationSettings(env: Environment): OrganisationSettings | undefined {
  const needed = [
    'PKB_LINK_CONSOLE_OIDC_ISSUER',
    'PKB_LINK_CONSOLE_OIDC_CLIENT_ID',
    'PKB_LINK_CONSOLE_OIDC_CLIENT_SECRET',
    'PKB_LINK_CONSOLE_OIDC_ROLE_CLAIM',
    'PKB_LINK_CONSOLE_OIDC_SUPPORT',
    'PKB_LINK_CONSOLE_OIDC_OPERATOR',
  ];
  const [issuer, clientId, clientSecret, roleClaim, support, operator] = needed.map((name) =>
    text(env, name),
  );
  if (issuer && clientId && clientSecret && roleClaim && support && operator) {
    const url = URL.parse(issuer);
    if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url)))) {
      throw wrong('PKB_LINK_CONSOLE_OIDC_ISSUER', 'must be https, or http on this machine only');
    }
    return {
      issuer,
      clientId,
      clientSecret,
      roleClaim,
      roles: { support, operator },
      ...optional('scope', text(env, 'PKB_LINK_CONSOLE_OIDC_SCOPE')),
    };
  }
  const lacking = needed.find((name) => text(env, name) === undefined);
  if (lacking !== undefined && needed.some((name) => text(env, name) !== undefined)) {
    throw missing(
      lacking,
      'the organisation’s sign-in needs it too; for codes alone set nothing of PKB_LINK_CONSOLE_OIDC_…',
    );
  }
  return undefined;
}

/** `host:port`, or `[::1]:port`. */
function address(env: Environment, name: string): Address | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([^\s:/@]+)):(\d{1,5})$/i.exec(value) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || !(Number(port) <= 65_535)) {
    throw wrong(name, 'must be an address and a port, for instance 127.0.0.1:9464');
  }
  return { host, port: Number(port) };
}

/** All of what a patient must be told, or no pages at all. */
function hostedPages(env: Environment): HostedPagesOptions | undefined {
  const needed = [
    'PKB_LINK_APP_NAME',
    'PKB_LINK_ORGANISATION',
    'PKB_LINK_SUPPORT_CONTACT',
    'PKB_LINK_HOME_URL',
  ];
  const [appName, organisation, supportContact, homeUrl] = needed.map((name) => text(env, name));
  const lacking = needed.find((name) => text(env, name) === undefined);
  if (appName && organisation && supportContact && homeUrl) {
    if (!isReturnAddress(homeUrl)) throw wrong('PKB_LINK_HOME_URL', 'must be a whole address (https://...)');
    return {
      homeUrl,
      brand: {
        appName,
        organisation,
        supportContact: inLanguages(env, 'PKB_LINK_SUPPORT_CONTACT') ?? supportContact,
        ...optional('supportUrl', inLanguages(env, 'PKB_LINK_SUPPORT_URL')),
        ...optional('privacyUrl', inLanguages(env, 'PKB_LINK_PRIVACY_URL')),
        ...optional('accentColour', text(env, 'PKB_LINK_ACCENT_COLOUR')),
        ...optional('logo', text(env, 'PKB_LINK_LOGO')),
      },
      ...optional('texts', text(env, 'PKB_LINK_TEXTS')),
    };
  }
  const begun = appName ?? organisation ?? supportContact ?? homeUrl;
  if (begun !== undefined && lacking !== undefined) {
    throw missing(lacking, 'the hosted pages need it too; for the API alone set nothing of theirs');
  }
  return undefined;
}

function providerSettings(env: Environment): Partial<ProviderSettings> {
  return {
    ...optional('clientSecret', text(env, 'PKB_CLIENT_SECRET')),
    // Checked where all settings are, so that an application that embeds us gets the same message.
    ...optional('clientAuth', text(env, 'PKB_CLIENT_AUTH') as ClientAuth | undefined),
    ...optional('authorizationEndpoint', text(env, 'PKB_AUTHORIZATION_ENDPOINT')),
    ...optional('tokenEndpoint', text(env, 'PKB_TOKEN_ENDPOINT')),
    ...optional('fhirBaseUrl', text(env, 'PKB_FHIR_BASE_URL')),
    ...optional('restBaseUrl', text(env, 'PKB_REST_BASE_URL')),
    ...optional('pkce', yesOrNo(env, 'PKB_PKCE')),
    ...optional('refreshScope', yesOrNo(env, 'PKB_REFRESH_SCOPE')),
    ...optional('refreshTokenReusable', yesOrNo(env, 'PKB_REFRESH_TOKEN_REUSABLE')),
    ...optional('sessionSeconds', wholeNumber(env, 'PKB_SESSION_SECONDS', 60, 999_999_999)),
    ...optional('defaultExpiresIn', wholeNumber(env, 'PKB_DEFAULT_EXPIRES_IN', 1, 86_400)),
    ...optional('timeoutMs', wholeNumber(env, 'PKB_TIMEOUT_MS', 100, 120_000)),
  };
}

/** One value for every language, or `NAME` for English beside `NAME_CY` for Welsh. */
function inLanguages(
  env: Environment,
  name: string,
): HostedPagesOptions['brand']['supportContact'] | undefined {
  const en = text(env, name);
  const cy = text(env, `${name}_CY`);
  if (en === undefined && cy !== undefined) throw missing(name, `${name}_CY is its Welsh`);
  return en === undefined || cy === undefined ? en : { en, cy };
}

/** Paths of the partner's own origin, web addresses, and a mobile app's own scheme: nothing that a browser would run. */
function returnAddresses(env: Environment): string[] | undefined {
  const name = 'PKB_LINK_RETURN_ADDRESSES';
  const addresses = text(env, name)
    ?.split(/[\s,]+/)
    .filter((address) => address !== '');
  for (const address of addresses ?? []) {
    const isPath = /^\/(?![/\\])/.test(address);
    if (!isPath && !isReturnAddress(address)) {
      throw wrong(name, 'must be paths (/home) or whole addresses (https://...), with commas between');
    }
  }
  return addresses;
}

/** A web address, or one of a mobile app's own scheme. */
function isReturnAddress(address: string): boolean {
  return /^(https?:|[a-z][a-z0-9+-]*\.[a-z0-9.+-]*:)/i.test(URL.parse(address)?.protocol ?? '');
}

function origin(env: Environment, name: string): string | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const url = URL.parse(value);
  if (url && /^https?:$/.test(url.protocol) && url.href === `${url.origin}/`) return url.origin;
  throw wrong(name, 'must be an address without a path, for instance http://localhost:8181');
}

/** A variable that is set to nothing counts as not set: that is what an empty line in an env file means. */
function text(env: Environment, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

function wholeNumber(env: Environment, name: string, from: number, to: number): number | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= from && number <= to)) throw wrong(name, `must be a whole number from ${from} to ${to}`);
  return number;
}

function yesOrNo(env: Environment, name: string): boolean | undefined {
  const value = text(env, name);
  if (value === undefined) return undefined;
  if (value !== 'yes' && value !== 'no') throw wrong(name, 'must be yes or no');
  return value === 'yes';
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [K in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [K in Name]?: Value });
}

function missing(setting: string, remedy: string): ConfigurationError {
  return wrong(setting, `is missing: ${remedy}`);
}

function wrong(setting: string, trouble: string): ConfigurationError {
  return new ConfigurationError('bad-configuration', trouble, { setting });
}
