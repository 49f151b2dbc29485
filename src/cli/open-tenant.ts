import type { Hono } from 'hono';
import type { Logger } from 'pino';
import { createApp } from '../app.ts';
import { api } from '../http/api.ts';
import { type HostedPages, hostedPages } from '../http/hosted-pages.ts';
import { checkedApiKey } from '../outward/checked-api-key.ts';
import { deliver } from '../outward/deliver.ts';
import { createWebhook } from '../webhook/http.ts';
import { keepGoing } from './keep-going.ts';
import type { Tenant } from './tenants.ts';

export interface OpenTenant {
  readonly name?: string;
  readonly environment: string;
  readonly api: Hono;
  readonly pages?: HostedPages;
  /** Keeps grants and delivers events from now on. @returns what ends both: what has begun is finished */
  work(): () => Promise<void>;
  close(): Promise<void>;
}

/**
 * Everything that one client of one environment is served with. A service without `--tenant` is one of these, without a name.
 * @throws ConfigurationError where something cannot be used; nothing is left open then
 */
export async function openTenant({ name, config }: Tenant, logger: Logger): Promise<OpenTenant> {
  const webhook = config.webhook && createWebhook(config.webhook);
  const log = name === undefined ? logger : logger.child({ tenant: name });
  const app = await createApp({
    ...config.app,
    log: (event, fields) => log.info(fields ?? {}, event),
  }).catch((thrown) => {
    webhook?.close();
    throw thrown;
  });

  async function close(): Promise<void> {
    webhook?.close();
    await app.close();
  }

  try {
    const apiKey = await checkedApiKey(config.apiKey, app.store);
    const pages =
      config.pages && hostedPages(app, { ...config.pages, ...(name !== undefined && { tenant: name }) });
    return {
      ...(name !== undefined && { name }),
      environment: config.app.environment,
      api: api(app, {
        ...(apiKey !== undefined && { apiKey }),
        ...(pages && { pagesUrl: pages.url }),
      }),
      ...(pages && { pages }),
      work() {
        const stopKeeping = keepGoing(app, config.keep);
        const stop = new AbortController();
        const delivering = webhook && deliver(app, { webhook, signal: stop.signal });
        return async () => {
          stop.abort();
          await Promise.all([stopKeeping(), delivering]);
        };
      },
      close,
    };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}
