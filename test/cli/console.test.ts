import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { linked } from '../flow/story.ts';
import { type Environment, folder, run, start, storedStory, values } from './command-line.ts';

/** A browser's cookie of somebody who used the address that `console login` printed, at the console of this origin. */
async function signIn(origin: string, address: string): Promise<string> {
  const response = await fetch(origin + new URL(address).pathname, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Sec-Fetch-Site': 'same-origin', 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  assert.equal(response.status, 303);
  return response.headers.get('set-cookie')?.split(';')[0] ?? '';
}

async function login(env: Environment, role = 'support'): Promise<string> {
  const { stdout, stderr, code } = await run(
    ['console', 'login', '--role', role, '--name', 'Ann', '--json'],
    env,
  );
  assert.equal(code, 0, stderr);
  return String(values(stdout)[0]?.url);
}

const page = (url: string, cookie: string) => fetch(url, { redirect: 'manual', headers: { cookie } });
const originOf = (ready: Readonly<Record<string, unknown>>) => new URL(String(ready.console_url)).origin;

async function withConsole(t: TestContext) {
  const told = await storedStory(t);
  return { ...told, env: { ...told.env, PKB_LINK_CONSOLE_ADDRESS: '127.0.0.1:0' } };
}

describe('pkb-link console', () => {
  it('lets in by the address that login prints, in every process on the database', async (t) => {
    const told = await withConsole(t);
    await linked(told);
    const [one, other] = [await start(t, ['serve'], told.env), await start(t, ['serve'], told.env)];
    const cookie = await signIn(originOf(one.ready), await login(told.env, 'operator'));
    // A plain http address of this machine has no use for the prefix, which needs https.
    assert.match(cookie, /^pkb-link-console=/);
    for (const { ready } of [one, other]) {
      const response = await page(`${originOf(ready)}/admin`, cookie);
      assert.equal(response.status, 200);
      assert.match(await response.text(), /Signed in as Ann \(operator\)/);
    }
    const [made, entered] = await told.app.store.listAudit({ limit: 10 }).then((all) => all.slice(-2));
    assert.match(
      `${made?.actor} ${made?.act} ${made?.reason}`,
      /^command-line:\S+ console\.code_made operator Ann$/,
    );
    assert.equal(`${entered?.actor} ${entered?.act}`, 'console:Ann (operator, code) console.signed_in');
  });

  it('is on its own address only, and nowhere unless it is asked for', async (t) => {
    const told = await withConsole(t);
    const with_ = await start(t, ['serve'], told.env);
    assert.equal((await fetch(`${with_.url}/admin`, { redirect: 'manual' })).status, 404);
    assert.equal((await fetch(`${originOf(with_.ready)}/v1/links`, { redirect: 'manual' })).status, 404);
    assert.equal((await fetch(`${originOf(with_.ready)}/metrics`, { redirect: 'manual' })).status, 404);

    const { PKB_LINK_CONSOLE_ADDRESS: _, ...without } = told.env;
    const { ready } = await start(t, ['serve'], without);
    assert.equal(ready.console_url, undefined);
    const ended = await run(['console', 'login', '--role', 'support', '--name', 'Ann'], without);
    assert.equal(ended.code, 78);
    assert.match(ended.stderr, /PKB_LINK_CONSOLE_ADDRESS: is missing/);
  });

  it('asks for a role that there is, and a name', async (t) => {
    const { env } = await withConsole(t);
    for (const args of [
      ['--role', 'support'],
      ['--name', 'Ann'],
      ['--role', 'admin', '--name', 'Ann'],
      ['--role', 'support', '--name', ' '],
      ['--role', 'support', '--name', 'two\nlines'],
    ]) {
      assert.equal((await run(['console', 'login', ...args], env)).code, 2, args.join(' '));
    }
  });

  it('prints the address by which browsers reach it', async (t) => {
    const { env } = await withConsole(t);
    const behind = {
      ...env,
      PKB_LINK_CONSOLE_ADDRESS: '0.0.0.0:9470',
      PKB_LINK_CONSOLE_URL: 'https://console.example',
    };
    assert.match(await login(behind), /^https:\/\/console\.example\/admin\/sign-in\/code\/[\w-]{43}$/);
    assert.match(
      await login({ ...env, PKB_LINK_CONSOLE_ADDRESS: '[::1]:9470' }),
      /^http:\/\/\[::1\]:9470\/admin\/sign-in\/code\//,
    );
  });

  it('is each tenant’s own: it says whose it is, and lets nobody of another one in', async (t) => {
    const home = await folder(t);
    const envs: Record<string, Environment> = {};
    const args: string[] = [];
    for (const name of ['acme', 'birch']) {
      const env = {
        PKB_ENVIRONMENT: 'simulator',
        PKB_CLIENT_ID: `client-${name}`,
        PKB_REDIRECT_URI: `https://link.example/${name}/callback`,
        PKB_LINK_DATABASE_URL: `file:${join(home, 'links.db')}`,
        PKB_LINK_API_KEY: `key-of-${name}-0123456789abcdef0123456789`,
        PKB_LINK_CONSOLE_ADDRESS: '127.0.0.1:0',
      };
      envs[name] = env;
      const file = join(home, `${name}.env`);
      await writeFile(
        file,
        Object.entries(env)
          .map(([key, value]) => `${key}=${value}\n`)
          .join(''),
      );
      args.push(`${name}=${file}`);
    }
    const { ready } = await start(t, ['serve', '--tenant', ...args], { PORT: '0' });
    const [acme, birch] = (ready.tenants as Record<string, unknown>[]).map(originOf) as [string, string];
    const cookie = await signIn(acme, await login(envs.acme ?? {}));
    const own = await page(`${acme}/admin`, cookie);
    assert.match(await own.text(), /acme · simulator · client-acme/);
    // Two ports of one host have their cookies in common.
    assert.match(cookie, /^acme\.pkb-link-console=/);
    assert.equal((await page(`${birch}/admin`, cookie)).headers.get('location'), '/admin/sign-in');
    const renamed = cookie.replace('acme.', 'birch.');
    assert.equal((await page(`${birch}/admin`, renamed)).headers.get('location'), '/admin/sign-in');
  });
});
