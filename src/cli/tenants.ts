/** The tenants of one `pkb-link serve`, from their env files, and what no two of them may have in common. */

import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { type Config, configFromEnvironment } from '../config.ts';
import { ConfigurationError, InvalidRequestError } from '../errors.ts';
import { isPostgres, sqlitePath } from '../storage/open-store.ts';

export interface Tenant {
  /** Absent for the one tenant of a service without `--tenant`. */
  readonly name?: string;
  readonly config: Config;
}

type NamedTenant = Required<Tenant>;

/** Paths of the service itself. */
const TAKEN: ReadonlySet<string> = new Set(['v1', 'healthz', 'readyz', 'metrics', 'docs']);

/** Settings of the whole process: in a tenant's file they would do nothing. */
const OF_THE_SERVICE = [
  'PORT',
  'PKB_LINK_HOST',
  'PKB_LINK_ADDRESS_PER_MINUTE',
  'PKB_LINK_KEY_PER_SECOND',
  'PKB_LINK_UNDER_WAY',
  'PKB_LINK_TRUSTED_PROXIES',
  'PKB_LINK_DRAIN_SECONDS',
];

/**
 * @param given each `NAME=FILE`
 * @throws InvalidRequestError `bad-input` for a name or file that cannot be used; ConfigurationError naming the tenant, or
 * both of two that clash, and the setting
 */
export function readTenants(given: readonly string[]): readonly NamedTenant[] {
  const tenants = given.map(readTenant);
  for (const [place, one] of tenants.entries()) {
    for (const other of tenants.slice(place + 1)) refuseClash(one, other);
  }
  for (const one of tenants) for (const other of tenants) refusePagesBelow(one, other.name);
  return tenants;
}

/** Runs `work`, and says of a setting that it cannot use whose it is. */
export async function ofTenant<T>(name: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw name === undefined ? thrown : named(name, thrown);
  }
}

function named(name: string, thrown: unknown): unknown {
  if (!(thrown instanceof ConfigurationError)) return thrown;
  const { code, message, setting } = thrown;
  return new ConfigurationError(code, `${message} (tenant ${name})`, {
    cause: thrown,
    ...(setting !== undefined && { setting }),
  });
}

function readTenant(text: string): NamedTenant {
  const [, name = '', file = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  if (!/^[a-z0-9-]{1,32}$/.test(name) || TAKEN.has(name)) {
    throw badInput(
      `--tenant must be NAME=FILE, and the name 1 to 32 of a-z, 0-9 and -, none of ${[...TAKEN].join(', ')}`,
    );
  }
  const env = readEnvFile(name, file);
  for (const setting of OF_THE_SERVICE) {
    if (env[setting]?.trim()) {
      throw bad(setting, `is the whole service's: take it out of the file of tenant ${name}`);
    }
  }
  try {
    return { name, config: configFromEnvironment(env) };
  } catch (thrown) {
    throw named(name, thrown);
  }
}

function readEnvFile(name: string, file: string): Readonly<Record<string, string | undefined>> {
  try {
    return parseEnv(readFileSync(file, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw badInput(`the file ${file} of tenant ${name} cannot be read (${code})`, cause);
  }
}

function refuseClash(one: NamedTenant, other: NamedTenant): void {
  const both = `tenants ${one.name} and ${other.name}`;
  if (one.name === other.name) throw badInput(`--tenant names ${one.name} twice`);
  const [a, b] = [one.config, other.config];
  if (
    a.app.environment === b.app.environment &&
    a.app.clientId === b.app.clientId &&
    isSame(databaseOf(a), databaseOf(b))
  ) {
    throw bad(
      'PKB_CLIENT_ID',
      `is that of ${both}, with the same environment and database: their links would be the same`,
    );
  }
  if (samePlace(a, b) || isWithin(a, b) || isWithin(b, a)) {
    throw bad('PKB_REDIRECT_URI', `of ${both} is on the same path of the same origin: give each a path`);
  }
  if (isSame(a.apiKey, b.apiKey)) {
    throw bad('PKB_LINK_API_KEY', `of ${both} is the same: it would open both. Make one for each`);
  }
}

function isSame(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && one === other;
}

/** What tells two databases apart, as far as their addresses do. Undefined for one in memory, which is nobody else's. */
function databaseOf({ app: { databaseUrl } }: Config): string | undefined {
  if (isPostgres(databaseUrl)) {
    const url = URL.parse(databaseUrl);
    if (!url) return databaseUrl;
    const { searchParams } = url;
    const host = searchParams.get('host') ?? url.hostname;
    return JSON.stringify([host, url.port || '5432', url.pathname, searchParams.get('options')]);
  }
  const path = sqlitePath(databaseUrl);
  return path === ':memory:' ? undefined : realPath(resolve(path));
}

/** The file may not be there yet; its folder may not either, and then nobody else's name for it is. */
function realPath(path: string): string {
  for (const real of [() => realpathSync(path), () => join(realpathSync(dirname(path)), basename(path))]) {
    try {
      return real();
    } catch {
      // The next one.
    }
  }
  return path;
}

function redirect({ app }: Config): URL | undefined {
  return URL.parse(app.redirectUri) ?? undefined;
}

function samePlace(one: Config, other: Config): boolean {
  const [a, b] = [redirect(one), redirect(other)];
  return !!a && !!b && a.protocol === b.protocol && a.host === b.host && a.pathname === b.pathname;
}

/** True where the pages of `one` would answer what comes to `other`'s redirect address. */
function isWithin(one: Config, other: Config): boolean {
  const [a, b] = [redirect(one), redirect(other)];
  if (!a || !b || !one.pages || a.origin !== b.origin) return false;
  return b.pathname.startsWith(`${a.pathname.replace(/\/callback$/, '')}/`);
}

/** Pages below a tenant's name would stand between its callers and its API. Its own may be there, but for the API's path. */
function refusePagesBelow({ name, config }: NamedTenant, taken: string): void {
  const [, first, second] = redirect(config)?.pathname.split('/') ?? [];
  if (!config.pages || first !== taken || (name === taken && second !== 'v1')) return;
  throw bad(
    'PKB_REDIRECT_URI',
    `of tenant ${name} is where the API of tenant ${taken} is: choose another path`,
  );
}

function bad(setting: string, trouble: string): ConfigurationError {
  return new ConfigurationError('bad-configuration', trouble, { setting });
}

function badInput(message: string, cause?: unknown): InvalidRequestError {
  return new InvalidRequestError('bad-input', message, { field: 'tenant', cause });
}
