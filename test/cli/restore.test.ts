import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, it } from 'node:test';
import { refresh } from '../../src/flow/refresh.ts';
import { asPublicId, type PublicId } from '../../src/model.ts';
import type { Store } from '../../src/storage/store.ts';
import { linked, story } from '../flow/story.ts';
import { addLink, folder, run, storedStory, values } from './command-line.ts';

describe('backup', () => {
  it('copies the whole database while it is in use, for this account of the machine alone', async (t) => {
    const { app, env } = await storedStory(t);
    await addLink(app.store, 'account-1');
    const file = join(await folder(t), 'copy.db');
    const writing = app.store.transaction(async (tx) => {
      await addLink(tx, 'account-2');
      const taken = await run(['backup', file, '--json'], env);
      assert.equal(taken.code, 0, taken.stderr);
      assert.deepEqual(values(taken.stdout), [{ file, bytes: (await stat(file)).size }]);
      assert.match(taken.stderr, /worth nothing without the keys/);
    });
    await writing;
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.ok(!existsSync(`${file}.part`));
    const copied = await run(['links', '--json'], { ...env, PKB_LINK_DATABASE_URL: `file:${file}` });
    assert.deepEqual(
      values(copied.stdout).map(({ app_user_id }) => app_user_id),
      ['account-1'],
      'what was committed when it began',
    );
  });

  it('writes over nothing, and says in one line what it cannot do', async (t) => {
    const { env } = await storedStory(t);
    const there = join(await folder(t), 'there.db');
    await writeFile(there, 'older');
    const missing = { ...env, PKB_LINK_DATABASE_URL: `file:${join(await folder(t), 'nowhere.db')}` };
    const memory = { ...env, PKB_LINK_DATABASE_URL: 'file::memory:' };
    const postgres = { ...env, PKB_LINK_DATABASE_URL: 'postgres://pkb:canary@db/pkb' };
    for (const [file, where, message] of [
      [there, env, /exists: choose another name/],
      [join(there, 'in it.db'), env, /cannot be backed up to/],
      [`${there}2`, missing, /nowhere\.db cannot be backed up/],
      [`${there}2`, memory, /in memory/],
      [`${there}2`, postgres, /pg_dump/],
    ] as const) {
      const { code, stdout, stderr } = await run(['backup', file], where);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /^pkb-link: [^\n]+ \[bad-input\]\n$/);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /canary/);
      assert.ok(!existsSync(`${there}2`) && !existsSync(`${there}2.part`));
    }
    assert.equal((await stat(there)).size, 5);
  });
});

describe('restore --check', () => {
  it('makes unsure what may have been refreshed since the backup, says how many, and again is a success', async (t) => {
    const { app, env } = await storedStory(t);
    for (const [appUserId, from, to] of [
      ['over', -3600, -1800],
      ['due', -500, 100],
      ['young', -100, 500],
    ] as const) {
      await addAged(app.store, appUserId, from, to);
    }
    const text = await run(['restore', '--check'], env);
    assert.deepEqual(text, {
      code: 0,
      stdout: '2 of 3 refreshable links may have been refreshed since the backup: they are unsure.\n',
      stderr: '',
    });
    const again = await run(['restore', '--check', '--json'], env);
    assert.deepEqual([again.code, values(again.stdout)], [0, [{ links: 3, unsure: 2 }]]);
    const listed = values((await run(['links', '--json'], env)).stdout);
    assert.deepEqual(Object.fromEntries(listed.map(({ app_user_id, health }) => [app_user_id, health])), {
      over: 'unsure',
      due: 'unsure',
      young: 'fresh',
    });
  });

  it('doubts a link at the latest when a refresh of it could have begun', async (t) => {
    const told = await story(t, { databaseUrl: `file:${join(await folder(t), 'links.db')}` });
    for (let n = 0; n < 200; n += 1) {
      const tokenSet = {
        accessToken: `access-${n}`,
        refreshToken: `refresh-${n}`,
        issuedAt: told.app.now(),
        expiresAt: new Date(told.app.now().getTime() + 600_000),
      };
      await told.app.store.addLink({ ...aged(`account-${n}`), tokenSet });
    }
    told.advance(479);
    const check = () => told.app.store.markUnsure({ lastShare: 0.2, limit: 500 });
    assert.equal((await check()).unsure, 0);
    const before = told.simulator.received('token').length;
    for (let n = 0; n < 200; n += 1) await refresh(told.app, { appUserId: `account-${n}` });
    assert.equal(told.simulator.received('token').length, before, 'none was due');
    told.advance(1);
    assert.equal((await check()).unsure, 200);
  });

  it('keeps a spent refresh token from being shown while there is anything to lose', async (t) => {
    const path = join(await folder(t), 'links.db');
    const told = await story(t, { databaseUrl: `file:${path}` });
    const { appUserId } = await linked(told);
    const first = await refresh(told.app, { appUserId });
    const copy = `${path}.backup`;
    const taken = new DatabaseSync(path, { readOnly: true });
    taken.prepare('vacuum into ?').run(copy);
    taken.close();

    const life = first.expiresAt.getTime() - told.app.now().getTime();
    told.advance((life / 1000) * 0.95);
    const second = await refresh(told.app, { appUserId });
    assert.notEqual(second.accessToken, first.accessToken);
    await told.app.close();
    for (const old of [path, `${path}-wal`, `${path}-shm`]) await rm(old, { force: true });
    await copyFile(copy, path);

    const restored = await told.another();
    assert.deepEqual(await restored.store.markUnsure({ lastShare: 0.2, limit: 9 }), { links: 1, unsure: 1 });
    const requests = () => told.simulator.received('token').length;
    const before = requests();
    const kept = await refresh(restored, { appUserId });
    assert.deepEqual([kept.accessToken, kept.link.health], [first.accessToken, 'unsure']);
    assert.equal(requests(), before);
    told.advance((life / 1000) * 0.06);
    await assert.rejects(refresh(restored, { appUserId }), { name: 'ReauthorizationRequired' });
    assert.equal(requests(), before + 1);
  });
});

function aged(appUserId: string) {
  return {
    id: randomUUID(),
    appUserId,
    publicId: asPublicId(randomUUID()) as PublicId,
    state: 'active',
    grantedAt: new Date(),
  } as const;
}

/** @param from when its tokens were issued and @param to when they end, in seconds from now */
function addAged(store: Store, appUserId: string, from: number, to: number): Promise<unknown> {
  const tokenSet = {
    accessToken: 'access-canary',
    refreshToken: 'refresh-canary',
    issuedAt: new Date(Date.now() + from * 1000),
    expiresAt: new Date(Date.now() + to * 1000),
  };
  return store.addLink({ ...aged(appUserId), tokenSet });
}
