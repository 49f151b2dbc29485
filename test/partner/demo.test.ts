import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

let parent: string;
before(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ridgeway-demo-'));
});
after(() => rm(parent, { recursive: true }));

async function demo(folder: string) {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ['--conditions=pkb-link-source', 'apps/partner/demo.ts'],
    { env: { ...process.env, PARTNER_DATA: folder } },
  );
  return { found: JSON.parse(stdout.trim().split('\n').at(-1) ?? ''), stderr };
}

describe('demo', () => {
  it('links an account to a record, and finds that link when it is run again', async () => {
    const folder = join(parent, 'data');
    const first = await demo(folder);
    assert.deepEqual(Object.keys(first.found).sort(), [
      'app_user_id',
      'environment',
      'family_name',
      'given_name',
      'pkb_public_id',
    ]);
    assert.match(first.found.pkb_public_id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(first.found.environment, 'simulator');
    assert.equal(first.found.family_name, 'Okafor');
    assert.match(first.stderr, /Registered demo@example\.com.*approves/s);

    const second = await demo(folder);
    assert.deepEqual(second.found, first.found);
    assert.match(second.stderr, /not asked for a grant again/);
    assert.doesNotMatch(second.stderr, /approves/);
  });

  it('says that the patient must act when PKB has forgotten the grant, and gets a new one the next time', async () => {
    const folder = join(parent, 'forgotten');
    const first = await demo(folder);
    await rm(join(folder, 'simulator.json'));
    await assert.rejects(demo(folder), (error: { code: number; stdout: string; stderr: string }) => {
      assert.equal(error.code, 3);
      assert.equal(error.stdout, '');
      assert.match(error.stderr, /^The demo stopped: .+$/m);
      return true;
    });
    const again = await demo(folder);
    assert.match(again.stderr, /approves/);
    assert.deepEqual(again.found, first.found);
  });

  it('keeps what it writes to this account of the machine', async () => {
    const folder = join(parent, 'modes');
    await demo(folder);
    assert.equal((await stat(folder)).mode & 0o077, 0);
    for (const name of await readdir(folder)) {
      assert.equal((await stat(join(folder, name))).mode & 0o077, 0, name);
    }
  });
});
