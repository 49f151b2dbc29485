import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';

/** A namespace of our own to mount in: as root, or as somebody who may be root in it. Nothing of it is seen outside. */
const namespace = [['--mount'], ['--mount', '--map-root-user']].find(
  (flags) => spawnSync('unshare', [...flags, 'mount', '-t', 'tmpfs', 'none', tmpdir()]).status === 0,
);
const skip = namespace ? false : 'nobody may mount a disk here';

describe('a full disk', { skip }, () => {
  it('loses no link and says what could not be done, under the database, under the spool, under both', async (t) => {
    const disk = mkdtempSync(join(tmpdir(), 'pkb-link-disk-'));
    t.after(() => rmdirSync(disk));
    const mounted = `mount -t tmpfs -o size=16m none "$FULL_DISK" && exec "$0" "$@"`;
    const node = [process.execPath, '--conditions=pkb-link-source', '--test', '--test-reporter=tap'];
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) =>
      execFile(
        'unshare',
        [
          ...(namespace ?? []),
          'sh',
          '-c',
          mounted,
          ...node,
          new URL('full-disk.ts', import.meta.url).pathname,
        ],
        { env: { ...env, FULL_DISK: disk } },
        (error, output) => resolve({ code: error?.code ?? 0, output }),
      ),
    );
    for (const [, line = ''] of output.matchAll(/# (\{.*\})/g)) t.diagnostic(line);
    assert.equal(code, 0, output);
    assert.match(output, /^# pass 3$/m);
  });
});
