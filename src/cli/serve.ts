import { pino } from 'pino';
import { configFromEnvironment, processFromEnvironment } from '../config.ts';
import { createLimits } from '../http/limits.ts';
import { problem } from '../http/problem-json.ts';
import { tenants } from '../http/tenants.ts';
import { type Answer, listen } from './listen.ts';
import { type OpenTenant, openTenant, type Working } from './open-tenant.ts';
import { json, line } from './print.ts';
import { ofTenant, readTenants, type Tenant } from './tenants.ts';
import { untilStopped } from './until-stopped.ts';

/**
 * `pkb-link serve`: the HTTP API, and the hosted pages where there is a brand for them, until it is stopped; then it finishes
 * what it has begun. Logs go to standard error. With `tenant`, each `NAME=FILE`, it is all of that for each of them.
 */
export async function serve(options: {
  readonly tenant?: readonly string[];
  readonly json?: boolean;
}): Promise<void> {
  const stopped = untilStopped();
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const asked: readonly Tenant[] = options.tenant
    ? readTenants(options.tenant)
    : [{ config: configFromEnvironment() }];
  const settings = processFromEnvironment();
  const limits = createLimits(settings.limits, (event, fields) => logger.info(fields, event));
  const opened: OpenTenant[] = [];
  try {
    for (const tenant of asked) {
      opened.push(await ofTenant(tenant.name, () => openTenant(tenant, logger, limits)));
    }
    const { url, stop } = await listen(readyUntil(stopped, answerOf(opened)), settings);
    const working: Working[] = [];
    try {
      for (const { name, work } of opened) working.push(await ofTenant(name, work));
      const served = opened.map((tenant, place) => ({ ...tenant, ...working[place] }));
      if (options.json) json(places(url, served));
      else for (const tenant of served) say(url, tenant);
      await stopped;
    } finally {
      await Promise.all([stop(1000 * settings.drainSeconds), ...working.map(({ end }) => end())]);
    }
  } finally {
    limits.close();
    await Promise.all(opened.map(({ close }) => close()));
  }
}

/** From then on whoever asks whether it is ready is told to send requests elsewhere; those that still come are answered. */
function readyUntil(stopped: Promise<void>, answer: Answer): Answer {
  let stopping = false;
  void stopped.then(() => {
    stopping = true;
  });
  return (request, connection) =>
    stopping && new URL(request.url).pathname === '/readyz'
      ? problem(503, 'this process is stopping')
      : answer(request, connection);
}

function answerOf(opened: readonly OpenTenant[]): Answer {
  const [only] = opened;
  if (only && only.name === undefined) {
    const { api, pages } = only;
    return (request, connection) =>
      pages?.covers(request) ? pages.routes.fetch(request, connection) : api.fetch(request, connection);
  }
  return tenants(opened.map(({ name = '', ...routes }) => ({ name, ...routes })));
}

type Served = Pick<OpenTenant, 'name' | 'environment' | 'pages'> & Pick<Working, 'metricsUrl' | 'consoleUrl'>;

function places(url: string, served: readonly Served[]): object {
  const each = served.map(({ name, pages, metricsUrl, consoleUrl }) => ({
    ...(name === undefined ? { url } : { tenant: name, url: `${url}/${name}` }),
    ...(pages && { pages_url: pages.url }),
    ...(metricsUrl !== undefined && { metrics_url: metricsUrl }),
    ...(consoleUrl !== undefined && { console_url: consoleUrl }),
  }));
  const [only] = each;
  return only && !('tenant' in only) ? only : { url, tenants: each };
}

function say(url: string, { name, environment, pages, metricsUrl, consoleUrl }: Served): void {
  if (name === undefined) line(`The API listens at ${url} (environment ${environment}).`);
  else line(`The API of ${name} listens at ${url}/${name} (environment ${environment}).`);
  if (pages) line(`It hosts the patient pages, for the world at ${pages.url}.`);
  if (metricsUrl !== undefined) line(`Its metrics are at ${metricsUrl}.`);
  if (consoleUrl !== undefined) line(`Its console is at ${consoleUrl}.`);
}
