import { pino } from 'pino';
import { createApp } from '../app.ts';
import { configFromEnvironment } from '../config.ts';
import { api } from '../http/api.ts';
import { hostedPages } from '../http/hosted-pages.ts';
import { checkedApiKey } from '../outward/checked-api-key.ts';
import { deliver } from '../outward/deliver.ts';
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
  const webhook = config.webhook && createWebhook(config.webhook);
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const app = await createApp({ ...config.app, log: (event, fields) => logger.info(fields ?? {}, event) });
  try {
    const apiKey = await checkedApiKey(config.apiKey, app.store);
    const pages = config.pages && hostedPages(app, config.pages);
    const routes = api(app, {
      ...(apiKey !== undefined && { apiKey }),
      ...(pages && { pagesUrl: pages.url }),
    });
    const answer = (request: Request) =>
      pages?.covers(request) ? pages.routes.fetch(request) : routes.fetch(request);
    const { url, stop } = await listen(answer, config);
    const stopKeeping = keepGoing(app, config.keep);
    const stopDelivering = new AbortController();
    const delivering = webhook && deliver(app, { webhook, signal: stopDelivering.signal });
    const { environment } = config.app;
    if (options.json) json({ url, ...(pages && { pages_url: pages.url }) });
    else {
      line(`The API listens at ${url} (environment ${environment}).`);
      if (pages) line(`It hosts the patient pages, for the world at ${pages.url}.`);
    }
    await stopped;
    stopDelivering.abort();
    await Promise.all([stop(), stopKeeping(), delivering]);
  } finally {
    webhook?.close();
    await app.close();
  }
}
