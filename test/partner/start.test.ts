import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';

async function start(t: TestContext, env: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'ridgeway-start-'));
  const child = spawn(process.execPath, ['--conditions=pkb-link-source', 'apps/partner/start.ts'], {
    env: {
      ...process.env,
      PARTNER_DATA: join(folder, 'data'),
      PORT: '0',
      SIMULATOR_PORT: '0',
      SERVICE_PORT: '0',
      ...env,
    },
  });
  const exit = once(child, 'close') as Promise<[number | null, string | null]>;
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
    await rm(folder, { recursive: true });
  });
  return { child, exit, said };
}

/** Resolves with the address once the app says it. */
async function address({ child, said }: Awaited<ReturnType<typeof start>>): Promise<string> {
  for (;;) {
    const url = /^http:\/\/localhost:\d+$/m.exec(said.stdout)?.[0];
    if (url) return url;
    await once(child.stdout, 'data');
  }
}

describe('start', () => {
  it('says the address of the app last, serves it, and ends cleanly when told to', async (t) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const started = await start(t, {});
      const url = await address(started);
      assert.equal((await fetch(url)).status, 200);
      started.child.kill(signal);
      assert.deepEqual(await started.exit, [0, null]);
      assert.equal(started.said.stdout.trim().split('\n').at(-1), url);
      assert.equal(started.said.stderr, '');
    }
  });

  it('names the setting to change when a port is taken', async (t) => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    t.after(() => other.close());
    const address = other.address();
    assert.ok(address && typeof address === 'object');
    for (const setting of ['PORT', 'SIMULATOR_PORT', 'SERVICE_PORT']) {
      const { exit, said } = await start(t, { [setting]: String(address.port) });
      assert.deepEqual(await exit, [78, null]);
      assert.equal(said.stderr, `${setting} must be another port: ${address.port} is taken\n`);
    }
  });

  it('names the sentence that is wrong in words of its own', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'ridgeway-texts-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'texts.json');
    await writeFile(file, '{"en":{"start":{"time":"Be quick."}}}');
    const { exit, said } = await start(t, { PKB_LINK_TEXTS: file });
    assert.deepEqual(await exit, [78, null]);
    assert.equal(said.stderr, 'texts.en.start.time must keep {time}\n');
  });

  it('makes no encryption key where the records are real', async (t) => {
    const { exit, said } = await start(t, {
      PKB_ENVIRONMENT: 'sandbox',
      PKB_CLIENT_ID: 'ridgeway-health',
      PKB_REDIRECT_URI: 'http://localhost:8080/pkb/callback',
      PKB_LINK_ENCRYPTION_KEYS: '',
    });
    assert.deepEqual(await exit, [78, null]);
    assert.match(said.stderr, /PKB_LINK_ENCRYPTION_KEYS/);
  });
});
