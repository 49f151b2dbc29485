import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import { authorize } from '../../src/flow/authorize.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { APP_USER_ID, BROWSER, linked } from '../flow/story.ts';
import { BIN, type Environment, run, spawned, storedStory, values } from './command-line.ts';

const DAY_MS = 86_400_000;

async function aPerson(t: TestContext) {
  const told = await storedStory(t);
  await linked(told);
  await linked(told, { appUserId: 'account-2', familyName: 'Whitfield' });
  const expected = { birthDate: '1984-03-11', familyName: 'Okafor' };
  await authorize(told.app, { appUserId: APP_USER_ID, browserSession: BROWSER, expected });
  return told;
}

/** A command whose standard input holds `typed`, and then ends. */
function typing(typed: string, args: readonly string[], env: Environment) {
  const { ended } = spawned([BIN, ...args], env, typed);
  return ended;
}

describe('person export', () => {
  it('prints all that is held, with no token in it', async (t) => {
    const { app, env, simulator } = await aPerson(t);
    const grant = await app.store.findGrantOf(APP_USER_ID);
    const { code, stdout } = await run(['person', 'export', APP_USER_ID], env);
    assert.equal(code, 0);
    const exported = JSON.parse(stdout);
    assert.match(stdout, /^ {2}"app_user_id": "account-1",$/m);
    assert.deepEqual(Object.keys(exported), [
      ...['app_user_id', 'exported_at', 'environment', 'client_id', 'links', 'history'],
      ...['pending_authorizations', 'link_sessions', 'webhooks_waiting', 'dead_letters'],
      ...['refreshed_tokens_in_spool', 'audit'],
    ]);
    const [link] = exported.links;
    assert.deepEqual([link.state, link.tokens], ['active', 'held, sealed; not shown']);
    assert.deepEqual(
      exported.history.map(({ type }: { type: string }) => type),
      ['link.proposed', 'link.active'],
    );
    const [finished, asked] = exported.pending_authorizations;
    assert.deepEqual([finished.state, finished.link, asked.state], ['finished', link.link, 'asked']);
    assert.deepEqual(asked.expected, { birth_date: '1984-03-11', family_name: 'Okafor', nhs_number: null });
    assert.deepEqual(
      exported.audit.map(({ act }: { act: string }) => act),
      ['link.proposed', 'link.active', 'person.exported'],
    );
    const { accessToken = '', refreshToken = '' } = grant?.grant?.tokenSet ?? {};
    const other = simulator.people.find(({ familyName }) => familyName === 'Whitfield')?.publicId ?? '';
    for (const secret of [accessToken, refreshToken, 'account-2', other]) {
      assert.ok(secret !== '' && !stdout.includes(secret));
    }
  });

  it('is no failure where nothing is held, and leaves no trace', async (t) => {
    const { app, env } = await aPerson(t);
    const before = await app.store.listAudit({ limit: 99 });
    const { code, stdout } = await run(['person', 'export', 'nobody'], env);
    assert.deepEqual([code, JSON.parse(stdout).links], [0, []]);
    assert.deepEqual(await app.store.listAudit({ limit: 99 }), before);
  });
});

describe('person erase', () => {
  it('asks for the id once more, and erases where it is the same', async (t) => {
    const { app, env } = await aPerson(t);
    const wrong = await typing('account-2\n', ['person', 'erase', APP_USER_ID], env);
    assert.deepEqual([wrong.code, wrong.stdout], [2, '']);
    assert.match(wrong.stderr, /Type the app_user_id again to erase it: .*nothing was erased/s);
    assert.equal((await run(['person', 'erase', APP_USER_ID], env)).code, 2, 'nobody answers');
    assert.ok(await app.store.findLink(APP_USER_ID));

    const right = await typing(`${APP_USER_ID}\n`, ['person', 'erase', APP_USER_ID], env);
    assert.equal(right.code, 0, right.stderr);
    assert.equal(right.stdout, 'Erased: 1 links, 2 events, 2 authorizations, 0 link sessions, 0 spooled.\n');
    assert.match(right.stderr, /erase again after a restore/);
    assert.equal(await app.store.findLink(APP_USER_ID), undefined);
    assert.ok(await app.store.findLink('account-2'));
  });

  it('with --yes does not ask, leaves nothing in the file that another process has open, and may be done again', async (t) => {
    const { app, env } = await aPerson(t);
    const { publicId } = (await app.store.findLink(APP_USER_ID)) ?? {};
    const file = () => {
      const path = (env.PKB_LINK_DATABASE_URL ?? '').slice('file:'.length);
      return readFileSync(path, 'latin1') + readFileSync(`${path}-wal`, 'latin1');
    };
    assert.ok(file().includes(APP_USER_ID) && file().includes(String(publicId)));
    const erase = () => run(['person', 'erase', APP_USER_ID, '--yes', '--json'], env);
    const counts = { links: 1, events: 2, authorizations: 2, link_sessions: 0, spooled: 0, expunged: true };
    assert.deepEqual(values((await erase()).stdout), [counts]);
    assert.ok(!file().includes(APP_USER_ID) && !file().includes(String(publicId)));
    const nothing = { links: 0, events: 0, authorizations: 0 };
    assert.deepEqual(values((await erase()).stdout), [{ ...counts, ...nothing }]);
    const { stdout } = await run(['audit', 'list', '--json'], env);
    assert.equal(values(stdout).filter(({ act }) => act === 'person.erased').length, 1);
    assert.equal((await run(['audit', 'verify'], env)).code, 0);
  });
});

describe('purge', () => {
  it('erases what was unlinked long enough ago and purges the audit trail, by the settings', async (t) => {
    let now = new Date(Date.now() - 400 * DAY_MS);
    const told = await storedStory(t, { app: { now: () => now } });
    await linked(told);
    await unlink(told.app, { appUserId: APP_USER_ID });
    now = new Date();
    await linked(told, { appUserId: 'account-2' });
    const purge = async (settings: Environment) =>
      values((await run(['purge', '--json'], { ...told.env, ...settings })).stdout);
    assert.deepEqual(await purge({ PKB_LINK_UNLINKED_KEPT_DAYS: '401' }), [
      { turn: true, erased: 0, audit_entries: 0 },
    ]);
    assert.deepEqual(await purge({}), [{ turn: true, erased: 1, audit_entries: 0 }]);
    assert.equal(await told.app.store.findLastUnlinked(APP_USER_ID), undefined);
    assert.ok(await told.app.store.findLink('account-2'));
    assert.deepEqual(await purge({ PKB_LINK_AUDIT_KEPT_DAYS: '399' }), [
      { turn: true, erased: 0, audit_entries: 3 },
    ]);
    assert.equal((await run(['audit', 'verify'], told.env)).code, 0);
    const acts = (await told.app.store.listAudit({ limit: 99 })).map(({ actor, act }) => `${actor} ${act}`);
    assert.deepEqual(acts, [
      ...['app link.proposed', 'app link.active', 'service link.erased', 'service audit.purged'],
    ]);
  });

  it('is done by serve by itself', async (t) => {
    const then = new Date(Date.now() - 400 * DAY_MS);
    const told = await storedStory(t, { app: { now: () => then } });
    await linked(told);
    await unlink(told.app, { appUserId: APP_USER_ID });
    const { child, ended } = spawned([BIN, 'serve'], told.env);
    t.after(() => child.kill('SIGKILL'));
    const said = new Promise<string>((resolve) => {
      let text = '';
      child.stderr.on('data', (chunk) => {
        text += chunk;
        if (text.includes('purge.done')) resolve(text);
      });
    });
    assert.match(await Promise.race([said, ended.then(({ stderr }) => stderr)]), /"erased":1/);
    child.kill('SIGTERM');
    assert.equal((await ended).code, 0);
    assert.equal(await told.app.store.findLastUnlinked(APP_USER_ID), undefined);
  });
});
