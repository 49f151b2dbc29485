import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { linked } from '../flow/story.ts';
import { addLink, BIN, type Environment, folder, run, storedStory, values } from './command-line.ts';

const SECRETS = /access-canary|refresh-canary/;

describe('migrate', () => {
  it('makes the database, for this account of the machine alone, and finds it done the second time', async (t) => {
    const path = join(await folder(t), 'new', 'links.db');
    const env = { PKB_ENVIRONMENT: 'simulator', PKB_LINK_DATABASE_URL: `file:${path}` };
    const first = await run(['migrate'], env);
    assert.deepEqual(first, {
      code: 0,
      stdout: 'The database is up to date (environment simulator, client example-app).\n',
      stderr: '',
    });
    assert.equal((await stat(path)).mode & 0o077, 0);
    const second = await run(['migrate', '--json'], env);
    assert.equal(second.code, 0);
    assert.deepEqual(values(second.stdout), [
      { migrated: true, environment: 'simulator', client_id: 'example-app' },
    ]);
  });
});

describe('links', () => {
  it('prints nothing where there are none, and says beside it where it looked', async (t) => {
    const { env } = await storedStory(t);
    const [all, active] = await Promise.all([
      run(['links', '--json'], env),
      run(['links', '--state', 'active'], env),
    ]);
    const where = '(environment simulator, client story).\n';
    assert.deepEqual(all, { code: 0, stdout: '', stderr: `There are no links ${where}` });
    assert.deepEqual(active, { code: 0, stdout: '', stderr: `There are no active links ${where}` });
  });

  it('lists every link once, however many pages they fill, and only those of a state where asked', async (t) => {
    const { app, env } = await storedStory(t);
    await app.store.transaction(async (tx) => {
      for (let n = 1; n <= 1000; n += 1) await addLink(tx, `account ${n}`, n > 3 ? 'active' : 'proposed');
    });
    const [all, proposed, unlinked] = await Promise.all([
      run(['links', '--json'], env),
      run(['links', '--state', 'proposed'], env),
      run(['links', '--state', 'unlinked', '--json'], env),
    ]);
    assert.equal(all.code, 0);
    assert.equal(all.stderr, '');
    const ids = values(all.stdout).map((link) => link.app_user_id);
    assert.equal(ids.length, 1000);
    assert.equal(new Set(ids).size, 1000);
    assert.doesNotMatch(all.stdout + proposed.stdout, SECRETS);

    const lines = proposed.stdout.trimEnd().split('\n').sort();
    assert.equal(lines.length, 3);
    for (const line of lines) {
      assert.match(line, /^[0-9a-f-]{36} {2}proposed {18}fresh {7}confirm {6}account [123]$/);
    }
    assert.deepEqual([unlinked.code, unlinked.stdout], [0, '']);
  });

  it('stops in peace when its reader has read enough', async (t) => {
    const { app, env } = await storedStory(t);
    await app.store.transaction(async (tx) => {
      for (let n = 1; n <= 1200; n += 1) await addLink(tx, `account-${n}`);
    });
    for (const args of ['links --json', 'links', '--help']) {
      const { stdout, stderr } = await shell(
        `{ "$NODE" "$BIN" ${args}; echo "exit $?" >&2; } | head -n 1`,
        env,
      );
      assert.equal(stdout.split('\n').length, 2, args);
      assert.equal(stderr, 'exit 0\n', args);
    }
  });

  it('says so when what it printed could not be written', {
    skip: !existsSync('/dev/full') && 'this machine has no /dev/full',
  }, async (t) => {
    const { app, env } = await storedStory(t);
    await addLink(app.store, 'account-1');
    for (const args of ['links', 'migrate --json', '--version']) {
      const { stderr } = await shell(`"$NODE" "$BIN" ${args} > /dev/full; echo "exit $?" >&2`, env);
      assert.equal(stderr, 'pkb-link: the output could not be written (ENOSPC).\nexit 1\n', args);
    }
  });
});

describe('link', () => {
  it("shows an account's link and its history, and no token", async (t) => {
    const told = await storedStory(t);
    const active = await linked(told);
    const { accessToken } = await refresh(told.app, { appUserId: active.appUserId });
    const [text, machine] = await Promise.all([
      run(['link', active.appUserId], told.env),
      run(['link', active.appUserId, '--json'], told.env),
    ]);
    assert.deepEqual([text.code, text.stderr, machine.code, machine.stderr], [0, '', 0, '']);
    assert.match(text.stdout, /^app_user_id {13}account-1$/m);
    assert.match(text.stdout, /^state {19}active$/m);
    assert.match(text.stdout, /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}link\.active$/m);
    const [{ pkb_public_id, events } = {}, ...more] = values(machine.stdout);
    assert.deepEqual(more, []);
    assert.equal(pkb_public_id, active.publicId);
    assert.deepEqual(
      (events as { type: string }[]).map(({ type }) => type),
      ['link.proposed', 'link.active'],
    );
    assert.ok(!text.stdout.includes(accessToken) && !machine.stdout.includes(accessToken));
  });

  it('shows what is stored: a proposal nobody confirmed in time, an account that is unlinked', async (t) => {
    const { app, env } = await storedStory(t);
    await addLink(app.store, 'lapsed', 'proposed');
    await addLink(app.store, 'left');
    assert.equal((await run(['unlink', 'left'], env)).code, 0);
    const [lapsed, left] = await Promise.all([
      run(['link', 'lapsed', '--json'], env),
      run(['link', 'left', '--json'], env),
    ]);
    const [{ state, proposal_expires_at } = {}] = values(lapsed.stdout);
    assert.deepEqual([state, proposal_expires_at], ['proposed', '2026-11-24T11:00:00.000Z']);
    const [{ state: after, reason, health } = {}] = values(left.stdout);
    assert.deepEqual([after, reason, health], ['unlinked', 'operator', 'ended']);
  });

  it('finds ids of any letters and of the longest length, and answers those that no account can have with 2', async (t) => {
    const { app, env } = await storedStory(t);
    const odd = ['Zoë 患者 👩‍⚕️', 'a/b?c=%2F&d#e', '--json', 'x'.repeat(255)];
    for (const id of odd) await addLink(app.store, id);
    const found = await Promise.all(odd.map((id) => run(['link', '--json', '--', id], env)));
    assert.deepEqual(
      found.map(({ code, stdout }) => [code, values(stdout)[0]?.app_user_id]),
      odd.map((id) => [0, id]),
    );
    const impossible = ['x'.repeat(256), 'a\tb', 'a\u2028b', ' a', ''];
    const refused = await Promise.all(impossible.map((id) => run(['link', '--', id], env)));
    for (const { code, stdout, stderr } of refused) {
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^pkb-link: app_user_id [^\n]+ \[bad-input\]\n$/);
    }
  });
});

describe('link, for an account without one', () => {
  it('ends with 2', async (t) => {
    const { env } = await storedStory(t);
    assert.deepEqual(await run(['link', 'nobody', '--json'], env), {
      code: 2,
      stdout: '',
      stderr: 'pkb-link: this account has no link [unknown-link]\n',
    });
  });
});

describe('unlink', () => {
  it('destroys the tokens, says that PKB was not told, and again is a success', async (t) => {
    const { app, env } = await storedStory(t);
    await addLink(app.store, 'account-1');
    const first = await run(['unlink', 'account-1'], env);
    assert.equal(first.code, 0);
    assert.equal(first.stdout, 'account-1 is unlinked; its tokens are destroyed.\n');
    assert.match(first.stderr, /^PKB was not told: [^\n]+\n$/);
    assert.equal((await account(app, { appUserId: 'account-1' })).link, undefined);

    const second = await run(['unlink', 'account-1', '--json'], env);
    assert.equal(second.code, 0);
    const [link, ...more] = values(second.stdout);
    assert.deepEqual(more, []);
    assert.deepEqual([link?.state, link?.reason, link?.next_action], ['unlinked', 'operator', 'none']);
    const left = await app.store.findLastUnlinked('account-1');
    assert.deepEqual(
      (await app.store.listEvents(left?.id ?? '')).map(({ type }) => type),
      ['link.unlinked'],
    );
  });

  it('forgets a proposal too', async (t) => {
    const { app, env } = await storedStory(t);
    await addLink(app.store, 'account-1', 'proposed');
    assert.equal((await run(['unlink', 'account-1'], env)).code, 0);
    assert.equal(await app.store.findLink('account-1'), undefined);
  });

  it('answers an account that never had a link, and an id that none can have, with 2', async (t) => {
    const { env } = await storedStory(t);
    const [unknown, impossible] = await Promise.all([
      run(['unlink', 'nobody'], env),
      run(['unlink', 'a\u0007b'], env),
    ]);
    assert.deepEqual(unknown, {
      code: 2,
      stdout: '',
      stderr: 'pkb-link: this account never had a link [unknown-link]\n',
    });
    assert.equal(impossible.code, 2);
    assert.match(impossible.stderr, /\[bad-input\]\n$/);
  });
});

async function shell(script: string, env: Environment) {
  const child = spawn('sh', ['-c', script], { env: { ...process.env, ...env, NODE: process.execPath, BIN } });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  await once(child, 'close');
  return said;
}
