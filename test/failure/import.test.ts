import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { folder, storedStory } from '../cli/command-line.ts';
import { killedImport } from './importing.ts';

describe('an import that is killed three times', () => {
  it('accounts for every row once: in the report, as a link and as an event', async (t) => {
    const { app, env } = await storedStory(t);
    const { rows, killedAt, fates, result, said } = await killedImport(
      await folder(t),
      3000,
      [0, 0.3, 0.6],
      env,
    );
    assert.ok(
      killedAt.every((lines) => lines < rows),
      `killed on the way: ${killedAt}`,
    );
    assert.deepEqual(
      fates.map(({ line }) => line),
      Array.from({ length: rows }, (_, n) => n + 2),
    );
    const of = (fate: string) => fates.filter((each) => each.fate === fate);
    assert.deepEqual(
      [of('imported').length, of('already-there').length, of('refused').length],
      [2941, 29, 30],
    );
    assert.deepEqual(result && [result.imported, result.already_there, result.refused], [2941, 29, 30]);
    const links = await app.store.listLinks({ limit: rows });
    assert.deepEqual(
      links.map(({ appUserId }) => appUserId).sort(),
      of('imported')
        .map(({ app_user_id }) => app_user_id)
        .sort(),
    );
    for (const { id } of links) {
      const events = await app.store.listEvents(id);
      assert.deepEqual(
        events.map(({ type, reason }) => [type, reason]),
        [['link.active', 'imported']],
      );
    }
    assert.doesNotMatch(said, /refresh-canary/);
  });
});
