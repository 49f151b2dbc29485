import { setTimeout as delay } from 'node:timers/promises';
import type { App } from '../app.ts';
import { Failure } from '../errors.ts';
import type { WebhookLease } from '../storage/outward.ts';
import type { Webhook } from '../webhook/webhook.ts';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];

/** How long after each attempt the next one comes, in milliseconds, each a fifth more or less; about three days in all. */
export const RETRIES: readonly number[] = [
  ...[5 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[1, 2, 4, 8, 12, 12, 12, 12, 12].map((hours) => hours * HOUR),
];

/** How many accounts' events are under way at once. */
const AT_ONCE = 20;
/** How soon a new event is noticed, in milliseconds; and how soon a database that was away is asked again. */
const [LOOK_EVERY_MS, LOOK_AGAIN_MS] = [500, 5_000];

export interface DeliverInput {
  readonly webhook: Webhook;
  /** Ends it: what has been sent is waited for. */
  readonly signal: AbortSignal;
  /** See `RETRIES`, which is the default. */
  readonly retries?: readonly number[];
}

/**
 * Sends events to the partner's receiver until it is told to stop: each at least once, those of one account in their order,
 * one only after the one before was accepted. What is never accepted becomes a dead letter, and those behind it go on.
 *
 * Any number of processes may do so beside each other. One that is killed holds up the accounts whose events it was sending
 * for twice the time limit of an attempt.
 */
export async function deliver(app: App, { webhook, signal, retries = RETRIES }: DeliverInput): Promise<void> {
  const underWay = new Set<Promise<void>>();
  let woken = Promise.withResolvers<void>();

  async function round(): Promise<void> {
    await app.store.queueWebhooks();
    const free = AT_ONCE - underWay.size;
    if (free === 0) return;
    const leases = await app.store.leaseWebhooks({ limit: free, forMs: 2 * webhook.timeoutMs });
    for (const lease of leases) {
      const sending: Promise<void> = deliverOne(app, webhook, lease, retries).finally(() => {
        underWay.delete(sending);
        woken.resolve();
      });
      underWay.add(sending);
    }
  }

  while (!signal.aborted) {
    woken = Promise.withResolvers();
    let wait = LOOK_EVERY_MS;
    await round().catch((thrown) => {
      interrupted(app, thrown);
      wait = LOOK_AGAIN_MS;
    });
    const looked = new AbortController();
    const next = delay(wait, undefined, { signal: AbortSignal.any([signal, looked.signal]) });
    await Promise.race([woken.promise, next.catch(() => undefined)]);
    looked.abort();
  }
  await Promise.all(underWay);
}

async function deliverOne(
  app: App,
  webhook: Webhook,
  lease: WebhookLease,
  retries: readonly number[],
): Promise<void> {
  const { event, attempts } = lease;
  try {
    const delivered = await webhook.send(event);
    if (delivered.accepted) {
      await app.store.acceptWebhook(lease);
      return;
    }
    const { failure } = delivered;
    const wait = retries[attempts - 1];
    const settled =
      wait === undefined
        ? await app.store.buryWebhook(lease, failure)
        : await app.store.delayWebhook(lease, Math.round(wait * (0.8 + 0.4 * Math.random())));
    const what = wait === undefined ? 'webhook.dead' : 'webhook.failed';
    if (settled) app.log(what, { event: event.id, attempts, failure });
  } catch (thrown) {
    // The lease ends by itself, and the event is sent again.
    interrupted(app, thrown);
  }
}

/** The database takes nothing now: the next round tries again. */
function interrupted(app: App, thrown: unknown): void {
  app.log('webhooks.interrupted', { code: thrown instanceof Failure ? thrown.code : 'unforeseen' });
}
