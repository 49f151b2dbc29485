import { pino } from 'pino';
import { createApp } from '../app.ts';
import { configFromEnvironment } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { api } from '../http/api.ts';
import { hostedPages } from '../http/hosted-pages.ts';
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
  const apiKey = checkedApiKey(config.apiKey);
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const app = await createApp({ ...config.app, log: (event, fields) => logger.info(fields ?? {}, event) });
  try {
    const pages = config.pages && hostedPages(app, config.pages);
    const routes = api(app, { apiKey, ...(pages && { pagesUrl: pages.url }) });
    const answer = (request: Request) =>
      pages?.covers(request) ? pages.routes.fetch(request) : routes.fetch(request);
    const { url, stop } = await listen(answer, config);
    const stopKeeping = keepGoing(app, config.keep);
    const { environment } = config.app;
    if (options.json) json({ url, ...(pages && { pages_url: pages.url }) });
    else {
      line(`The API listens at ${url} (environment ${environment}).`);
      if (pages) line(`It hosts the patient pages, for the world at ${pages.url}.`);
    }
    await stopped;
    await Promise.all([stop(), stopKeeping()]);
  } finally {
    await app.close();
  }
}

/** What a bearer token may hold (RFC 6750 section 2.1), so that callers can send it, and too long to be guessed. */
function checkedApiKey(apiKey: string | undefined): string {
  if (apiKey !== undefined && /^[\w.~+/-]{32,}=*$/.test(apiKey)) return apiKey;
  throw new ConfigurationError(
    'bad-configuration',
    `${apiKey === undefined ? 'is missing' : 'must be 32 or more letters, digits and -._~+/'}: whoever has it can act for every patient. Make one with: openssl rand -hex 32`,
    { setting: 'PKB_LINK_API_KEY' },
  );
}
