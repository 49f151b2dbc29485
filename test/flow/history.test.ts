import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { history } from '../../src/flow/history.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { APP_USER_ID, linked, proposed, story } from './story.ts';

describe('history', () => {
  it('tells what has happened to the link, oldest first, and goes on doing so once it has ended', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(60);
    await unlink(s.app, { appUserId: APP_USER_ID });
    const events = await history(s.app, { appUserId: APP_USER_ID });
    assert.deepEqual(
      events.map(({ type, reason }) => [type, reason]),
      [
        ['link.proposed', undefined],
        ['link.active', undefined],
        ['link.unlinked', 'asked'],
      ],
    );
    assert.deepEqual(events.at(-1)?.at, s.app.now());
  });

  it('is that of the newer link, once there is one', async (t) => {
    const s = await story(t);
    await linked(s);
    await unlink(s.app, { appUserId: APP_USER_ID });
    await proposed(s);
    const events = await history(s.app, { appUserId: APP_USER_ID });
    assert.deepEqual(
      events.map(({ type }) => type),
      ['link.proposed'],
    );
  });

  it('is empty for an account that never had a link, and is nobody else’s', async (t) => {
    const s = await story(t);
    await linked(s);
    assert.deepEqual(await history(s.app, { appUserId: 'account-2' }), []);
    await assert.rejects(history(s.app, { appUserId: '' }), { code: 'bad-input' });
  });
});
