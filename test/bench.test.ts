import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const BENCH = fileURLToPath(new URL('../bench/bench.ts', import.meta.url));
const installed = existsSync(new URL('../bench/node_modules/better-auth', import.meta.url));
const REMEDY = 'The other clients are not installed: npm ci --prefix bench';

describe('npm run bench', { skip: !installed && process.env.CI !== 'true' ? REMEDY : false }, () => {
  it('measures every part in its short form', { timeout: 400_000 }, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=pkb-link-source',
      BENCH,
      '--quick',
    ]);
    const titles = stdout.split('\n').filter((line) => /^[A-Z]/.test(line));
    assert.deepEqual(titles, [
      'Fresh token in the library',
      'Fresh token over HTTP',
      'Fresh token beside the other clients',
      'Link flow',
      'Fsyncs of one link flow',
      'Storm',
      'Pass-through',
      'Growth: every verb',
      'Growth: disk, memory, start and the operator’s work',
      'Weight',
    ]);
    // What holds at any speed.
    const storm = stdout.split('\n').filter((line) => /^ {2}pkb-link .* 25 /.test(line));
    assert.ok(storm.length > 0);
    for (const line of storm) assert.match(line, / 1\.0 +0 +1 of 1 /);
    assert.match(stdout, /pkb-link, in full +6\n/);
  });

  it('names the parts where it is asked for one that is not there', async () => {
    const asked = promisify(execFile)(process.execPath, ['--conditions=pkb-link-source', BENCH, 'speed']);
    await assert.rejects(asked, { code: 2, stderr: /fresh-token, link-flow, storm/ });
  });
});
