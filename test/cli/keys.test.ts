import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { refresh } from '../../src/flow/refresh.ts';
import { parseKeyRing, seal } from '../../src/storage/seal.ts';
import { spoolEnding } from '../../src/storage/spool.ts';
import { linked } from '../flow/story.ts';
import { addLink, BIN, type Environment, run, spawned, storedStory, values } from './command-line.ts';

const NEW = `new:${Buffer.alloc(32, 'a new key').toString('base64')}`;
const SECRETS = /access-canary|refresh-canary/;

/** A database whose rows are sealed with `cli`, and the environments of before, during and after a rotation. */
async function sealedStory(t: TestContext, links = 3) {
  const told = await storedStory(t);
  await told.app.store.transaction(async (tx) => {
    for (let n = 1; n <= links; n += 1) await addLink(tx, `account-${n}`);
  });
  const old = told.env.PKB_LINK_ENCRYPTION_KEYS ?? '';
  const withKeys = (keys: string): Environment => ({ ...told.env, PKB_LINK_ENCRYPTION_KEYS: keys });
  const path = (told.env.PKB_LINK_DATABASE_URL ?? '').slice('file:'.length);
  const spooled = `link-1.7${spoolEnding(told.app.store.scope)}`;
  return { ...told, path, spooled, both: withKeys(`${NEW},${old}`), only: withKeys(NEW) };
}

async function keys(env: Environment) {
  const { code, stdout, stderr } = await run(['keys', 'list', '--json'], env);
  assert.equal(code, 0, stderr);
  return values(stdout);
}

async function rotate(env: Environment) {
  const { code, stdout } = await run(['keys', 'rotate', '--json'], env);
  return { code, result: values(stdout)[0] };
}

const DONE = { key: 'new', left: 0, unreadable: 0, spooled: 0, interrupted: false };

describe('keys list', () => {
  it('lists every key, what it is for and how much it seals', async (t) => {
    const { env, both } = await sealedStory(t);
    assert.deepEqual(await run(['keys', 'list'], env), {
      code: 0,
      stdout: 'cli               seals    3 rows\n',
      stderr: '',
    });
    assert.deepEqual(await keys(both), [
      { key: 'new', role: 'seals', rows: 0, spooled: 0 },
      { key: 'cli', role: 'opens', rows: 3, spooled: 0 },
    ]);
  });

  it('lists also those that are missing, which every other command refuses to go without', async (t) => {
    const { only } = await sealedStory(t, 1);
    const listed = await run(['keys', 'list'], only);
    assert.deepEqual(listed, {
      code: 0,
      stdout: 'new               seals    0 rows\ncli               missing  1 row\n',
      stderr:
        'Nothing is served before cli is back in PKB_LINK_ENCRYPTION_KEYS. Gone for good? See pkb-link keys lost --help.\n',
    });
    for (const command of ['serve', 'links', 'keys rotate', 'restore --check']) {
      const { code, stdout, stderr } = await run(command.split(' '), only);
      assert.deepEqual([code, stdout], [78, ''], command);
      assert.match(
        stderr,
        /^pkb-link: PKB_LINK_ENCRYPTION_KEYS: lacks the key "cli", .*\[no-encryption-key\]\n$/,
      );
    }
  });

  it('counts what waits in the spool, and nothing is served before that can be opened', async (t) => {
    const { path, spooled, both, only } = await sealedStory(t, 0);
    const keyRing = parseKeyRing(`gone:${Buffer.alloc(32, 'gone').toString('base64')}`);
    await writeFile(`${path}.spool/${spooled}`, seal(keyRing, `spool:${spooled}`, '{}'));
    const { stdout } = await run(['keys', 'list'], both);
    assert.match(stdout, /^gone {14}missing {2}0 rows, 1 in the spool$/m);
    const { code, stderr } = await run(['links'], only);
    assert.equal(code, 78);
    assert.match(stderr, /lacks the key "gone", with which refreshed tokens in .*\.spool are sealed/);
  });
});

describe('keys rotate', () => {
  it('seals everything with the first key, so that the old one may go and the links live on', async (t) => {
    const told = await sealedStory(t, 0);
    const { appUserId } = await linked(told);
    for (const n of [2, 3]) await addLink(told.app.store, `account-${n}`);
    await told.app.close();

    const first = await run(['keys', 'rotate'], told.both);
    // The link's authorization is over, and with it its secrets.
    assert.deepEqual(first, {
      code: 0,
      stdout: '3 rows are now sealed with new.\n',
      stderr:
        'Sealing anew: 100 % (3 of 3)\nNothing is sealed with cli any more (environment simulator, client story). Backups from before are: keep it for them.\n',
    });
    assert.deepEqual(await rotate(told.both), { code: 0, result: { ...DONE, resealed: 0 } });
    assert.deepEqual(await keys(told.only), [{ key: 'new', role: 'seals', rows: 3, spooled: 0 }]);

    const app = await told.another({ encryptionKeys: NEW });
    const granted = await refresh(app, { appUserId });
    const fresh = await refresh(app, { appUserId, rejected: granted.accessToken });
    assert.notEqual(fresh.accessToken, granted.accessToken);
  });

  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    it(`has lost nothing where ${signal} interrupts it, and goes on when it is run again`, async (t) => {
      const { app, both, only } = await sealedStory(t, 5000);
      const { child, ended } = spawned([BIN, 'keys', 'rotate', '--json'], both);
      await once(child.stderr, 'data');
      child.kill(signal);
      const { code, stdout, stderr } = await ended;
      assert.deepEqual([code, child.signalCode], [null, signal]);
      const [{ rows: left } = {}] = (await keys(both)).filter(({ key }) => key === 'cli');
      assert.ok(typeof left === 'number' && left > 0 && left < 5000, `${left} left`);
      if (signal === 'SIGINT') {
        assert.deepEqual(values(stdout), [{ ...DONE, resealed: 5000 - left, left, interrupted: true }]);
        assert.match(stderr, /Interrupted with \d+ left; nothing is lost\. Run it again to go on\.\n$/);
      }
      assert.deepEqual(await rotate(both), { code: 0, result: { ...DONE, resealed: left } });
      const all = await run(['links', '--json'], only);
      assert.equal(values(all.stdout).length, 5000);
      assert.equal((await app.store.sealedWith()).get('new')?.rows, 5000);
      assert.doesNotMatch(stdout + stderr, SECRETS);
    });
  }

  it('ends with 78 where another process still seals with the old key', async (t) => {
    const { both, path } = await sealedStory(t);
    const database = new DatabaseSync(path);
    // In the place of that process: a row that was done is written again as it was.
    database.exec(`
      create table written as select id, token_set from link order by id limit 1;
      create trigger another_process after update on link when new.id = (select max(id) from link)
      begin
        update link set token_set = (select token_set from written) where id = (select id from written);
      end`);
    database.close();
    const { code, stdout, stderr } = await run(['keys', 'rotate', '--json'], both);
    assert.deepEqual(values(stdout), [{ ...DONE, resealed: 3, left: 1 }]);
    assert.equal(code, 78);
    assert.match(
      stderr,
      /a process still seals with cli: put new first there too, restart it and rotate again/,
    );
  });

  it('names what does not open, does the rest, and ends with 1', async (t) => {
    const { both, path } = await sealedStory(t);
    const database = new DatabaseSync(path);
    database.exec("update link set token_set = 'cli.spoilt.spoilt' where id = (select min(id) from link)");
    database.close();
    const { code, stdout, stderr } = await run(['keys', 'rotate', '--json'], both);
    assert.deepEqual(values(stdout), [{ ...DONE, resealed: 2, unreadable: 1 }]);
    assert.equal(code, 1);
    assert.match(stderr, /^link:[0-9a-f-]{36} does not open with the key that it names\.$/m);
  });
});

describe('keys lost', () => {
  it('gives up what the key sealed, in the spool too, so that the rest is served again', async (t) => {
    const { app, env, path, spooled, only } = await sealedStory(t, 2);
    await addLink(app.store, 'account-3', 'proposed');
    const lost = parseKeyRing(env.PKB_LINK_ENCRYPTION_KEYS ?? '');
    await writeFile(`${path}.spool/${spooled}`, seal(lost, `spool:${spooled}`, '{}'));
    const unsaid = await run(['keys', 'lost', 'cli'], only);
    assert.deepEqual([unsaid.code, unsaid.stdout], [2, '']);
    assert.match(unsaid.stderr, /required option '--grant-again' not specified/);
    const given = await run(['keys', 'lost', 'cli', '--grant-again', '--json'], only);
    assert.deepEqual([given.code, values(given.stdout)], [0, [{ key: 'cli', links: 3, authorizations: 0 }]]);
    const links = values((await run(['links', '--json'], only)).stdout);
    assert.deepEqual(
      links.map(({ state, health, next_action }) => [state, health, next_action]),
      Array(2).fill(['reauthorization_required', 'ended', 'reauthorize']),
    );
  });

  it('refuses a key that is there', async (t) => {
    const { env, app } = await sealedStory(t, 1);
    const { code, stderr } = await run(['keys', 'lost', 'cli', '--grant-again'], env);
    assert.deepEqual(
      [code, stderr],
      [2, 'pkb-link: cli is in PKB_LINK_ENCRYPTION_KEYS: it is not lost [bad-input]\n'],
    );
    assert.equal((await app.store.findLink('account-1'))?.health, 'fresh');
  });
});
