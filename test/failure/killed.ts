/** `kill -9` at one step of a refresh, and what the next process makes of it: one round. */

import type { TestContext } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { request } from '../../src/flow/request.ts';
import type { GrantHealth } from '../../src/model.ts';
import type { ScriptedAnswer } from '../../src/simulator.ts';
import { APP_USER_ID, linked, proposed, type Story } from '../flow/story.ts';
import { place, refreshesSent, until } from './processes.ts';

const WHO = { appUserId: APP_USER_ID };

/** In seconds: a refresh is due, the old access token lives on for longer than any lease. */
const DUE = 1700;
const LEASE_OVER = 31;
const TOKEN_OVER = 1801;

export interface Step {
  readonly when: string;
  /** A moment of the other process (see `process.ts`). Where there is none: as soon as PKB has been asked. */
  readonly at?: string;
  /** What PKB does then. */
  readonly pkb?: ScriptedAnswer;
  /** The grant's health as the next process finds it, and once nobody can be waiting for PKB any more. */
  readonly health: readonly [GrantHealth, GrantHealth];
  /** Refreshes that PKB has seen in the end. */
  readonly refreshes: 1 | 2;
  /** Whether the link goes on, or PKB has issued tokens that nobody has and so the patient grants again. */
  readonly outcome: 'goes on' | 'reauthorize';
  /** The answer was on the disk or in the database when the process was killed. */
  readonly kept?: true;
}

const IN_DOUBT = ['refreshing', 'unsure'] as const;
const WELL = ['fresh', 'fresh'] as const;

export const STEPS: readonly Step[] = [
  {
    when: 'before it is written down',
    at: 'before leaseRefresh',
    health: WELL,
    refreshes: 1,
    outcome: 'goes on',
  },
  {
    when: 'between writing it down and sending it',
    at: 'before apiToken.action',
    health: IN_DOUBT,
    refreshes: 1,
    outcome: 'goes on',
  },
  {
    when: 'sent, before PKB has acted',
    pkb: { drop: 'before-acting', delayMs: 600_000 },
    health: IN_DOUBT,
    refreshes: 2,
    outcome: 'goes on',
  },
  {
    when: 'after PKB has acted, before its answer',
    pkb: { delayMs: 600_000 },
    health: IN_DOUBT,
    refreshes: 2,
    outcome: 'reauthorize',
  },
  {
    when: 'answered, before the answer is read',
    at: 'after apiToken.action',
    health: IN_DOUBT,
    refreshes: 2,
    outcome: 'reauthorize',
  },
  {
    when: 'read, before anything else is done with it',
    at: 'before commitRefresh',
    health: WELL,
    refreshes: 1,
    outcome: 'goes on',
    kept: true,
  },
  {
    when: 'synced to the disk, before the database has it',
    at: 'before database commitRefresh',
    health: WELL,
    refreshes: 1,
    outcome: 'goes on',
    kept: true,
  },
  {
    when: 'in the database, before it leaves the disk',
    at: 'after database commitRefresh',
    health: WELL,
    refreshes: 1,
    outcome: 'goes on',
    kept: true,
  },
  {
    when: 'saved, before the caller has the token',
    at: 'after commitRefresh',
    health: WELL,
    refreshes: 1,
    outcome: 'goes on',
    kept: true,
  },
  {
    when: 'refused for now, before the lease is given up',
    at: 'before releaseRefresh',
    pkb: { status: 429 },
    health: IN_DOUBT,
    refreshes: 2,
    outcome: 'goes on',
  },
];

export interface Found {
  readonly health: readonly (GrantHealth | undefined)[];
  readonly refreshes: number;
  readonly outcome: Step['outcome'];
  /** Refresh tokens that were sent again while the access token before them was good. */
  readonly secondSends: number;
  /** Shown as fresh after the kill, and then the patient had to grant again. */
  readonly shownHealthy: boolean;
  /** In the end: the same link as before, active, fresh, and PKB answers; nothing waits on the disk. */
  readonly works: boolean;
}

/** @param database a PostgreSQL database of its own, or else a SQLite file */
export async function killedRound(t: TestContext, step: Step, database?: string): Promise<Found> {
  const p = await place(t, database);
  const { simulator, advance } = p.story;
  const before = await p.open();
  const { id } = await linked({ ...p.story, app: before });
  await before.close();
  advance(DUE);

  if (step.pkb) simulator.next('token', step.pkb);
  const process = p.start(step.at);
  process.ask('refresh', WHO).catch(() => {});
  if (step.at === undefined) await until(() => refreshesSent(p.story) > 0);
  else await process.stopped;
  await process.kill();

  const app = await p.open();
  const health: Found['health'][number][] = [];
  for (const wait of [0, LEASE_OVER]) {
    advance(wait);
    health.push((await account(app, WHO)).link?.health);
    await refresh(app, WHO);
  }
  const secondSends = sentAgain(p.story);

  advance(TOKEN_OVER - DUE - LEASE_OVER);
  const outcome = await refresh(app, WHO).then(
    () => 'goes on' as const,
    (failure) => {
      if (failure.name !== 'ReauthorizationRequired') throw failure;
      return 'reauthorize' as const;
    },
  );
  if (outcome === 'reauthorize') await proposed({ ...p.story, app });
  const { link } = await account(app, WHO);
  const { status } = await request(app, { ...WHO, url: '/json/users/self' });
  const isWell = link?.id === id && link.state === 'active' && link.health === 'fresh';
  return {
    health,
    refreshes: refreshesSent(p.story),
    outcome,
    secondSends,
    shownHealthy: outcome === 'reauthorize' && health.includes('fresh'),
    works: isWell && status === 200 && p.spooled().length === 0,
  };
}

function sentAgain({ simulator }: Story): number {
  const sent = simulator
    .received('token')
    .flatMap(({ body }) => (typeof body === 'object' && body.refresh_token ? [body.refresh_token] : []));
  return sent.length - new Set(sent).size;
}
