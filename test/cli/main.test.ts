import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { configFromEnvironment } from '../../src/config.ts';
import { type Ended, type Environment, run } from './command-line.ts';

const COMMANDS = ['serve', 'simulate', 'migrate', 'links', 'link', 'unlink', 'keys', 'backup', 'restore'];
const POINTER = '(pkb-link --help shows what there is)';

const SANDBOX: Environment = {
  PKB_ENVIRONMENT: 'sandbox',
  PKB_CLIENT_ID: 'client',
  PKB_REDIRECT_URI: 'https://app.example/pkb/callback',
  PKB_LINK_DATABASE_URL: 'file::memory:',
  PKB_LINK_ENCRYPTION_KEYS: `k1:${Buffer.alloc(32, 7).toString('base64')}`,
};

function all(runs: readonly (readonly string[])[]): Promise<readonly Ended[]> {
  return Promise.all(runs.map((args) => run(args)));
}

describe('the command line', () => {
  it('explains itself and each of its commands', async () => {
    const [program, ...commands] = await all([['--help'], ...COMMANDS.map((name) => [name, '--help'])]);
    for (const { code, stdout, stderr } of [program, ...commands] as Ended[]) {
      assert.equal(code, 0);
      assert.match(stdout, /^Usage: pkb-link /);
      assert.equal(stderr, '');
    }
    for (const name of COMMANDS) assert.match(program?.stdout ?? '', new RegExp(`^  ${name} `, 'm'));
    assert.match(program?.stdout ?? '', /Exit codes: 0 done/);
  });

  it('says its version', async () => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    assert.deepEqual(await run(['--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('answers what it does not understand with one line, a pointer to its help, and 2', async () => {
    const wrong: readonly (readonly [readonly string[], RegExp])[] = [
      [['connect'], /unknown command 'connect'/],
      [['links', '--limit'], /unknown option '--limit'/],
      [['links', 'extra'], /too many arguments/],
      [['links', '--state', 'dead'], /Allowed choices are proposed, active,/],
      [['link'], /missing required argument 'app_user_id'/],
      [['link', 'one', 'two'], /too many arguments/],
      [['keys', 'rotate', 'k1'], /too many arguments/],
      [['keys', 'forget'], /unknown command 'forget'/],
      [['backup'], /missing required argument 'file'/],
      [['restore'], /required option '--check' not specified/],
      [['unlink'], /missing required argument 'app_user_id'/],
      [['simulate', '--port', 'http'], /'--port <number>' argument 'http' is invalid/],
      [['simulate', '--port', '65536'], /whole number from 0 to 65535/],
      [['simulate', '--data'], /'--data <file>' argument missing/],
    ];
    const ended = await all(wrong.map(([args]) => args));
    for (const [place, { code, stdout, stderr }] of ended.entries()) {
      const [args = [], message = /^$/] = wrong[place] ?? [];
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '');
      const [line = '', pointer, ...more] = stderr.split('\n');
      assert.match(line, message);
      assert.match(line, /^pkb-link: /);
      assert.equal(pointer, POINTER);
      assert.deepEqual(more, ['']);
    }
  });

  it('shows what there is to whoever asks for nothing', async () => {
    const { code, stdout, stderr } = await run([]);
    assert.equal(code, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^Usage: pkb-link /);
  });

  it('names the setting and the remedy in one line, and ends with 78, for what the operator must fix', async () => {
    const mistakes: readonly (readonly [string, Environment, RegExp])[] = [
      ['PKB_ENVIRONMENT', { PKB_ENVIRONMENT: '' }, /simulator, sandbox, production/],
      ['PKB_LINK_ENCRYPTION_KEYS', { PKB_LINK_ENCRYPTION_KEYS: '' }, /openssl rand -base64 32/],
      ['PKB_LINK_ENCRYPTION_KEYS', { PKB_LINK_ENCRYPTION_KEYS: 'canary' }, /openssl rand -base64 32/],
      ['PKB_CLIENT_SECRET', { PKB_CLIENT_AUTH: 'post' }, /is missing/],
      ['PKB_CLIENT_AUTH', { PKB_CLIENT_SECRET: 'canary' }, /must be post or basic/],
      ['PKB_LINK_DATABASE_URL', { PKB_LINK_DATABASE_URL: 'mysql://u:canary@db/links' }, /file:<path>/],
      ['PKB_LINK_DATABASE_URL', { PKB_LINK_DATABASE_URL: 'file:' }, /must be file:<path>/],
      ['PKB_LINK_DATABASE_URL', { PKB_LINK_DATABASE_URL: 'file:/dev/null/a\nb' }, /cannot be opened/],
      ['PORT', { PORT: '80 80' }, /from 0 to 65535/],
    ];
    const ended = await Promise.all(mistakes.map(([, change]) => run(['links'], { ...SANDBOX, ...change })));
    for (const [place, { code, stdout, stderr }] of ended.entries()) {
      const [setting = '', , remedy = /^$/] = mistakes[place] ?? [];
      assert.equal(code, 78, stderr);
      assert.equal(stdout, '');
      assert.match(stderr, /^pkb-link: [^\n]+ \[[a-z-]+\]\n$/);
      assert.equal(stderr.split(setting).length, 2, `${stderr} names ${setting} once`);
      assert.match(stderr, remedy);
      assert.doesNotMatch(stderr, /canary|\bat .*\.[tj]s/);
    }
  });
});

describe('the configuration', () => {
  it('takes the address of a simulator as people paste it', () => {
    const simulator = { PKB_ENVIRONMENT: 'simulator', PKB_SIMULATOR_URL: 'http://localhost:9000/' };
    assert.equal(configFromEnvironment(simulator).app.simulatorUrl, 'http://localhost:9000');
  });

  it('refuses an address of a simulator that is none, or goes deeper', () => {
    for (const url of ['localhost:8181', 'nonsense', 'http://localhost:8181/fhir', 'ftp://localhost/']) {
      assert.throws(() => configFromEnvironment({ PKB_ENVIRONMENT: 'simulator', PKB_SIMULATOR_URL: url }), {
        setting: 'PKB_SIMULATOR_URL',
      });
    }
  });

  it('takes return addresses with commas and spaces between', () => {
    const { app } = configFromEnvironment({
      ...SANDBOX,
      PKB_LINK_RETURN_ADDRESSES: ' /home, https://app.example/done com.example.app:/done,',
    });
    assert.deepEqual(app.returnAddresses, ['/home', 'https://app.example/done', 'com.example.app:/done']);
  });

  it('refuses a return address that leads elsewhere than it says, or that a browser would run', () => {
    for (const address of ['home', '//evil.example', '/\\evil.example', 'javascript:alert(1)', 'data:,x']) {
      assert.throws(() => configFromEnvironment({ ...SANDBOX, PKB_LINK_RETURN_ADDRESSES: `/,${address}` }), {
        setting: 'PKB_LINK_RETURN_ADDRESSES',
      });
    }
  });
});
