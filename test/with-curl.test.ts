import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { answers, freePort } from './hosted.ts';
import { SECRET } from './webhook/receiver.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

describe('docs/with-curl.md', () => {
  it('links, reads, is told and unlinks as it is printed', async (t) => {
    const data = mkdtempSync(join(tmpdir(), 'with-curl-data-'));
    t.after(() => rmSync(data, { recursive: true }));
    const receiverPort = String(await freePort());
    const receiverUrl = `http://localhost:${receiverPort}/`;
    const receiver = spawn(process.execPath, ['examples/receive-webhooks.ts'], {
      cwd: root,
      env: { PKB_LINK_WEBHOOK_SECRETS: SECRET, PORT: receiverPort },
    });
    await answers(t, receiver, receiverUrl);
    const places = await npmStart(t, {
      PARTNER_DATA: data,
      PKB_LINK_WEBHOOK_URL: receiverUrl,
      PKB_LINK_WEBHOOK_PRIVATE: 'yes',
      PKB_LINK_WEBHOOK_SECRETS: SECRET,
    });

    const cwd = mkdtempSync(join(tmpdir(), 'with-curl-'));
    t.after(() => rmSync(cwd, { recursive: true }));
    const page = readFileSync(`${root}docs/with-curl.md`, 'utf8');
    const blocks = [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block]) => block);
    const { stdout } = await promisify(execFile)('bash', ['-euc', blocks.join('echo\n')], {
      cwd,
      env: {
        PATH: process.env.PATH,
        PKB_LINK_URL: places.service,
        PKB_LINK_API_KEY: readFileSync(join(data, 'api.key'), 'utf8'),
        PKB_URL: places.simulator,
        RETURN_URL: 'http://localhost:3000/linked',
      },
    });
    const said =
      stdout
        .match(/^.*\S.*$/gm)
        ?.join('')
        .replaceAll('}{', '}\n{')
        .split('\n') ?? [];
    const [link, bundle, ...ended] = said.map((one) => JSON.parse(one));
    assert.equal(link.state, 'active');
    assert.equal(bundle.resourceType, 'Bundle');
    assert.ok(bundle.entry.length > 0);
    assert.equal(bundle.entry[0].resource.resourceType, 'Observation');
    assert.equal(ended.at(-1).code, 'unknown-link');

    const told: string[] = [];
    for await (const line of createInterface({ input: receiver.stdout })) {
      const [type = ''] = line.split(' ');
      if (type.startsWith('link.')) told.push(type);
      if (type === 'link.unlinked') break;
    }
    assert.deepEqual(told, ['link.proposed', 'link.active', 'link.unlinked']);
  });
});

/** Where `npm start` has put what it starts. */
async function npmStart(t: TestContext, env: Readonly<Record<string, string>>) {
  const child = spawn('npm', ['start'], {
    cwd: root,
    // A group of its own: npm does not hand on the end of a test.
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', SIMULATOR_PORT: '0', SERVICE_PORT: '0', ...env },
  });
  const closed = once(child, 'close');
  t.after(async () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
    await closed;
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    said.push(line);
    if (/^http:/.test(line)) break;
  }
  const at = (place: RegExp) =>
    new URL(said.map((line) => place.exec(line)?.[1]).find((url) => url !== undefined) ?? '').origin;
  return { simulator: at(/simulator of PKB is at (\S+)/), service: at(/HTTP API.* is at (\S+)/) };
}
