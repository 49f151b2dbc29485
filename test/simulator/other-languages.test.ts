import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const AMARA = '7c0369c8-325a-4480-934f-88d230e770d0';

/** Without the language there is nothing to run. */
function without(command: string): string | false {
  const found = spawnSync(command, ['--version'], { stdio: 'ignore' });
  return found.status === 0 ? false : `there is no ${command} on this machine`;
}

async function run(command: string, file: string): Promise<readonly string[]> {
  const child = spawn(command, [`examples/${file}`], {
    cwd: ROOT,
    env: { ...process.env, PKB_SIMULATE: `${process.execPath} ${ROOT}bin/pkb-link.js simulate` },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  assert.equal(code, 0, said);
  return said.trimEnd().split(/\r?\n/);
}

describe('the simulator from another language', () => {
  it('is driven by examples/simulator.py', { skip: without('python3') }, async () => {
    assert.deepEqual(await run('python3', 'simulator.py'), [
      `this token is for Patient/${AMARA}`,
      'a refresh while PKB is busy: 503',
      'half an hour later: 401 ACC_TOKEN_EXPIRED',
      'refreshed: 200',
      'frozen: 403 ACCESS_FROZEN_OUTWARD',
      'after a refresh token was used twice: 401 API_SESSION_INVALID',
      'requests to the token endpoint: 3',
    ]);
  });

  it('is driven by examples/Simulator.java', { skip: without('java') }, async () => {
    assert.deepEqual(await run('java', 'Simulator.java'), [
      `this token is for Patient/${AMARA}`,
      'while PKB is busy: 503',
      'half an hour later: Access token expired',
    ]);
  });
});
