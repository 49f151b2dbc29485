/** A process of its own that delivers, until it is killed. Says when it has begun. */

import { type AppOptions, createApp } from '../../src/app.ts';
import { type DeliverInput, deliver } from '../../src/outward/deliver.ts';
import { createWebhook } from '../../src/webhook/http.ts';
import type { WebhookSettings } from '../../src/webhook/webhook.ts';

export interface DeliverOrders {
  readonly options: AppOptions;
  readonly webhook: WebhookSettings;
  readonly retries: Required<DeliverInput>['retries'];
}

const { options, webhook, retries } = JSON.parse(process.argv[2] ?? '') as DeliverOrders;
const app = await createApp(options);
process.on('disconnect', () => process.exit());
process.send?.('begun');
await deliver(app, { webhook: createWebhook(webhook), retries, signal: new AbortController().signal });
