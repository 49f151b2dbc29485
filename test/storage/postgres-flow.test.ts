import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { patient } from '../../src/flow/patient.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { APP_USER_ID, granted, linked, proposed, story } from '../flow/story.ts';
import { postgresServer, withoutPostgres } from './postgres-server.ts';

const server = postgresServer();

describe('the story on PostgreSQL', withoutPostgres, () => {
  it('is told from the grant to the unlinking, and its history with it', async (t) => {
    const s = await story(t, { databaseUrl: await server.newDatabase() });
    const proposal = await proposed(s);
    assert.equal((await account(s.app, { appUserId: APP_USER_ID })).nextAction, 'confirm');
    assert.equal((await patient(s.app, { appUserId: APP_USER_ID })).familyName, 'Okafor');
    const active = await link(s.app, { appUserId: APP_USER_ID, linkId: proposal.id });
    assert.deepEqual([active.state, active.publicId], ['active', proposal.publicId]);
    s.advance(1801);
    const { accessToken } = await refresh(s.app, { appUserId: APP_USER_ID });
    assert.equal((await refresh(s.app, { appUserId: APP_USER_ID })).accessToken, accessToken);
    assert.equal((await unlink(s.app, { appUserId: APP_USER_ID }))?.state, 'unlinked');
    assert.deepEqual(
      (await s.app.store.listEvents(active.id)).map(({ type }) => type),
      ['link.proposed', 'link.active', 'link.unlinked'],
    );
  });

  it('has one refresh for 200 callers of two processes, and one token for all of them', async (t) => {
    const s = await story(t, { databaseUrl: await server.newDatabase() });
    const other = await s.another();
    await linked(s);
    for (let life = 0; life < 5; life += 1) {
      s.advance(1801);
      const before = s.simulator.received('token').length;
      s.simulator.next('token', { delayMs: 200 });
      const callers = Array.from({ length: 200 }, (_, i) =>
        refresh(i % 2 ? s.app : other, { appUserId: APP_USER_ID }),
      );
      const tokens = new Set((await Promise.all(callers)).map(({ accessToken }) => accessToken));
      assert.deepEqual([tokens.size, s.simulator.received('token').length - before], [1, 1]);
    }
  });

  it('gives one record to one account, whichever process the two confirm it in', async (t) => {
    const s = await story(t, { databaseUrl: await server.newDatabase() });
    const other = await s.another();
    for (let round = 0; round < 10; round += 1) {
      const names = [`left-${round}`, `right-${round}`];
      const [mine, theirs] = [
        await proposed(s, { appUserId: names[0] ?? '' }),
        await proposed(s, { appUserId: names[1] ?? '' }),
      ];
      const answers = await Promise.allSettled([
        link(s.app, { appUserId: mine.appUserId, linkId: mine.id }),
        link(other, { appUserId: theirs.appUserId, linkId: theirs.id }),
      ]);
      const failed = answers.filter((answer) => answer.status === 'rejected');
      assert.deepEqual(
        failed.map(({ reason }) => reason.code),
        ['linked-to-another-account'],
      );
      const winner = await s.app.store.findConfirmedLink(mine.publicId);
      await unlink(s.app, { appUserId: winner?.appUserId ?? '' });
    }
  });

  it('makes one link of two grants that an account finishes in two processes at once', async (t) => {
    const s = await story(t, { databaseUrl: await server.newDatabase() });
    const other = await s.another();
    for (let round = 0; round < 10; round += 1) {
      const appUserId = `account-${round}`;
      const owners = [await granted(s, { appUserId }), await granted(s, { appUserId })];
      for (const owner of owners) await exchange(s.app, owner);
      const links = await Promise.all(owners.map((owner, n) => identify(n ? other : s.app, owner)));
      assert.equal(links[0]?.id, links[1]?.id, `round ${round}`);
    }
  });

  it('takes over the tokens of a new grant while the old one is being refreshed', async (t) => {
    const s = await story(t, { databaseUrl: await server.newDatabase() });
    const other = await s.another();
    const first = await linked(s);
    for (let round = 0; round < 10; round += 1) {
      const owner = await granted(s);
      await exchange(s.app, owner);
      s.advance(1780);
      const [renewed] = await Promise.all([
        identify(s.app, owner),
        refresh(other, { appUserId: APP_USER_ID }).catch(() => undefined),
      ]);
      assert.deepEqual([renewed.id, renewed.state], [first.id, 'active'], `round ${round}`);
      assert.equal((await s.app.store.findLink(APP_USER_ID))?.state, 'active');
    }
  });
});
