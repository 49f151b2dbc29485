/** docs/incidents.md: its commands as they are printed, each page's in the trouble that it is about. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { refresh } from '../../src/flow/refresh.ts';
import { BIN, type Environment, folder, run, storedStory, values } from '../cli/command-line.ts';
import { APP_USER_ID, linked } from '../flow/story.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/incidents.md', import.meta.url)), 'utf8');

/** The `sh` blocks below a heading. */
function blocksOf(heading: string): string[] {
  const from = page.indexOf(`\n## ${heading}\n`);
  assert.ok(from >= 0, `there is no page ${heading}`);
  const to = page.indexOf('\n## ', from + 1);
  return [...page.slice(from, to < 0 ? undefined : to).matchAll(/```sh\n(.*?)```/gs)].map(
    ([, block = '']) => block,
  );
}

/** A link, and a shell that has the command as the operator has it. @returns runs a block, to the exit code of its last command */
async function scene(t: TestContext) {
  const told = await storedStory(t);
  const link = await linked(told);
  const home = await folder(t);
  writeFileSync(join(home, 'pkb-link'), `#!/bin/sh\nexec "${process.execPath}" "${BIN}" "$@"\n`);
  chmodSync(join(home, 'pkb-link'), 0o755);

  async function shell(block: string | undefined, more: Environment = {}) {
    const child = spawn('bash', ['-uc', block ?? ''], {
      cwd: home,
      env: { ...told.env, ...more, PATH: [home, process.env.PATH].join(delimiter) },
    });
    const [stdout, stderr] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, 'close'),
    ]);
    return { code: child.exitCode, stdout, stderr };
  }
  return { ...told, link, shell };
}

describe('docs/incidents.md', () => {
  it('has a page for each of them, and each says what it must', () => {
    const titles = [
      'PKB is down',
      'Wrong client secret',
      'Database lost',
      'A key leaked',
      'Wrong person linked',
    ];
    assert.deepEqual(
      [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title),
      titles,
    );
    for (const title of titles) {
      const from = page.indexOf(`## ${title}\n`);
      const said = page.slice(from, page.indexOf('\n## ', from) + 1 || undefined);
      assert.match(said, /\*\*Patients see\*\*/, title);
      assert.match(said, /\*\*Afterwards\.\*\*/, title);
    }
  });

  it('PKB is down: doctor says so, and afterwards nothing is in doubt', async (t) => {
    const { simulator, shell } = await scene(t);
    const [first, afterwards, ...more] = blocksOf('PKB is down');
    assert.deepEqual(more, []);
    await simulator.close();
    const { code, stdout } = await shell(first);
    assert.equal(code, 78);
    assert.match(stdout, /^fail +token endpoint.*could not be reached/m);
    assert.deepEqual((await shell(afterwards)).stdout, '');
  });

  it('wrong client secret: doctor names it, and no link has ended', async (t) => {
    const { simulator, shell, env } = await scene(t);
    simulator.toggles.clientAuth = 'post';
    const [first, afterwards, ...more] = blocksOf('Wrong client secret');
    assert.deepEqual(more, []);
    const wrong = { PKB_CLIENT_AUTH: 'post', PKB_CLIENT_SECRET: 'wrong' };
    const { code, stdout } = await shell(first, wrong);
    assert.equal(code, 78, stdout);
    assert.match(stdout, /^fail +token endpoint.*client/m);
    const ended = await shell(afterwards, wrong);
    assert.deepEqual([ended.code, ended.stdout], [0, '']);
    assert.equal(values((await run(['links', '--json'], env)).stdout)[0]?.state, 'active');
  });

  it('database lost: what may be spent is in doubt, and who was unlinked since is unlinked again', async (t) => {
    const { shell, app, env, advance } = await scene(t);
    const copy = join(await folder(t), 'copy.db');
    assert.equal((await run(['backup', copy], env)).code, 0);
    advance(60);
    await app.store.changeLink((await app.store.findLink(APP_USER_ID))?.id ?? '', 2, { state: 'unlinked' });
    const restored = { PKB_LINK_DATABASE_URL: `file:${copy}`, ACCOUNT: APP_USER_ID };
    const [check, again, ...more] = blocksOf('Database lost');
    assert.deepEqual(more, []);
    const checked = await shell(check, restored);
    assert.equal(checked.code, 0, checked.stderr);
    assert.match(checked.stdout, /^\d of 1 refreshable links may have been refreshed/m);
    const unlinked = await shell(again, restored);
    assert.equal(unlinked.code, 0, unlinked.stderr);
    assert.match(unlinked.stdout, /^\{.*"state":"active"/m);
    const now = values((await run(['link', APP_USER_ID, '--json'], { ...env, ...restored })).stdout);
    assert.equal(now[0]?.state, 'unlinked');
  });

  it('a key leaked: another one takes its place, and the old one opens and seals nothing', async (t) => {
    const { shell, env, app, simulator } = await scene(t);
    const [apiKeys, rotate, keep, ...more] = blocksOf('A key leaked');
    assert.deepEqual(more, []);
    const made = await run(['api-keys', 'create', 'leaked', '--access', 'write', '--json'], env);
    const [key] = values(made.stdout);
    const revoked = await shell(apiKeys, { KEY: String(key?.id) });
    assert.equal(revoked.code, 0, revoked.stderr);
    const keys = values((await run(['api-keys', 'list', '--json'], env)).stdout);
    assert.deepEqual(
      keys.map(({ name, revoked_at }) => [name, revoked_at !== null]),
      [
        ['leaked', true],
        ['reporting job', false],
      ],
    );

    const both = `new:${Buffer.alloc(32, 'new').toString('base64')},${env.PKB_LINK_ENCRYPTION_KEYS}`;
    const rotated = await shell(rotate, { PKB_LINK_ENCRYPTION_KEYS: both });
    assert.equal(rotated.code, 0, rotated.stderr);
    assert.match(rotated.stdout, /^cli +opens +0 rows$/m);

    const refreshes = () => simulator.received('token').length;
    const before = refreshes();
    const kept = await shell(keep, { PKB_LINK_ENCRYPTION_KEYS: both });
    assert.equal(kept.code, 0, kept.stderr);
    assert.equal(refreshes(), before, 'what has just been granted is not unused');
    assert.equal((await app.store.findLink(APP_USER_ID))?.state, 'active');
  });

  it('wrong person linked: unlinked at once, in every process, and its history says how it came about', async (t) => {
    const { shell, app } = await scene(t);
    const [end, look, ...more] = blocksOf('Wrong person linked');
    assert.deepEqual(more, []);
    const who = { ACCOUNT: APP_USER_ID };
    await refresh(app, { appUserId: APP_USER_ID });
    const ended = await shell(end, who);
    assert.equal(ended.code, 0, ended.stderr);
    await assert.rejects(refresh(app, { appUserId: APP_USER_ID }), { code: 'unknown-link' });
    const { stdout } = await shell(look, who);
    for (const type of ['link.proposed', 'link.active', 'link.unlinked'])
      assert.ok(stdout.includes(type), stdout);
  });
});
