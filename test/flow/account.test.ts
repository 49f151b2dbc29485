import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { APP_USER_ID, linked, proposed, type Story, story } from './story.ts';

const WRONG_CLIENT = { status: 401, body: { error: 'invalid_client' } };

const next = async ({ app }: Story, appUserId = APP_USER_ID) =>
  (await account(app, { appUserId })).nextAction;

/** Somebody's token is over, and PKB answers so when it is to be refreshed. */
async function refused(s: Story, answer: object): Promise<void> {
  s.simulator.next('token', answer);
  await assert.rejects(refresh(s.app, { appUserId: APP_USER_ID }));
}

describe('what to do next, where PKB refuses the client', () => {
  it('is the operator’s, for whoever would ask PKB in vain, until somebody may try again', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(1801);
    assert.deepEqual([await next(s), await next(s, 'nobody')], ['none', 'none']);
    await refused(s, WRONG_CLIENT);
    assert.deepEqual([await next(s), await next(s, 'nobody')], ['fix_configuration', 'fix_configuration']);
    s.advance(76);
    assert.deepEqual([await next(s), await next(s, 'nobody')], ['none', 'none']);
    await refused(s, WRONG_CLIENT);
    assert.equal(await next(s), 'fix_configuration');
    s.advance(151);
    await refresh(s.app, { appUserId: APP_USER_ID });
    assert.deepEqual([await next(s), await next(s, 'nobody')], ['none', 'none']);
  });

  it('is nobody’s where PKB is away: it passes', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(1801);
    for (let n = 0; n < 4; n += 1) {
      await refused(s, { status: 503 });
      s.advance(60);
    }
    assert.equal(await next(s), 'none');
  });

  it('is none while the access token is good, and to confirm where there is something to confirm', async (t) => {
    const s = await story(t);
    await linked(s);
    s.advance(1801);
    const [fresh, waiting] = ['account-2', 'account-3'];
    await linked(s, { appUserId: fresh, familyName: 'Whitfield' });
    await proposed(s, { appUserId: waiting, familyName: 'Lindqvist-Shaw' });
    await refused(s, WRONG_CLIENT);
    assert.deepEqual(
      [await next(s), await next(s, fresh), await next(s, waiting)],
      ['fix_configuration', 'none', 'confirm'],
    );
  });
});
