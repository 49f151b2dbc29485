import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startSimulator } from '../src/simulator.ts';
import { API_KEY, start } from './cli/command-line.ts';
import { answers, clientOf, environmentOf, findPlaces, freePort } from './hosted.ts';
import { SECRET } from './webhook/receiver.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

describe('docs/with-curl.md', () => {
  it('links, reads, is told and unlinks as it is printed', async (t) => {
    const places = await findPlaces();
    const simulator = await startSimulator({ clients: [clientOf(places)] });
    t.after(() => simulator.close());
    const receiverPort = String(await freePort());
    const receiverUrl = `http://localhost:${receiverPort}/`;
    const receiver = spawn(process.execPath, ['examples/receive-webhooks.ts'], {
      cwd: root,
      env: { PKB_LINK_WEBHOOK_SECRETS: SECRET, PORT: receiverPort },
    });
    await answers(t, receiver, receiverUrl);
    await start(t, ['serve'], {
      ...environmentOf(places, simulator),
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
        PKB_LINK_URL: places.url,
        PKB_LINK_API_KEY: API_KEY,
        PKB_URL: simulator.url,
        RETURN_URL: `${places.appUrl}/linked`,
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
