/** Many callers in several processes, all at once, for one access token that is over: one cell of the grid. */

import type { TestContext } from 'node:test';
import type { App } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { request } from '../../src/flow/request.ts';
import { APP_USER_ID, linked } from '../flow/story.ts';
import type { PostgresServer } from '../storage/postgres-server.ts';
import type { Gotten } from './process.ts';
import { type OtherProcess, type Place, place, refreshesSent } from './processes.ts';

const WHO = { appUserId: APP_USER_ID };

export const STORES = ['sqlite', 'postgres'] as const;
export type StoreName = (typeof STORES)[number];

/** What PKB does with a refresh token that comes a second time. */
export const REUSES = ['end-session', 'grace'] as const;

export interface Cell {
  readonly store: StoreName;
  readonly processes: number;
  /** In each process. */
  readonly callers: number;
  readonly reuse: (typeof REUSES)[number];
  /** How long PKB takes to answer. */
  readonly delayMs: number;
  readonly rounds: number;
}

export interface Outcome {
  readonly cell: Cell;
  readonly refreshes: number;
  /** Different access tokens that callers were given. */
  readonly accessTokens: number;
  readonly failures: readonly string[];
  readonly lost: boolean;
  /** The slowest round, beyond PKB's own delay. */
  readonly slowestMs: number;
}

/** One link and the processes that share it, for all cells with the same store and number of processes. */
export interface Bench {
  play(cell: Cell): Promise<Outcome>;
}

export async function bench(
  t: TestContext,
  { store, processes: count }: Pick<Cell, 'store' | 'processes'>,
  server: PostgresServer,
): Promise<Bench> {
  const p = await place(t, store === 'postgres' ? await server.newDatabase() : undefined);
  const app = await p.open();
  await linked({ ...p.story, app });
  const processes = Array.from({ length: count }, () => p.start());
  await Promise.all(processes.map(({ opened }) => opened));
  return { play: (cell) => play(p, app, processes, cell) };
}

async function play(p: Place, app: App, processes: readonly OtherProcess[], cell: Cell): Promise<Outcome> {
  const { simulator, advance } = p.story;
  simulator.toggles.refreshReuse = cell.reuse;
  const before = refreshesSent(p.story);
  const accessTokens = new Set<string>();
  const failures = new Set<string>();
  let slowestMs = 0;

  for (let round = 0; round < cell.rounds; round += 1) {
    advance(1801);
    for (const one of processes) one.setClock(app.now());
    if (cell.delayMs > 0) simulator.next('token', { delayMs: cell.delayMs });
    const start = performance.now();
    const all = await Promise.all(
      processes.map((one) => one.ask<Gotten>('refreshAtOnce', { ...WHO, callers: cell.callers })),
    );
    slowestMs = Math.max(slowestMs, performance.now() - start - cell.delayMs);
    for (const gotten of all) {
      for (const token of gotten.accessTokens) accessTokens.add(token);
      for (const failure of gotten.failures) failures.add(failure);
    }
  }
  const refreshes = refreshesSent(p.story) - before;
  const { link } = await account(app, WHO);
  const works = await request(app, { ...WHO, url: '/json/users/self' }).catch(() => undefined);
  return {
    cell,
    refreshes,
    accessTokens: accessTokens.size,
    failures: [...failures],
    lost: link?.state !== 'active' || link.health !== 'fresh' || works?.status !== 200,
    slowestMs,
  };
}

/** What is wrong with a cell: nothing, where each round had one refresh, one new token for everybody and no error. */
export function faults({ cell, refreshes, accessTokens, failures, lost }: Outcome): readonly string[] {
  return [
    ...(refreshes === cell.rounds ? [] : [`${refreshes} refreshes in ${cell.rounds} rounds`]),
    ...(accessTokens === cell.rounds ? [] : [`${accessTokens} access tokens in ${cell.rounds} rounds`]),
    ...failures,
    ...(lost ? ['the link is lost'] : []),
  ];
}
