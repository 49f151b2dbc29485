import type { Hono } from 'hono';
import type { Logger } from 'pino';
import { type App, createApp } from '../app.ts';
import type { Config } from '../config.ts';
import type { ConsoleOptions } from '../console/routes.ts';
import { api } from '../http/api/api.ts';
import type { Limits } from '../http/limits.ts';
import type { Pages, Routes } from '../http/tenants.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { checkedApiKey } from '../outward/checked-api-key.ts';
import { deliver } from '../outward/deliver.ts';
import { keepGoing } from './keep-going.ts';
import { listen } from './listen.ts';
import { observe } from './observe.ts';
import { purgeHourly } from './purge-hourly.ts';
import type { Tenant } from './tenants.ts';

/** Unless `PKB_LINK_TOKENS_IN_MEMORY` says otherwise: some 15 MB. */
const TOKENS_IN_MEMORY = 10_000;

export interface OpenTenant {
  readonly name?: string;
  readonly environment: string;
  readonly api: Routes;
  readonly pages?: Pages;
  /** Keeps grants, purges, delivers events and lets its metrics be read from now on. */
  work(): Promise<Working>;
  close(): Promise<void>;
}

export interface Working {
  /** Where its metrics can be read, if anywhere. */
  readonly metricsUrl?: string;
  /** Where its console is, if anywhere. */
  readonly consoleUrl?: string;
  /** What has begun is finished. */
  end(): Promise<void>;
}

/**
 * Everything that one client of one environment is served with. A service without `--tenant` is one of these, without a name.
 * @throws ConfigurationError where something cannot be used; nothing is left open then
 */
export async function openTenant(
  { name, config }: Tenant,
  logger: Logger,
  limits: Limits,
): Promise<OpenTenant> {
  const log = name === undefined ? logger : logger.child({ tenant: name });
  const metrics = createMetrics({
    log: (event, fields) => log.info(fields ?? {}, event),
    fetch: globalThis.fetch,
  });
  // What only some services have is loaded where there is one: a start is mostly loading.
  const webhook =
    config.webhook && metrics.webhook((await import('../webhook/http.ts')).createWebhook(config.webhook));
  const app = await createApp({
    tokensInMemory: TOKENS_IN_MEMORY,
    ...config.app,
    log: metrics.log,
    fetch: metrics.fetch,
  }).catch((thrown) => {
    webhook?.close();
    throw thrown;
  });

  metrics.watch(app);

  async function close(): Promise<void> {
    webhook?.close();
    await app.close();
  }

  try {
    const apiKey = await checkedApiKey(config.apiKey, app.store);
    const pages =
      config.pages &&
      (await import('../http/pages/hosted-pages.ts')).hostedPages(app, {
        ...config.pages,
        ...(name !== undefined && { tenant: name }),
        limits,
        observe: observe(metrics),
      });
    return {
      ...(name !== undefined && { name }),
      environment: config.app.environment,
      api: api(app, {
        ...(apiKey !== undefined && { apiKey }),
        ...(pages && { pagesUrl: pages.url }),
        limits,
        observe: observe(metrics),
      }),
      ...(pages && { pages }),
      async work() {
        const scraped = config.metrics && (await listenForScrapes(metrics, config.metrics));
        const consoled =
          config.console &&
          (await listenForConsole(app, config.console, {
            metrics,
            ...(webhook && { webhook }),
            ...(name !== undefined && { tenant: name }),
          }).catch(async (thrown) => {
            await scraped?.stop();
            throw thrown;
          }));
        const stopKeeping = keepGoing(app, config.keep);
        const stopPurging = purgeHourly(app, config.retention);
        const stop = new AbortController();
        const delivering = webhook && deliver(app, { webhook, signal: stop.signal });
        return {
          ...(scraped && { metricsUrl: `${scraped.url}/metrics` }),
          ...(consoled && { consoleUrl: `${consoled.url}/admin` }),
          async end() {
            stop.abort();
            await Promise.all([scraped?.stop(), consoled?.stop(), stopKeeping(), stopPurging(), delivering]);
          },
        };
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

/** A listener of its own: who may read metrics is another question than who may call the API. */
function listenForScrapes(metrics: Metrics, address: { readonly host: string; readonly port: number }) {
  const setting = 'PKB_LINK_METRICS_ADDRESS';
  return listen(
    ({ url }) =>
      new URL(url).pathname === '/metrics' ? metrics.scrape() : new Response(null, { status: 404 }),
    address,
    { portSetting: setting, hostSetting: setting },
  );
}

/** A listener and an origin of its own: neither patients' browsers nor callers of the API have anything to do there. */
async function listenForConsole(
  app: App,
  { url, organisation, ...address }: NonNullable<Config['console']>,
  parts: Omit<ConsoleOptions, 'url' | 'organisation'>,
) {
  const setting = 'PKB_LINK_CONSOLE_ADDRESS';
  const { consoleRoutes } = await import('../console/routes.ts');
  const made = Promise.withResolvers<Hono>();
  const { url: listened, stop } = await listen(
    async (request, connection) => (await made.promise).fetch(request, connection),
    address,
    { portSetting: setting, hostSetting: setting },
  );
  const origin = url ?? listened;
  made.resolve(consoleRoutes(app, { ...parts, url: origin, ...(organisation && { organisation }) }));
  return { url: origin, stop };
}
