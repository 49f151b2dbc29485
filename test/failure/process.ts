/**
 * A process of its own with one App, which does what its parent asks. It can be told to stop at one moment: a
 * call of the store, of the database behind its spool, or of PKB, before or after it, or inside a transaction. There it
 * is killed, or told to go on.
 */

import { flushCompileCache } from 'node:module';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import type { Failure } from '../../src/errors.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';
import { openSpool } from '../../src/storage/spool.ts';
import type { Store } from '../../src/storage/store.ts';
import { withSpool } from '../../src/storage/with-spool.ts';

const VERBS = {
  authorize,
  callback: (app: App, input: CallbackMessage) =>
    callback(app, { ...input, parameters: new URLSearchParams(input.parameters) }),
  exchange,
  identify,
  link,
  refresh,
  refreshAtOnce,
  refreshUntilRefused,
  unlink,
} as const;

interface CallbackMessage {
  readonly parameters: string;
  readonly browserSession: string;
  readonly appUserId: string;
}

export interface AtOnce {
  readonly appUserId: string;
  readonly callers: number;
}

/** What many callers got: the access tokens and the failures, each named once. */
export interface Gotten {
  readonly accessTokens: readonly string[];
  readonly failures: readonly string[];
}

async function refreshAtOnce(app: App, { callers, appUserId }: AtOnce): Promise<Gotten> {
  const all = await Promise.allSettled(Array.from({ length: callers }, () => refresh(app, { appUserId })));
  return {
    accessTokens: distinct(all.flatMap((one) => (one.status === 'fulfilled' ? [one.value.accessToken] : []))),
    failures: distinct(all.flatMap((one) => (one.status === 'rejected' ? [String(one.reason)] : []))),
  };
}

/** When a call began that still got a token, in milliseconds since 1970; how many did; what the first one without got. */
export interface Refused {
  readonly lastBeganAt: number;
  readonly tokens: number;
  readonly failure: string;
}

async function refreshUntilRefused(app: App, input: { readonly appUserId: string }): Promise<Refused> {
  let lastBeganAt = 0;
  for (let tokens = 0; ; tokens += 1) {
    const began = performance.timeOrigin + performance.now();
    try {
      await refresh(app, input);
    } catch (failure) {
      return { lastBeganAt, tokens, failure: (failure as Failure).code };
    }
    lastBeganAt = began;
    // SQLite answers at once: without this nobody else would get a turn.
    await nextTurn();
  }
}

function distinct(words: readonly string[]): readonly string[] {
  return [...new Set(words)];
}

export type Verb = keyof typeof VERBS;

export interface Orders {
  readonly options: AppOptions & { readonly spool: string };
  /** Epoch milliseconds: the clock stands still. */
  readonly now: number;
  readonly stopAt?: string;
}

export type Order =
  | { readonly id: number; readonly verb: Verb; readonly input: object }
  /** The clock from now on. */
  | { readonly now: number }
  /** Ends the stop at `stopAt`; it stops there no more. */
  | { readonly goOn: true };

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
let opening = false;
const goneOn = Promise.withResolvers<void>();

function report(message: Report): void {
  process.send?.(message);
}

async function moment(name: string): Promise<void> {
  if (name !== stopAt) return;
  report({ at: name });
  await goneOn.promise;
}

/** Whoever is asked the time cannot wait, so this moment stops the whole process. */
function clock(): Date {
  if (opening && stopAt === 'inside a migration') {
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

/** @param whose stands in the name of each moment */
function watched(store: Store, whose = ''): Store {
  const calls = Object.entries(store).map(([name, call]) => [
    name,
    // What waits for nothing has no moment at which it could be stopped.
    typeof call !== 'function' || name === 'receiveRefresh'
      ? call
      : async (...input: unknown[]) => {
          await moment(`before ${whose}${name}`);
          const result = await call(...input);
          await moment(`after ${whose}${name}`);
          return result;
        },
  ]);
  const { transaction } = Object.fromEntries(calls) as Store;
  return {
    ...Object.fromEntries(calls),
    transaction: (work) =>
      transaction(async (tx) => {
        const result = await work(tx);
        await moment(`before ${whose}commit`);
        return result;
      }),
  };
}

const app = await createApp({
  ...options,
  databaseUrl: 'file::memory:',
  fetch: watchedFetch,
  now: clock,
});
const watchedApp: App = { ...app, store: watched(await openSpooled(app.store)) };

/** As `openStore` does it, but that the database behind the spool is watched too. */
async function openSpooled({ scope }: Store): Promise<Store> {
  const keyRing = parseKeyRing(options.encryptionKeys);
  opening = true;
  const database = await openStore({
    url: options.databaseUrl,
    scope,
    keyRing,
    now: clock,
    ...(options.tokensInMemory !== undefined && { tokensInMemory: options.tokensInMemory }),
  });
  opening = false;
  return withSpool(watched(database, 'database '), await openSpool(options.spool, keyRing, scope), () => {});
}

process.on('message', async (order: Order) => {
  if ('now' in order) {
    now = order.now;
    return;
  }
  if ('goOn' in order) return goneOn.resolve();
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
