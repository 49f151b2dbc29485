import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const cwd = fileURLToPath(new URL('../../deploy/prometheus/', import.meta.url));

/** What comes with Prometheus: too large, and on Debian with a server that starts, to be installed for a test. */
const promtool = (...args: string[]) => spawnSync('promtool', args, { cwd, encoding: 'utf8' });
const skip = promtool('--version').error ? 'promtool is not installed (Debian: prometheus)' : false;

describe('the alert rules', { skip }, () => {
  it('each fire on the trouble they are for, and stay silent through a normal day', () => {
    for (const args of [
      ['check', 'rules', 'alerts.yml'],
      ['test', 'rules', 'alerts.test.yml'],
    ]) {
      const { status, stdout, stderr } = promtool(...args);
      assert.equal(status, 0, stdout + stderr);
    }
  });
});
