/**
 * A process of its own with one App, which does what its parent asks. It can be told to stop for ever at one moment: a
 * call of the store or of PKB, before or after it, or inside a transaction. There it is killed.
 */

import { flushCompileCache } from 'node:module';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { unlink } from '../../src/flow/unlink.ts';
import type { Store } from '../../src/storage/store.ts';

const VERBS = {
  authorize,
  callback: (app: App, input: CallbackMessage) =>
    callback(app, { ...input, parameters: new URLSearchParams(input.parameters) }),
  exchange,
  identify,
  link,
  refresh,
  unlink,
} as const;

interface CallbackMessage {
  readonly parameters: string;
  readonly browserSession: string;
  readonly appUserId: string;
}

export type Verb = keyof typeof VERBS;

export interface Orders {
  readonly options: AppOptions;
  /** Epoch milliseconds: the clock stands still. */
  readonly now: number;
  readonly stopAt?: string;
}

export type Order =
  | { readonly id: number; readonly verb: Verb; readonly input: object }
  /** The clock from now on. */
  | { readonly now: number };

export type Report =
  | { readonly opened: true }
  | { readonly at: string }
  | { readonly id: number; readonly done: unknown }
  | {
      readonly id: number;
      readonly failed: { readonly name: string; readonly code?: string; readonly message: string };
    };

const { options, stopAt, ...orders } = JSON.parse(process.argv[2] ?? '') as Orders;
let { now } = orders;
let opened = false;

function report(message: Report): void {
  process.send?.(message);
}

async function moment(name: string): Promise<void> {
  if (name !== stopAt) return;
  report({ at: name });
  await new Promise(() => {});
}

/** Whoever is asked the time cannot wait, so this moment stops the whole process. */
function clock(): Date {
  if (!opened && stopAt === 'inside a migration') {
    report({ at: stopAt });
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  }
  return new Date(now);
}

async function watchedFetch(url: string | URL | Request, init?: RequestInit): Promise<Response> {
  const endpoint = String(url).split('/').at(-1) ?? '';
  await moment(`before ${endpoint}`);
  const response = await fetch(url, init);
  await moment(`after ${endpoint}`);
  return response;
}

function watched(store: Store): Store {
  const calls = Object.entries(store).map(([name, call]) => [
    name,
    typeof call !== 'function'
      ? call
      : async (...input: unknown[]) => {
          await moment(`before ${name}`);
          const result = await call(...input);
          await moment(`after ${name}`);
          return result;
        },
  ]);
  const { transaction } = Object.fromEntries(calls) as Store;
  return {
    ...Object.fromEntries(calls),
    transaction: (work) =>
      transaction(async (tx) => {
        const result = await work(tx);
        await moment('before commit');
        return result;
      }),
  };
}

const app = await createApp({ ...options, fetch: watchedFetch, now: clock });
const watchedApp: App = { ...app, store: watched(app.store) };
opened = true;

process.on('message', async (order: Order) => {
  if ('now' in order) {
    now = order.now;
    return;
  }
  const { id, verb, input } = order;
  try {
    const act = VERBS[verb] as (app: App, input: object) => Promise<unknown>;
    report({ id, done: await act(watchedApp, input) });
  } catch (error) {
    const { name, message, code } = error as Error & { code?: string };
    report({ id, failed: { name, message, ...(code !== undefined && { code }) } });
  }
});
// Usually written at the end, but this process seldom has one.
flushCompileCache();
process.on('disconnect', () => process.exit());
report({ opened: true });
