import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openBrowser } from '../apps/partner/browser.ts';
import { startSimulator } from '../src/simulator.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves once the example answers. */
async function answers(t: TestContext, example: ChildProcess, url: string): Promise<void> {
  let error = '';
  example.stderr?.on('data', (text) => {
    error += text;
  });
  t.after(() => example.kill());
  for (;;) {
    assert.equal(example.exitCode, null, error);
    try {
      await fetch(url, { redirect: 'manual' });
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe('the example that the README shows', () => {
  it('is the file that runs here, to the letter', () => {
    const readme = readFileSync(`${root}README.md`, 'utf8');
    const [, file = '', code] = /<!-- example: (\S+) -->\n```ts\n(.*?)```/s.exec(readme) ?? [];
    assert.equal(code, readFileSync(`${root}${file}`, 'utf8'));
  });

  it('is short', () => {
    const lines = readFileSync(`${root}examples/embed.ts`, 'utf8')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('//'));
    assert.ok(lines.length <= 20, `${lines.length} lines`);
  });

  it('links a patient and greets them by name', async (t) => {
    const port = await freePort();
    const url = `http://localhost:${port}`;
    const redirectUri = `${url}/pkb/callback`;
    const simulator = await startSimulator({
      clients: [
        { clientId: 'example-app', owner: 'My company', product: 'My app', redirectUris: [redirectUri] },
      ],
    });
    t.after(() => simulator.close());
    const example = spawn(process.execPath, ['--conditions=pkb-link-source', 'examples/embed.ts'], {
      cwd: root,
      env: {
        ...process.env,
        PKB_ENVIRONMENT: 'simulator',
        PKB_SIMULATOR_URL: simulator.url,
        PKB_REDIRECT_URI: redirectUri,
        PKB_LINK_DATABASE_URL: 'file::memory:',
        PORT: String(port),
      },
    });
    await answers(t, example, url);

    const browser = openBrowser();
    const start = await browser.open(`${url}/pkb`);
    const logIn = await browser.press(start, 'Continue to Patients Know Best');
    const question = await browser.press(logIn, 'Log in as Ms Amara Chidinma Okafor');
    const confirm = await browser.press(question, 'Approve');
    const connected = await browser.press(confirm, 'Yes, this is my record');
    assert.equal(connected.url.pathname, '/pkb/connected');
    assert.equal((await browser.open(`${url}/hello`)).html, 'Hello Amara Chidinma Okafor');
  });
});

describe('the documentation', () => {
  it('names every setting that is read, and no other', () => {
    const settings = readFileSync(`${root}docs/settings.md`, 'utf8');
    const read = new Set(
      [...readFileSync(`${root}src/config.ts`, 'utf8').matchAll(/'(PKB_[A-Z_]+|PORT)'/g)].map(
        ([, name]) => name,
      ),
    );
    const described = new Set([...settings.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name));
    const named = new Set([...settings.matchAll(/`(PKB_[A-Z_]+|PORT)`/g)].map(([, name]) => name));
    assert.deepEqual(
      [...read].filter((name) => !named.has(name)),
      [],
    );
    assert.deepEqual(
      [...described].filter((name) => !read.has(name)),
      [],
    );
  });

  it('has no link to a file that is not there', () => {
    for (const file of [
      'README.md',
      'CONTRIBUTING.md',
      'SECURITY.md',
      'CHANGELOG.md',
      'docs/partner-developers.md',
      'docs/calling-the-api.md',
      'docs/events.md',
      'docs/operating.md',
      'docs/settings.md',
      'docs/testing-with-the-simulator.md',
      'docs/what-pkb-does-not-document.md',
    ]) {
      const text = readFileSync(`${root}${file}`, 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)) {
        const url = new URL(target, new URL(file, new URL('../', import.meta.url)));
        assert.ok(existsSync(url), `${file} -> ${target}`);
      }
    }
  });
});
