import assert from 'node:assert/strict';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { keep } from '../../src/flow/keep.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { linked, type Story, story } from './story.ts';

const DAY = 86_400;
/** As good as no pause between two. */
const QUICK = { perMinute: 6_000_000 };

function refreshes({ simulator }: Story): number {
  return simulator
    .received('token')
    .filter(({ body }) => typeof body === 'object' && body.grant_type === 'refresh_token').length;
}

async function linkedPeople(s: Story, count: number): Promise<string[]> {
  const patients = s.simulator.people.filter(({ kind, status }) => kind === 'patient' && status === 'active');
  const names = [...new Set(patients.map(({ familyName }) => familyName))];
  const accounts: string[] = [];
  for (const familyName of names.slice(0, count)) {
    const appUserId = `account-${accounts.length + 1}`;
    await linked(s, { familyName, appUserId });
    accounts.push(appUserId);
  }
  assert.equal(accounts.length, count);
  return accounts;
}

async function events(s: Story, appUserId: string) {
  const { link } = await account(s.app, { appUserId });
  return (await s.app.store.listEvents(link?.id ?? '')).map(({ type, reason }) => [type, reason]);
}

describe('keep', () => {
  it('refreshes what nobody has used for so long, and nothing else', async (t) => {
    const s = await story(t);
    const [first = '', second = '', third = ''] = await linkedPeople(s, 3);
    s.advance(20 * DAY);
    await refresh(s.app, { appUserId: second });
    s.advance(11 * DAY);
    const before = refreshes(s);
    const seen: number[][] = [];
    const kept = await keep(s.app, {
      ...QUICK,
      unusedSeconds: 30 * DAY,
      onProgress: (done, due) => seen.push([done, due]),
    });
    assert.deepEqual(kept, { turn: true, refreshed: 2, ended: 0, failed: 0, announced: 0 });
    assert.deepEqual(seen, [
      [1, 2],
      [2, 2],
    ]);
    assert.equal(refreshes(s) - before, 2);
    const { link: used } = await account(s.app, { appUserId: second });
    assert.ok(used?.lastUsedAt, 'somebody used this one');
    for (const appUserId of [first, third]) {
      const { link } = await account(s.app, { appUserId });
      assert.equal(link?.lastUsedAt, undefined, 'to keep it is not to use it');
      assert.ok((link?.accessTokenExpiresAt ?? 0) > s.app.now());
    }
    assert.deepEqual((await keep(s.app, { ...QUICK, unusedSeconds: 30 * DAY })).refreshed, 0);
  });

  it('refreshes nothing unless it is asked to', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(3650 * DAY);
    assert.equal((await keep(s.app)).refreshed, 0);
    assert.equal(refreshes(s), 0);
  });

  it('is done by one process at a time, and by another after one that died', async (t) => {
    const s = await story(t, {
      databaseUrl: `file:${join(mkdtempSync(join(tmpdir(), 'pkb-link-')), 'links.db')}`,
    });
    const other = await s.another();
    await linkedPeople(s, 3);
    s.advance(31 * DAY);
    const both = await Promise.all(
      [s.app, other].map((app) => keep(app, { ...QUICK, unusedSeconds: 30 * DAY })),
    );
    assert.deepEqual(both.map(({ turn }) => turn).sort(), [false, true]);
    assert.equal(refreshes(s), 3);

    assert.ok(await s.app.store.takeTurn({ name: 'keep', owner: 'one that died', forMs: 300_000 }));
    assert.equal((await keep(other)).turn, false);
    s.advance(300);
    assert.equal((await keep(other)).turn, true);
  });

  it('finds out which grants have ended, and goes on with the rest', async (t) => {
    const s = await story(t);
    const [first = ''] = await linkedPeople(s, 3);
    const { link } = await account(s.app, { appUserId: first });
    s.simulator.admin.endSession({ publicId: link?.publicId ?? '' }, 'invalid');
    s.advance(31 * DAY);
    const kept = await keep(s.app, { ...QUICK, unusedSeconds: 30 * DAY });
    assert.deepEqual([kept.refreshed, kept.ended, kept.failed], [2, 1, 0]);
    assert.equal((await account(s.app, { appUserId: first })).nextAction, 'reauthorize');
  });

  it('goes on past a link that has trouble of its own, and stops where PKB takes nobody', async (t) => {
    const s = await story(t);
    await linkedPeople(s, 3);
    s.advance(31 * DAY);
    s.simulator.next('token', { status: 500 });
    const kept = await keep(s.app, { ...QUICK, unusedSeconds: 30 * DAY });
    assert.deepEqual([kept.refreshed, kept.failed], [2, 1]);

    s.advance(31 * DAY);
    s.simulator.next('token', { status: 429, headers: { 'retry-after': '60' } });
    await assert.rejects(keep(s.app, { ...QUICK, unusedSeconds: 30 * DAY }), { code: 'rate-limited' });
    s.advance(120);
    assert.equal((await keep(s.app, { ...QUICK, unusedSeconds: 30 * DAY })).refreshed, 3);
  });

  it('stops when it is told to, after the refresh that has begun', async (t) => {
    const s = await story(t);
    await linkedPeople(s, 3);
    s.advance(31 * DAY);
    const stop = new AbortController();
    const kept = await keep(s.app, {
      perMinute: 1,
      unusedSeconds: 30 * DAY,
      signal: stop.signal,
      onProgress: () => stop.abort(),
    });
    assert.equal(kept.refreshed, 1);
    assert.equal((await keep(s.app, { ...QUICK, unusedSeconds: 30 * DAY })).refreshed, 2);
  });

  it('tells once that a session of known length is about to end, and again after a new grant', async (t) => {
    const s = await story(t, { app: { provider: { sessionSeconds: 365 * DAY } } });
    const link = await linked(s);
    s.advance(350 * DAY);
    assert.equal((await keep(s.app)).announced, 0);
    s.advance(2 * DAY);
    assert.equal((await keep(s.app)).announced, 1);
    assert.equal((await keep(s.app)).announced, 0);
    const told = await account(s.app, { appUserId: link.appUserId });
    assert.deepEqual(told.link?.sessionEndsAt, new Date(link.grantedAt.getTime() + 365 * DAY * 1000));
    assert.deepEqual((await events(s, link.appUserId)).at(-1), ['link.session_ending', 'session-length']);

    const again = await linked(s);
    assert.equal(again.sessionEndsAt, undefined);
    s.advance(352 * DAY);
    assert.equal((await keep(s.app)).announced, 1);
  });

  it('learns how long sessions last from those that have ended', async (t) => {
    const s = await story(t);
    const accounts = await linkedPeople(s, 6);
    s.advance(100 * DAY);
    for (const [i, appUserId] of accounts.slice(0, 5).entries()) {
      const { link } = await account(s.app, { appUserId });
      s.simulator.admin.endSession({ publicId: link?.publicId ?? '' }, 'expired');
      await assert.rejects(refresh(s.app, { appUserId }), { code: 'api-session-expired' });
      assert.equal((await keep(s.app)).announced, i < 4 ? 0 : 1);
      s.advance(DAY);
    }
    const { link } = await account(s.app, { appUserId: accounts[5] ?? '' });
    assert.equal(
      Math.round(((link?.sessionEndsAt?.getTime() ?? 0) - (link?.grantedAt.getTime() ?? 0)) / 1000 / DAY),
      101,
    );
  });

  it('says with the grant itself that its session ends, where PKB sends no refresh token', async (t) => {
    const s = await story(t, { client: { sessionSeconds: 60 } });
    const link = await linked(s);
    assert.deepEqual(link.sessionEndsAt, link.accessTokenExpiresAt);
    assert.ok((await events(s, link.appUserId)).some(([type]) => type === 'link.session_ending'));
  });

  it('refuses what makes no sense', async (t) => {
    const s = await story(t);
    await assert.rejects(keep(s.app, { unusedSeconds: 0 }), { code: 'bad-input', field: 'unused_seconds' });
    await assert.rejects(keep(s.app, { perMinute: Number.NaN }), { code: 'bad-input', field: 'per_minute' });
  });
});
