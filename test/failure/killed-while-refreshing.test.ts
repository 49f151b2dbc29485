import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { request } from '../../src/flow/request.ts';
import type { GrantHealth } from '../../src/model.ts';
import type { ScriptedAnswer } from '../../src/simulator.ts';
import { APP_USER_ID, linked, proposed } from '../flow/story.ts';
import { place, refreshesSent, until } from './processes.ts';

const ROUNDS = 5;
const WHO = { appUserId: APP_USER_ID };

interface Cut {
  readonly when: string;
  /** A moment of the other process, or what PKB does while it waits. */
  readonly at: string | ScriptedAnswer;
  /** The grant's health as the next process finds it, and once nobody can be waiting for PKB any more. */
  readonly health: readonly [GrantHealth, GrantHealth];
  /** Refreshes that PKB has seen by then, and in all. */
  readonly refreshes: readonly [number, number];
  /** Whether the link goes on, or PKB has issued tokens that nobody has and so the patient grants again. */
  readonly outcome: 'goes on' | 'reauthorize';
}

const CUTS: readonly Cut[] = [
  {
    when: 'before it is written down',
    at: 'before leaseRefresh',
    health: ['fresh', 'fresh'],
    refreshes: [0, 1],
    outcome: 'goes on',
  },
  {
    when: 'between writing it down and sending it',
    at: 'before apiToken.action',
    health: ['refreshing', 'unsure'],
    refreshes: [0, 1],
    outcome: 'goes on',
  },
  {
    when: 'before PKB has acted',
    at: { drop: 'before-acting', delayMs: 600_000 },
    health: ['refreshing', 'unsure'],
    refreshes: [1, 2],
    outcome: 'goes on',
  },
  {
    when: 'after PKB has acted, before its answer',
    at: { delayMs: 600_000 },
    health: ['refreshing', 'unsure'],
    refreshes: [1, 2],
    outcome: 'reauthorize',
  },
  {
    when: 'with the new tokens in hand, before they are saved',
    at: 'before commitRefresh',
    health: ['refreshing', 'unsure'],
    refreshes: [1, 2],
    outcome: 'reauthorize',
  },
  {
    when: 'after the new tokens are saved',
    at: 'after commitRefresh',
    health: ['fresh', 'fresh'],
    refreshes: [1, 1],
    outcome: 'goes on',
  },
];

async function round(t: TestContext, { at, health, refreshes, outcome }: Cut): Promise<void> {
  const p = await place(t);
  const { simulator, advance } = p.story;
  const before = await p.open();
  const { id } = await linked({ ...p.story, app: before });
  await before.close();
  advance(1801);

  if (typeof at === 'object') simulator.next('token', at);
  const process = p.start(typeof at === 'string' ? at : undefined);
  process.ask('refresh', WHO).catch(() => {});
  if (typeof at === 'object') await until(() => refreshesSent(p.story) > 0);
  else await process.stopped;
  await process.kill();

  const app = await p.open();
  assert.equal((await account(app, WHO)).link?.health, health[0]);
  assert.equal(refreshesSent(p.story), refreshes[0]);
  advance(31);
  assert.equal((await account(app, WHO)).link?.health, health[1]);

  if (outcome === 'goes on') {
    await refresh(app, WHO);
  } else {
    await assert.rejects(refresh(app, WHO), { name: 'ReauthorizationRequired' });
    assert.equal((await account(app, WHO)).nextAction, 'reauthorize');
    await proposed({ ...p.story, app });
  }
  const { link } = await account(app, WHO);
  assert.deepEqual([link?.id, link?.state, link?.health], [id, 'active', 'fresh']);
  assert.equal((await request(app, { ...WHO, url: '/json/users/self' })).status, 200);
  assert.equal(refreshesSent(p.story), refreshes[1]);
}

describe('a process killed while refreshing', () => {
  for (const cut of CUTS) {
    const then =
      cut.outcome === 'goes on' ? 'the link goes on' : 'the patient grants again, to the same link';
    it(`${cut.when}: ${then}`, async (t) => {
      await Promise.all(Array.from({ length: ROUNDS }, () => round(t, cut)));
    });
  }
});
