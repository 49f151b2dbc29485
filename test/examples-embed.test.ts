import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, it, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, openBrowser } from '../apps/partner/browser.ts';
import { startSimulator } from '../src/simulator.ts';
import { answers, freePort } from './hosted.ts';

const root = fileURLToPath(new URL('../', import.meta.url));

const EXAMPLES = ['examples/embed-hono.ts', 'examples/embed-express.ts', 'examples/embed-fastify.ts'];
const NEXT = 'examples/embed-next';
const NEXT_SHOWN = [
  `${NEXT}/app/linking.ts`,
  `${NEXT}/app/pkb/[[...page]]/route.ts`,
  `${NEXT}/app/route.ts`,
  `${NEXT}/next.config.js`,
];
const next = join(root, NEXT, 'node_modules/next/dist/bin/next');
const nextIsMissing =
  !existsSync(next) && process.env.CI !== 'true'
    ? `Next.js is not installed: npm ci --prefix ${NEXT}`
    : false;

describe('the patient pages, embedded', () => {
  for (const example of [...EXAMPLES, NEXT]) {
    describe(`as in ${example}`, { skip: example === NEXT ? nextIsMissing : false }, () => {
      if (example === NEXT) before(buildNext, { timeout: 110_000 });

      it('send a stranger to sign in, link the patient who comes back, and greet them by name', async (t) => {
        const url = await startEmbedded(t, example);
        const browser = openBrowser();
        assert.equal((await browser.open(url)).html, 'Sign in first: /sign-in');
        await link(browser, url);
        assert.equal((await browser.open(url)).html, 'Hello Amara Chidinma Okafor');
      });

      it('take a form as that of who sent it, whoever else asks before it has arrived', async (t) => {
        const url = await startEmbedded(t, example);
        const [linked, other] = [openBrowser(), openBrowser()];
        await link(linked, url);
        await other.press(await other.open(`${url}/pkb`), 'Sign in', { name: 'account-2' });
        const form = request(`${url}/pkb/disconnect`, {
          method: 'POST',
          headers: {
            cookie: linked.cookies(url),
            origin: url,
            'content-type': 'application/x-www-form-urlencoded',
            'transfer-encoding': 'chunked',
            // The server answers it once it has the request, of which only the body is missing.
            expect: '100-continue',
          },
        });
        await once(form, 'continue');
        assert.equal((await other.open(`${url}/pkb`)).url.pathname, '/pkb/start');
        form.end();
        const [answer] = (await once(form, 'response')) as [IncomingMessage];
        answer.resume();
        assert.equal(answer.headers.location, '/pkb/disconnected');
        assert.equal((await linked.open(url)).html, 'Connect your PKB record: /pkb');
      });

      it('lead nobody who signs in to another site', async (t) => {
        const url = await startEmbedded(t, example);
        const browser = openBrowser();
        for (const then of ['//elsewhere.example/', 'https://elsewhere.example/', '/\\elsewhere.example']) {
          const form = await browser.open(`${url}/sign-in?then=${encodeURIComponent(then)}`);
          const home = await browser.press(form, 'Sign in', { name: 'account-1' });
          assert.equal(home.url.href, `${url}/`);
        }
      });
    });
  }

  it('are there once the database is, in Next.js too', { skip: nextIsMissing }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pkb-link-'));
    t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
    const inTheWay = join(folder, 'links.db');
    mkdirSync(inTheWay);
    const url = await startEmbedded(t, NEXT, `file:${inTheWay}`);
    assert.equal((await openBrowser().open(`${url}/pkb`)).status, 500);
    rmSync(inTheWay, { recursive: true });
    await link(openBrowser(), url);
  });
});

describe('docs/embed.md', () => {
  it('shows the examples that run here, to the letter', () => {
    const text = readFileSync(`${root}docs/embed.md`, 'utf8');
    const shown = [...text.matchAll(/<!-- example: (\S+) -->\n```[jt]s\n(.*?)```/gs)];
    assert.deepEqual(
      shown.map(([, file]) => file),
      [...EXAMPLES, ...NEXT_SHOWN],
    );
    for (const [, file, code] of shown) assert.equal(code, readFileSync(`${root}${file}`, 'utf8'), file);
  });

  it('shows nothing of 60 lines or more', () => {
    for (const file of [...EXAMPLES, ...NEXT_SHOWN, `${NEXT}/app/sign-in/route.ts`]) {
      const lines = readFileSync(`${root}${file}`, 'utf8').trimEnd().split('\n').length;
      assert.ok(lines < 60, `${file}: ${lines} lines`);
    }
  });
});

/** From a stranger at the door to account-1, linked to Amara's record. */
async function link(browser: Browser, url: string): Promise<void> {
  const signIn = await browser.open(`${url}/pkb`);
  assert.equal(signIn.url.pathname, '/sign-in');
  const start = await browser.press(signIn, 'Sign in', { name: 'account-1' });
  const logIn = await browser.press(start, 'Continue to Patients Know Best');
  const question = await browser.press(logIn, 'Log in as Ms Amara Chidinma Okafor');
  const confirm = await browser.press(question, 'Approve');
  const connected = await browser.press(confirm, 'Yes, this is my record');
  assert.equal(connected.url.pathname, '/pkb/connected');
}

/** The example, as a process of its own, and a simulator of PKB that knows it. Both end with `t`. */
async function startEmbedded(t: TestContext, example: string, databaseUrl?: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'pkb-link-'));
  t.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const redirectUri = `${url}/pkb/callback`;
  const client = {
    clientId: 'example-app',
    owner: 'My company',
    product: 'My app',
    redirectUris: [redirectUri],
  };
  const simulator = await startSimulator({ clients: [client] });
  t.after(() => simulator.close());
  const args =
    example === NEXT ? [next, 'start', NEXT, '-p', String(port)] : ['--conditions=pkb-link-source', example];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: {
      NEXT_TELEMETRY_DISABLED: '1',
      PKB_ENVIRONMENT: 'simulator',
      PKB_SIMULATOR_URL: simulator.url,
      PKB_REDIRECT_URI: redirectUri,
      PKB_LINK_DATABASE_URL: databaseUrl ?? `file:${join(folder, 'links.db')}`,
      PORT: String(port),
    },
  });
  await answers(t, child, url);
  return url;
}

/** As a developer has it: Next.js bundles the app, and finds the package as it is published. */
async function buildNext(): Promise<void> {
  const installed = join(root, NEXT, 'node_modules/pkb-link');
  const run = promisify(execFile);
  if (!existsSync(join(root, 'dist'))) await run(process.execPath, ['scripts/build.js'], { cwd: root });
  rmSync(installed, { recursive: true, force: true });
  for (const part of ['package.json', 'bin', 'dist'])
    cpSync(join(root, part), join(installed, part), { recursive: true });
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NEXT_TELEMETRY_DISABLED: '1' };
  await run(process.execPath, [next, 'build', NEXT], { cwd: root, env });
}
