import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { App } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { request } from '../../src/flow/request.ts';
import { APP_USER_ID, linked, proposed } from '../flow/story.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { type Place, place } from './processes.ts';

const WHO = { appUserId: APP_USER_ID };
const server = postgresServer();

/** Where the holder of the lease is when the whole of it is stopped, as by a suspended machine. */
const MOMENTS = [
  ['before it has read the answer', 'after apiToken.action'],
  ['before it has kept the answer', 'before commitRefresh'],
  ['before the database has the answer', 'before database commitRefresh'],
] as const;

type Meanwhile = (app: App, p: Place) => Promise<unknown>;

const MEANWHILE: readonly (readonly [string, Meanwhile])[] = [
  ['nobody else refreshes', async () => undefined],
  [
    'another process refreshes',
    (app, { story }) => {
      story.simulator.toggles.refreshReuse = 'grace';
      story.simulator.toggles.refreshGraceSeconds = 3600;
      return refresh(app, WHO);
    },
  ],
  [
    'the patient grants again',
    async (app, { story }) => {
      await refresh(app, WHO).catch(({ name }) => assert.equal(name, 'ReauthorizationRequired'));
      await proposed({ ...story, app });
    },
  ],
];

async function storedToken(app: App): Promise<string | undefined> {
  const { link } = await account(app, WHO);
  return (await app.store.findGrant(link?.id ?? ''))?.tokenSet.refreshToken;
}

async function round(t: TestContext, moment: string, meanwhile: Meanwhile, database?: string) {
  const p = await place(t, database);
  const app = await p.open();
  const { id } = await linked({ ...p.story, app });
  const first = await storedToken(app);
  p.story.advance(1801);
  const holder = p.start(moment);
  const answer = holder.ask<{ accessToken: string }>('refresh', WHO);
  await holder.stopped;
  holder.signal('SIGSTOP');

  p.story.advance(31);
  await meanwhile(app, p);
  const newer = await storedToken(app);

  holder.signal('SIGCONT');
  holder.setClock(p.story.app.now());
  holder.goOn();
  const { accessToken } = await answer;
  const last = await storedToken(app);
  if (newer === first) assert.notEqual(last, first, 'an answer that comes late is as good');
  else assert.equal(last, newer, 'and never overwrites newer tokens');

  assert.equal((await refresh(app, WHO)).accessToken, accessToken);
  const { link } = await account(app, WHO);
  assert.deepEqual([link?.id, link?.state, link?.health], [id, 'active', 'fresh']);
  assert.equal((await request(app, { ...WHO, url: '/json/users/self' })).status, 200);
  assert.deepEqual(p.spooled(), []);
}

for (const store of ['sqlite', 'postgres'] as const) {
  describe(`a process stopped past its lease, which then goes on, on ${store}`, () => {
    for (const [when, moment] of MOMENTS) {
      for (const [what, meanwhile] of MEANWHILE) {
        it(`${when}, while ${what}`, store === 'postgres' ? withoutPostgres : {}, async (t) =>
          round(t, moment, meanwhile, store === 'postgres' ? await server.newDatabase() : undefined),
        );
      }
    }
  });
}
