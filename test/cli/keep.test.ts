import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { linked } from '../flow/story.ts';
import { run, storedStory } from './command-line.ts';

const DAY = 86_400_000;

describe('keep', () => {
  it('refreshes what is unused for so long, and says what it did', async (t) => {
    const told = await storedStory(t, { app: { now: () => new Date(Date.now() - 3 * DAY) } });
    await linked(told);
    const early = await run(['keep', '--unused-days', '4', '--json'], told.env);
    assert.equal(early.code, 0, early.stderr);
    assert.deepEqual(JSON.parse(early.stdout), {
      turn: true,
      refreshed: 0,
      ended: 0,
      failed: 0,
      announced: 0,
      interrupted: false,
    });
    const { code, stdout, stderr } = await run(['keep', '--unused-days', '2'], told.env);
    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      '1 refreshed, 0 had ended, 0 could not be refreshed; 0 told that their session ends soon.\n',
    );
    assert.match(stderr, /Refreshing: 100 % \(1 of 1\)/);
    assert.equal(told.simulator.received('token').length, 2);
  });

  it('tells of a session that ends soon, by its configured length', async (t) => {
    const told = await storedStory(t, { app: { now: () => new Date(Date.now() - 90 * DAY) } });
    const { id } = await linked(told);
    const { code, stdout, stderr } = await run(['keep', '--json'], {
      ...told.env,
      PKB_SESSION_SECONDS: String(100 * 86_400),
    });
    assert.equal(code, 0, stderr);
    assert.equal(JSON.parse(stdout).announced, 1);
    const shown = await run(['link', 'account-1'], told.env);
    assert.match(shown.stdout, /link\.session_ending/);
    assert.ok((await told.app.store.findLinkById(id))?.sessionEndsAt);
  });

  it('leaves it to the process that is at it', async (t) => {
    const told = await storedStory(t);
    assert.ok(await told.app.store.takeTurn({ name: 'keep', owner: 'another', forMs: 60_000 }));
    const { code, stdout, stderr } = await run(['keep', '--unused-days', '1'], told.env);
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /Another process is at it/);
  });

  it('refuses days that are none', async () => {
    const { code, stderr } = await run(['keep', '--unused-days', '0']);
    assert.equal(code, 2);
    assert.match(stderr, /must be a whole number from 1/);
  });
});
