import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { App } from '../../src/app.ts';
import { type DeliverInput, deliver, RETRIES } from '../../src/outward/deliver.ts';
import { redeliver } from '../../src/outward/redeliver.ts';
import { createWebhook } from '../../src/webhook/http.ts';
import { addLink } from '../cli/command-line.ts';
import { story } from '../flow/story.ts';
import { type Receiver, SECRET, startReceiver } from '../webhook/receiver.ts';

const QUICKLY = [5, 5, 5];

/** Two accounts with a link each, a receiver, and who sends to it, until told to stop. */
async function delivering(
  t: TestContext,
  over: Partial<DeliverInput> & { readonly timeoutMs?: number } = {},
) {
  const logged: string[] = [];
  const { app } = await story(t, {
    app: { now: () => new Date(), log: (event, fields) => logged.push(JSON.stringify([event, fields])) },
  });
  const receiver = await startReceiver();
  const webhook = createWebhook({
    url: receiver.url,
    secrets: [SECRET],
    privateAddresses: true,
    timeoutMs: over.timeoutMs ?? 5000,
  });
  for (const appUserId of ['ada', 'bob']) await addLink(app.store, appUserId);
  await app.store.queueWebhooks();
  const stop = new AbortController();
  const ended = deliver(app, { webhook, signal: stop.signal, retries: QUICKLY, ...over });
  const stopped = () => {
    stop.abort();
    return ended;
  };
  t.after(async () => {
    await stopped();
    webhook.close();
    await receiver.close();
  });
  return { app, receiver, webhook, stopped, logged };
}

async function happens(app: App, appUserId: string, ...reasons: readonly string[]): Promise<void> {
  const link = await app.store.findLink(appUserId);
  for (const reason of reasons) {
    await app.store.addEvent({
      linkId: link?.id ?? '',
      by: 'service',
      type: 'link.suspended',
      at: app.now(),
      reason,
    });
  }
}

const reasonsOf = (receiver: Receiver, appUserId: string) =>
  receiver.received.filter(({ data }) => data.app_user_id === appUserId).map(({ data }) => data.reason);

describe('deliver', () => {
  it('sends what happens, in its order', async (t) => {
    const { app, receiver } = await delivering(t);
    await happens(app, 'ada', '1', '2', '3');
    await receiver.until((all) => all.length === 3);
    assert.deepEqual(reasonsOf(receiver, 'ada'), ['1', '2', '3']);
  });

  it('sends again what failed, with the same id and a new signature, before what is behind it', async (t) => {
    const { app, receiver, logged } = await delivering(t);
    let failing = 2;
    receiver.answers(({ data }) => ({ status: data.app_user_id === 'ada' && failing-- > 0 ? 503 : 200 }));
    await happens(app, 'ada', '1', '2');
    await receiver.until((all) => all.length === 4);
    assert.deepEqual(reasonsOf(receiver, 'ada'), ['1', '1', '1', '2']);
    assert.equal(new Set(receiver.received.map(({ id }) => id)).size, 2);
    assert.deepEqual(
      logged
        .map((line) => JSON.parse(line))
        .map(([event, { failure, attempts }]) => [event, failure, attempts]),
      [
        ['webhook.failed', 'status 503', 1],
        ['webhook.failed', 'status 503', 2],
      ],
    );
    assert.ok(!logged.join().includes('ada'));
  });

  it('keeps nobody else waiting for a receiver that hangs at one account', async (t) => {
    const { app, receiver } = await delivering(t, { timeoutMs: 60_000 });
    receiver.answers(({ data }) => ({ status: data.app_user_id === 'ada' ? 'hang' : 200 }));
    await happens(app, 'ada', '1', '2');
    await happens(app, 'bob', '1', '2', '3');
    await receiver.until(() => reasonsOf(receiver, 'bob').length === 3);
    assert.deepEqual(reasonsOf(receiver, 'ada'), ['1']);
    await receiver.restart(1);
  });

  it('gives up after the last attempt, goes on with what is behind it, and sends the dead letter when asked', async (t) => {
    const { app, receiver, webhook, logged } = await delivering(t);
    receiver.answers(({ data }) => ({ status: data.reason === '1' ? 500 : 200 }));
    await happens(app, 'ada', '1', '2');
    await receiver.until(() => reasonsOf(receiver, 'ada').includes('2'));
    assert.deepEqual(reasonsOf(receiver, 'ada'), ['1', '1', '1', '1', '2']);
    assert.match(logged.at(-1) ?? '', /^\["webhook.dead",.*"attempts":4,"failure":"status 500"/);
    const [letter] = await app.store.listDeadLetters({ limit: 9 });
    assert.ok(letter);
    assert.deepEqual(await redeliver(app, { webhook, letter }), { accepted: false, failure: 'status 500' });
    assert.equal((await app.store.listDeadLetters({ limit: 9 })).length, 1);
    receiver.answers(() => ({ status: 200 }));
    assert.deepEqual(await redeliver(app, { webhook, letter }), { accepted: true });
    assert.deepEqual(await app.store.listDeadLetters({ limit: 9 }), []);
  });

  it('waits for what it has sent when it is told to stop, and has it accepted', async (t) => {
    const { app, receiver, stopped } = await delivering(t);
    receiver.answers(() => ({ status: 200, afterMs: 100 }));
    await happens(app, 'ada', '1', '2');
    await receiver.until((all) => all.length === 1);
    await stopped();
    const [line] = await app.store.leaseWebhooks({ limit: 9, forMs: 1000 });
    assert.deepEqual([line?.event.reason, line?.attempts], ['2', 1]);
    assert.equal(receiver.received.length, 1);
  });

  it('tries for about three days', () => {
    const days = RETRIES.reduce((sum, wait) => sum + wait, 0) / 86_400_000;
    assert.ok(days > 2.5 && days < 3.5, String(days));
    assert.equal(RETRIES[0], 5000);
    assert.equal(RETRIES.at(-1), 12 * 3_600_000);
  });
});
