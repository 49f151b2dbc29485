import { pino } from 'pino';
import { createApp } from '../app.ts';
import { configFromEnvironment } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { api } from '../http/api.ts';
import { hostedPages } from '../http/hosted-pages.ts';
import { createMetrics, type Metrics } from '../metrics/metrics.ts';
import { routeOf } from '../metrics/route-of.ts';
import { deliver } from '../outward/deliver.ts';
import type { Store } from '../storage/store.ts';
import { createWebhook } from '../webhook/http.ts';
import { keepGoing } from './keep-going.ts';
import { listen } from './listen.ts';
import { json, line } from './print.ts';
import { untilStopped } from './until-stopped.ts';

/**
 * `pkb-link serve`: the HTTP API, and the hosted pages where there is a brand for them, until it is stopped; then it finishes
 * what it has begun. Logs go to standard error.
 */
export async function serve(options: { readonly json?: boolean }): Promise<void> {
  const stopped = untilStopped();
  const config = configFromEnvironment();
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const metrics = createMetrics({
    log: (event, fields) => logger.info(fields ?? {}, event),
    fetch: globalThis.fetch,
  });
  const webhook = config.webhook && metrics.webhook(createWebhook(config.webhook));
  const app = await createApp({ ...config.app, log: metrics.log, fetch: metrics.fetch });
  metrics.watch(app);
  try {
    const apiKey = await checkedApiKey(config.apiKey, app.store);
    const pages = config.pages && hostedPages(app, config.pages);
    const routes = api(app, {
      ...(apiKey !== undefined && { apiKey }),
      ...(pages && { pagesUrl: pages.url }),
    });
    async function answer(request: Request): Promise<Response> {
      const asked = pages?.covers(request) ? pages.routes : routes;
      const response = await asked.fetch(request);
      metrics.answered(routeOf(asked, request), response);
      return response;
    }
    const { url, stop } = await listen(answer, config);
    const scraped = config.metrics && (await listenForScrapes(metrics, config.metrics, stop));
    const stopKeeping = keepGoing(app, config.keep);
    const stopDelivering = new AbortController();
    const delivering = webhook && deliver(app, { webhook, signal: stopDelivering.signal });
    const { environment } = config.app;
    if (options.json)
      json({
        url,
        ...(pages && { pages_url: pages.url }),
        ...(scraped && { metrics_url: `${scraped.url}/metrics` }),
      });
    else {
      line(`The API listens at ${url} (environment ${environment}).`);
      if (pages) line(`It hosts the patient pages, for the world at ${pages.url}.`);
      if (scraped) line(`Its metrics are at ${scraped.url}/metrics.`);
    }
    await stopped;
    stopDelivering.abort();
    await Promise.all([stop(), scraped?.stop(), stopKeeping(), delivering]);
  } finally {
    webhook?.close();
    await app.close();
  }
}

/** A listener of their own. Where it cannot be had, nothing else goes on listening. */
async function listenForScrapes(
  metrics: Metrics,
  address: { readonly host: string; readonly port: number },
  stopTheRest: () => Promise<void>,
) {
  const setting = 'PKB_LINK_METRICS_ADDRESS';
  try {
    return await listen(
      ({ url }) =>
        new URL(url).pathname === '/metrics' ? metrics.scrape() : new Response(null, { status: 404 }),
      address,
      { portSetting: setting, hostSetting: setting },
    );
  } catch (thrown) {
    await stopTheRest();
    throw thrown;
  }
}

/**
 * What a bearer token may hold (RFC 6750 section 2.1), so that callers can send it, and too long to be guessed. None is
 * needed where one was made by `api-keys create`.
 */
async function checkedApiKey(apiKey: string | undefined, store: Store): Promise<string | undefined> {
  if (apiKey !== undefined && /^[\w.~+/-]{32,}=*$/.test(apiKey)) return apiKey;
  if (apiKey === undefined && (await store.listApiKeys()).some(({ revokedAt }) => !revokedAt)) {
    return undefined;
  }
  throw new ConfigurationError(
    'bad-configuration',
    `${apiKey === undefined ? 'is missing' : 'must be 32 or more letters, digits and -._~+/'}: whoever has it can act for every patient. Make one with: openssl rand -hex 32, or store one with: pkb-link api-keys create`,
    { setting: 'PKB_LINK_API_KEY' },
  );
}
