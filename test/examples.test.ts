import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openBrowser } from '../apps/partner/browser.ts';
import { startSimulator } from '../src/simulator.ts';
import { answers, freePort, startHosted } from './hosted.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

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

describe('the walk-through of hosted linking', () => {
  it('links a patient as it is printed', async (t) => {
    const hosted = await startHosted(t);
    const app = createServer((_request, response) => response.end('Back in the app'));
    app.listen(Number(new URL(hosted.appUrl).port), 'localhost');
    t.after(() => app.close());
    const env: Record<string, string> = {
      PKB_LINK_URL: hosted.url,
      PKB_LINK_API_KEY: hosted.apiKey,
      RETURN_URL: `${hosted.appUrl}/linked`,
    };
    const text = readFileSync(`${root}docs/hosted-linking.md`, 'utf8');
    const printed = [...text.matchAll(/```sh\n(curl .*?)```(?:\n\n```json\n(.*?)\n```)?/gs)];
    const [make, complete, read, link] = printed.map(([, command = '', answer]) => ({ command, answer }));
    assert.ok(make && complete && read && link && printed.length === 4);

    const made = await runs(make, env);
    const browser = openBrowser();
    const start = await browser.open(String(made.url));
    const logIn = await browser.press(start, 'Continue to Patients Know Best');
    const question = await browser.press(logIn, 'Log in as Ms Amara Chidinma Okafor');
    const back = await browser.press(question, 'Approve');
    assert.equal(back.html, 'Back in the app');
    env.SESSION = back.url.searchParams.get('session') ?? '';
    env.COMPLETION = back.url.searchParams.get('completion') ?? '';
    assert.equal(env.SESSION, made.id);

    const completed = await runs(complete, env);
    const confirm = await browser.open(String(completed.next_url));
    await browser.press(confirm, 'Yes, this is my record');
    assert.equal((await runs(read, env)).state, 'completed');
    assert.equal((await runs(link, env)).state, 'active');
  });
});

/** Runs a block as it is printed, and holds its answer against the one beside it. */
async function runs(
  block: { readonly command: string; readonly answer: string | undefined },
  env: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)('bash', ['-euc', block.command], {
    env: { PATH: process.env.PATH, ...env },
  });
  const answer = JSON.parse(stdout) as Record<string, unknown>;
  if (block.answer !== undefined) {
    assert.deepEqual(Object.keys(answer), Object.keys(JSON.parse(block.answer)), stdout);
  }
  return answer;
}

describe('the documentation', () => {
  it('has no block of TypeScript that does not compile', async (t) => {
    // Under the project's own package.json, so that `pkb-link` is this one.
    const folder = mkdtempSync(`${root}.docs-`);
    t.after(() => rmSync(folder, { recursive: true }));
    const pages = ['README.md', ...readdirSync(`${root}docs`).map((name) => `docs/${name}`)];
    let count = 0;
    for (const page of pages.filter((name) => name.endsWith('.md'))) {
      const text = readFileSync(`${root}${page}`, 'utf8');
      // The files of the Next.js app import each other, and are compiled where it is built.
      for (const [, block = ''] of text.matchAll(/(?<!embed-next\S* -->\n)```ts\n(.*?)```/gs)) {
        count += 1;
        const name = `${count}-${page.replace('/', '-').replace('.md', '.ts')}`;
        writeFileSync(join(folder, name), `${block}\nexport {};\n`);
      }
    }
    assert.ok(count > 5, `${count} blocks`);
    // What the text around a block has introduced.
    const known = ["app: import('pkb-link').App", 'appUserId: string', 'publicId: string'];
    writeFileSync(join(folder, 'known.d.ts'), known.map((one) => `declare const ${one};\n`).join(''));
    const compilerOptions = { noUnusedLocals: false };
    writeFileSync(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../tsconfig.json', compilerOptions, include: ['*.ts'] }),
    );
    const tsc = `${root}node_modules/.bin/tsc`;
    await promisify(execFile)(tsc, ['--noEmit', '-p', folder]).catch(({ stdout }) => assert.fail(stdout));
  });

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
    const pages = ['docs', 'docs/decisions'].flatMap((folder) =>
      readdirSync(root + folder).flatMap((name) => (name.endsWith('.md') ? [`${folder}/${name}`] : [])),
    );
    for (const file of ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', ...pages]) {
      const text = readFileSync(`${root}${file}`, 'utf8').replaceAll(/`[^`\n]+`/g, '');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g)) {
        const url = new URL(target, new URL(file, new URL('../', import.meta.url)));
        assert.ok(existsSync(url), `${file} -> ${target}`);
      }
    }
  });
});
