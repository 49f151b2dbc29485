import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import { unlink } from '../../src/flow/unlink.ts';
import { sha256 } from '../../src/sha256.ts';
import { linked } from '../flow/story.ts';
import { run, storedStory, values } from './command-line.ts';

const ME = `command-line:${userInfo().username}`;

/** A link made by the partner's own code, and unlinked on the command line: three entries. */
async function audited(t: TestContext) {
  const told = await storedStory(t);
  const link = await linked(told);
  const { code } = await run(['unlink', 'account-1'], told.env);
  assert.equal(code, 0);
  const audit = async (...words: readonly string[]) => run(['audit', ...words], told.env);
  const path = (told.env.PKB_LINK_DATABASE_URL ?? '').slice('file:'.length);
  /** As somebody who owns the database, and has taken its guards away. */
  const tamper = (statement: string) => {
    const database = new DatabaseSync(path);
    database.exec(`drop trigger if exists audit_entry_stays; drop trigger if exists audit_entry_lasts;
      ${statement}`);
    database.close();
  };
  return { ...told, link, audit, tamper };
}

describe('audit list', () => {
  it('says who did what to which link, one a line', async (t) => {
    const { audit, link } = await audited(t);
    const { code, stdout } = await audit('list');
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines.length, 3);
    const about = (actor: string, act: string, reason = '') =>
      new RegExp(`^ +\\d  \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z  ${actor}  ${act}  ${link.id}${reason}$`);
    assert.match(lines[0] ?? '', about('app', 'link.proposed'));
    assert.match(lines[1] ?? '', about('app', 'link.active'));
    assert.match(lines[2] ?? '', about(ME, 'link.unlinked', '  operator'));
  });

  it('with --json gives each entry all that its hash is made of', async (t) => {
    const { audit, app } = await audited(t);
    const { environment, clientId } = app.store.scope;
    let previous = '';
    const entries = values((await audit('list', '--json')).stdout);
    for (const { position, at, actor, act, link, reference, reason, count, hash } of entries) {
      const made = [
        previous,
        environment,
        clientId,
        position,
        at,
        actor,
        act,
        link,
        reference,
        reason,
        count,
      ];
      assert.equal(hash, sha256(JSON.stringify(made)));
      previous = String(hash);
    }
    assert.equal(entries.length, 3);
  });

  it('lists by link, by account and after a position', async (t) => {
    const { audit, link } = await audited(t);
    const positions = async (...words: readonly string[]) =>
      values((await audit('list', '--json', ...words)).stdout).map(({ position }) => position);
    assert.deepEqual(await positions('--link', link.id), [1, 2, 3]);
    assert.deepEqual(await positions('--account', 'account-1', '--after', '2'), [3]);
    assert.deepEqual(await positions('--account', 'account-2'), []);
    const { code, stderr } = await audit('list', '--after', 'x');
    assert.equal(code, 2);
    assert.match(stderr, /position of an entry/);
  });
});

describe('audit verify', () => {
  it('says that the trail is whole, and its head to keep', async (t) => {
    const { audit, app } = await audited(t);
    const { code, stdout, stderr } = await audit('verify');
    assert.equal(code, 0);
    const { position, hash } = (await app.store.auditChain()).head;
    assert.match(stdout, new RegExp(`^3 entries, whole. The head is 3:${hash}$`, 'm'));
    assert.match(stderr, /Verifying: 100 %/);
    assert.match(stderr, /Keep the head where nobody who can write to the database can/);
    assert.deepEqual(values((await audit('verify', '--json', '--head', `3:${hash}`)).stdout), [
      { whole: true, entries: 3, begins_after: 0, head: `${position}:${hash}`, breach: null },
    ]);
  });

  it('ends with 1 and names the first entry that is not as it was', async (t) => {
    const { audit, tamper } = await audited(t);
    tamper(`update audit_entry set actor = 'patient' where position = 3`);
    const changed = await audit('verify');
    assert.deepEqual([changed.code, changed.stdout], [1, '']);
    assert.match(changed.stderr, /the entry 3 of the audit trail has been changed \[audit-trail-broken\]/);
    tamper('delete from audit_entry where position = 2');
    const missing = await audit('verify', '--json');
    assert.equal(missing.code, 1);
    assert.deepEqual(values(missing.stdout)[0]?.breach, { kind: 'missing', position: 2 });
    tamper('delete from audit_entry');
    assert.match((await audit('verify')).stderr, /ends before the entry 1, which there was/);
  });

  it('ends with 1 where the head that was kept is of another history, and with 2 where it is no head', async (t) => {
    const { audit } = await audited(t);
    const other = await audit('verify', '--head', `2:${'0'.repeat(64)}`);
    assert.equal(other.code, 1);
    assert.match(other.stderr, /the entry 2 .* is not the one whose head was kept/);
    assert.match((await audit('verify', '--head', `9:${'0'.repeat(64)}`)).stderr, /ends before the entry 4/);
    assert.equal((await audit('verify', '--head', 'nonsense')).code, 2);
  });
});

describe('the audit trail', () => {
  it('has what an operator does on the command line, and by whom, also where somebody became another', async (t) => {
    const { env, app } = await audited(t);
    const key = values(
      (await run(['api-keys', 'create', 'reports', '--access', 'read', '--json'], env)).stdout,
    )[0];
    await run(['api-keys', 'revoke', String(key?.id)], env);
    await run(['keys', 'rotate'], { ...env, SUDO_USER: 'ann' });
    await run(['restore', '--check'], env);
    await run(['person', 'export', 'account-1'], env);
    const entries = await app.store.listAudit({ after: 3, limit: 99 });
    assert.deepEqual(
      entries.map(({ actor, act, reference }) => [actor, act, reference]),
      [
        [ME, 'api_key.created', key?.id],
        [ME, 'api_key.revoked', key?.id],
        [`command-line:ann as ${userInfo().username}`, 'keys.rotated', 'cli'],
        [ME, 'restore.checked', undefined],
        [ME, 'person.exported', undefined],
      ],
    );
  });

  it('tells the partner’s own code from the command line', async (t) => {
    const told = await audited(t);
    await linked(told);
    await unlink(told.app, { appUserId: 'account-1' });
    const entries = await told.app.store.listAudit({ limit: 99 });
    assert.deepEqual(
      entries.filter(({ act }) => act === 'link.unlinked').map(({ actor, reason }) => [actor, reason]),
      [
        [ME, 'operator'],
        ['app', 'asked'],
      ],
    );
  });
});
