import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { unlink } from '../../src/flow/unlink.ts';
import { linked } from '../flow/story.ts';
import { SECRET, startReceiver } from '../webhook/receiver.ts';
import { run, start, storedStory, values } from './command-line.ts';

async function withReceiver(t: TestContext) {
  const told = await storedStory(t);
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  await told.app.store.queueWebhooks();
  const env = {
    ...told.env,
    PKB_LINK_WEBHOOK_URL: receiver.url,
    PKB_LINK_WEBHOOK_SECRETS: SECRET,
    PKB_LINK_WEBHOOK_PRIVATE: 'yes',
  };
  return { ...told, env, receiver };
}

describe('webhooks', () => {
  it('are sent by serve, signed, and what is under way is finished before it stops', async (t) => {
    const told = await withReceiver(t);
    const { app, env, receiver } = told;
    await linked(told);
    const { child, ended } = await start(t, ['serve'], env);
    await receiver.until((all) => all.length === 2);
    assert.deepEqual(
      receiver.received.map(({ type }) => type),
      ['link.proposed', 'link.active'],
    );
    for (const { body, headers } of receiver.received) {
      assert.ok(new Verifier(SECRET).verify(body, headers as Record<string, string>));
    }
    receiver.answers(() => ({ status: 200, afterMs: 300 }));
    await unlink(app, { appUserId: 'account-1' });
    await receiver.until((all) => all.length === 3);
    child.kill('SIGTERM');
    const { code, stderr } = await ended;
    assert.equal(code, 0, stderr);
    assert.deepEqual(await app.store.leaseWebhooks({ limit: 9, forMs: 1 }), []);
  });

  it('that died are listed and sent again, one or all', async (t) => {
    const told = await withReceiver(t);
    const { app, env, receiver } = told;
    assert.match((await run(['webhooks', 'list'], env)).stderr, /There are no dead letters/);
    await linked(told);
    await app.store.queueWebhooks();
    for (let n = 0; n < 2; n += 1) {
      const [lease] = await app.store.leaseWebhooks({ limit: 1, forMs: 60_000 });
      assert.ok(lease && (await app.store.buryWebhook(lease, 'status 500')));
    }
    const letters = async () => values((await run(['webhooks', 'list', '--json'], env)).stdout);
    const [proposed, active] = await letters();
    assert.deepEqual(
      [proposed?.type, proposed?.failure, active?.type],
      ['link.proposed', 'status 500', 'link.active'],
    );

    receiver.answers(() => ({ status: 500 }));
    const refused = await run(['webhooks', 'resend', String(active?.id)], env);
    assert.deepEqual([refused.code, refused.stdout], [4, '0 accepted, 1 not.\n'], refused.stderr);
    receiver.answers(() => ({ status: 200 }));
    const one = await run(['webhooks', 'resend', String(active?.id), '--json'], env);
    assert.deepEqual([one.code, values(one.stdout)], [0, [{ accepted: 1, refused: 0 }]], one.stderr);
    assert.deepEqual(await letters(), [proposed]);
    assert.equal((await run(['webhooks', 'resend', '--all'], env)).stdout, '1 accepted, 0 not.\n');
    assert.deepEqual(await letters(), []);
    assert.deepEqual(
      receiver.received.map(({ id }) => id),
      [active?.id, active?.id, proposed?.id],
    );
  });

  it('say what is missing', async (t) => {
    const { env } = await storedStory(t);
    const ended = await Promise.all([
      run(['webhooks', 'resend', '--all'], env),
      run(['webhooks', 'resend'], env),
      run(['serve'], { ...env, PKB_LINK_WEBHOOK_URL: 'https://receiver.example/' }),
      run(['serve'], { ...env, PKB_LINK_WEBHOOK_SECRETS: SECRET }),
    ]);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [78, 2, 78, 78],
    );
    assert.match(ended[0]?.stderr ?? '', /PKB_LINK_WEBHOOK_URL: is missing/);
    assert.match(ended[2]?.stderr ?? '', /PKB_LINK_WEBHOOK_SECRETS: is missing: make one with/);
    assert.match(ended[3]?.stderr ?? '', /PKB_LINK_WEBHOOK_URL: is missing/);
  });
});

describe('api-keys', () => {
  it('are made, shown once, listed, used by callers of serve alone, and revoked', async (t) => {
    const { env: whole } = await storedStory(t);
    const { PKB_LINK_API_KEY: _ours, ...env } = whole;
    assert.equal((await run(['serve'], env)).code, 78, 'nobody could call it');
    const made = await run(['api-keys', 'create', 'reports', '--access', 'read'], env);
    assert.match(made.stdout, /^pkblink_[\w-]{43}\n$/);
    assert.match(made.stderr, /Nobody can show it again/);
    const { url } = await start(t, ['serve'], env);
    const headers = { authorization: `Bearer ${made.stdout.trim()}` };
    const ask = async (method: string) => (await fetch(`${url}/v1/links/ada`, { method, headers })).status;
    assert.deepEqual([await ask('GET'), await ask('DELETE')], [404, 403]);

    const list = await run(['api-keys', 'list', '--json'], env);
    const [key, ...others] = values(list.stdout);
    assert.deepEqual(others, []);
    assert.ok(!list.stdout.includes(made.stdout.trim()));
    const today = new Date().toISOString().slice(0, 10);
    assert.deepEqual(
      [key?.name, key?.access, key?.last_used_on, key?.revoked_at],
      ['reports', 'read', today, null],
    );
    for (let n = 0; n < 2; n += 1) {
      assert.equal((await run(['api-keys', 'revoke', String(key?.id)], env)).code, 0);
    }
    assert.equal(await ask('GET'), 401);
    assert.match((await run(['api-keys', 'list'], env)).stdout, /read {3}revoked {2}last used .* reports\n$/);
    assert.equal((await run(['api-keys', 'revoke', 'none'], env)).code, 2);
    assert.equal((await run(['api-keys', 'create', 'x'], env)).code, 2);
  });
});
