import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { createApp } from '../src/app.ts';
import { configFromEnvironment } from '../src/config.ts';
import { ConfigurationError } from '../src/errors.ts';

const KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`;
const SANDBOX = {
  PKB_ENVIRONMENT: 'sandbox',
  PKB_CLIENT_ID: 'client',
  PKB_REDIRECT_URI: 'https://app.example/pkb/callback',
  PKB_LINK_DATABASE_URL: 'file::memory:',
  PKB_LINK_ENCRYPTION_KEYS: KEY,
};

/** What the start of a process does with these variables. */
async function start(env: Readonly<Record<string, string | undefined>>) {
  return createApp({ ...configFromEnvironment(env).app, databaseUrl: 'file::memory:' });
}

describe('the configuration', () => {
  it('takes the sandbox preset, with the token endpoint on its oauth2 host', async () => {
    const app = await start(SANDBOX);
    const { settings } = app.provider;
    assert.equal(settings.authorizationEndpoint, 'https://sandbox.patientsknowbest.com/apiAuthorize.action');
    assert.equal(settings.tokenEndpoint, 'https://oauth2.sandbox.patientsknowbest.com/api/oauth/token');
    assert.equal(settings.fhirBaseUrl, 'https://sandbox.patientsknowbest.com/fhir');
    assert.equal(settings.restBaseUrl, 'https://sandbox.patientsknowbest.com/json');
    assert.equal(settings.clientAuth, 'none');
    assert.equal(settings.pkce, false);
    await app.close();
  });

  it('takes an address of the metrics with its port, and nothing else for one', () => {
    const metrics = (address: string) =>
      configFromEnvironment({ ...SANDBOX, PKB_LINK_METRICS_ADDRESS: address }).metrics;
    assert.deepEqual(metrics('10.0.0.5:9464'), { host: '10.0.0.5', port: 9464 });
    assert.deepEqual(metrics('[::1]:9464'), { host: '::1', port: 9464 });
    assert.equal(metrics(''), undefined);
    for (const bad of ['9464', 'localhost', 'localhost:70000', '::1:9464', 'http://localhost:9464']) {
      assert.throws(() => metrics(bad), { setting: 'PKB_LINK_METRICS_ADDRESS' }, bad);
    }
  });

  it('takes how many tokens may be in memory, none among them, and leaves it to who serves unless it is told', () => {
    const tokens = (number: string) =>
      configFromEnvironment({ ...SANDBOX, PKB_LINK_TOKENS_IN_MEMORY: number }).app.tokensInMemory;
    assert.deepEqual([tokens('0'), tokens('500'), tokens('')], [0, 500, undefined]);
    assert.throws(() => tokens('many'), { setting: 'PKB_LINK_TOKENS_IN_MEMORY' });
  });

  it('takes what is secret from files too, and says which file it cannot use', (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pkb-link-config-'));
    t.after(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'keys');
    writeFileSync(file, `${KEY}\n`);
    const { PKB_LINK_ENCRYPTION_KEYS: _, ...without } = SANDBOX;
    const PKB_LINK_ENCRYPTION_KEYS_FILE = file;
    const read = configFromEnvironment({ ...without, PKB_LINK_ENCRYPTION_KEYS_FILE });
    assert.equal(read.app.encryptionKeys, KEY);
    const refused = (env: Record<string, string>, message: RegExp) =>
      assert.throws(
        () => configFromEnvironment({ ...without, ...env }),
        (error: unknown) => {
          assert.ok(error instanceof ConfigurationError);
          assert.equal(error.setting, 'PKB_LINK_ENCRYPTION_KEYS_FILE');
          assert.match(error.message, message);
          return true;
        },
      );
    refused({ PKB_LINK_ENCRYPTION_KEYS: KEY, PKB_LINK_ENCRYPTION_KEYS_FILE }, /leave one of them out/);
    refused({ PKB_LINK_ENCRYPTION_KEYS_FILE: `${file}.none` }, /cannot be read \(ENOENT\)/);
    writeFileSync(file, '\n');
    refused({ PKB_LINK_ENCRYPTION_KEYS_FILE }, /is empty/);
  });

  it('believes only proxies that have an address', () => {
    const trusted = (given: string) =>
      configFromEnvironment({ ...SANDBOX, PKB_LINK_TRUSTED_PROXIES: given }).limits.trustedProxies;
    assert.deepEqual(trusted('127.0.0.1, 10.0.0.0/8 2001:db8::/32'), [
      '127.0.0.1',
      '10.0.0.0/8',
      '2001:db8::/32',
    ]);
    for (const bad of ['localhost', '10.0.0.0/33', '10.0.0.0/', '::1/129', '10.0.0/8']) {
      assert.throws(() => trusted(bad), { setting: 'PKB_LINK_TRUSTED_PROXIES' }, bad);
    }
  });

  it('takes a console on a host of its own, that browsers reach by https or on this machine', () => {
    const at = (address: string, more = {}) =>
      configFromEnvironment({ ...SANDBOX, PKB_LINK_CONSOLE_ADDRESS: address, ...more }).console;
    const url = { PKB_LINK_CONSOLE_URL: 'https://console.example' };
    assert.equal(at(''), undefined);
    assert.deepEqual(at('127.0.0.1:9470'), { host: '127.0.0.1', port: 9470 });
    assert.deepEqual(at('0.0.0.0:9470', url), {
      host: '0.0.0.0',
      port: 9470,
      url: 'https://console.example',
    });
    for (const [address, more, setting] of [
      ['9470', {}, 'PKB_LINK_CONSOLE_ADDRESS'],
      ['0.0.0.0:9470', {}, 'PKB_LINK_CONSOLE_URL'],
      ['10.0.0.5:9470', {}, 'PKB_LINK_CONSOLE_URL'],
      ['0.0.0.0:9470', { PKB_LINK_CONSOLE_URL: 'http://console.example' }, 'PKB_LINK_CONSOLE_URL'],
      ['0.0.0.0:9470', { PKB_LINK_CONSOLE_URL: 'https://console.example/pkb' }, 'PKB_LINK_CONSOLE_URL'],
      // Its cookies would be the patient pages' too, whatever the port.
      ['0.0.0.0:9470', { PKB_LINK_CONSOLE_URL: 'https://app.example:9470' }, 'PKB_LINK_CONSOLE_URL'],
      ['', url, 'PKB_LINK_CONSOLE_ADDRESS'],
      [
        'localhost:9470',
        { PKB_REDIRECT_URI: 'http://localhost:8080/pkb/callback' },
        'PKB_LINK_CONSOLE_ADDRESS',
      ],
    ] as const) {
      assert.throws(() => at(address, more), { setting }, `${address} ${JSON.stringify(more)}`);
    }
  });

  it('takes the organisation’s sign-in as a whole, over https', () => {
    const whole: Record<string, string> = {
      PKB_LINK_CONSOLE_OIDC_ISSUER: 'https://login.example',
      PKB_LINK_CONSOLE_OIDC_CLIENT_ID: 'pkb-link',
      PKB_LINK_CONSOLE_OIDC_CLIENT_SECRET: 'secret',
      PKB_LINK_CONSOLE_OIDC_ROLE_CLAIM: 'groups',
      PKB_LINK_CONSOLE_OIDC_SUPPORT: 'pkb-support',
      PKB_LINK_CONSOLE_OIDC_OPERATOR: 'pkb-operators',
    };
    const from = (env: Record<string, string>) =>
      configFromEnvironment({ ...SANDBOX, PKB_LINK_CONSOLE_ADDRESS: '127.0.0.1:9470', ...env }).console;
    assert.deepEqual(from({ ...whole, PKB_LINK_CONSOLE_OIDC_SCOPE: 'groups' })?.organisation, {
      issuer: 'https://login.example',
      clientId: 'pkb-link',
      clientSecret: 'secret',
      roleClaim: 'groups',
      roles: { support: 'pkb-support', operator: 'pkb-operators' },
      scope: 'groups',
    });
    for (const setting of Object.keys(whole)) {
      assert.throws(() => from({ ...whole, [setting]: '' }), { setting });
    }
    for (const issuer of ['http://login.example', 'login.example', 'ftp://login.example']) {
      const setting = 'PKB_LINK_CONSOLE_OIDC_ISSUER';
      assert.throws(() => from({ ...whole, [setting]: issuer }), { setting }, issuer);
    }
  });

  it('lets every endpoint and quirk be set', async () => {
    const app = await start({
      ...SANDBOX,
      PKB_ENVIRONMENT: 'ireland',
      PKB_CLIENT_AUTH: 'basic',
      PKB_CLIENT_SECRET: 'secret',
      PKB_AUTHORIZATION_ENDPOINT: 'https://pkb.example/authorize',
      PKB_TOKEN_ENDPOINT: 'https://pkb.example/token',
      PKB_FHIR_BASE_URL: 'https://pkb.example/fhir/',
      PKB_REST_BASE_URL: 'https://pkb.example/json/',
      PKB_PKCE: 'yes',
      PKB_REFRESH_SCOPE: 'no',
      PKB_REFRESH_TOKEN_REUSABLE: 'yes',
      PKB_DEFAULT_EXPIRES_IN: '300',
      PKB_TIMEOUT_MS: '5000',
    });
    assert.deepEqual(app.provider.settings, {
      environment: 'ireland',
      clientId: 'client',
      clientAuth: 'basic',
      clientSecret: 'secret',
      redirectUri: 'https://app.example/pkb/callback',
      authorizationEndpoint: 'https://pkb.example/authorize',
      tokenEndpoint: 'https://pkb.example/token',
      fhirBaseUrl: 'https://pkb.example/fhir',
      restBaseUrl: 'https://pkb.example/json',
      pkce: true,
      refreshScope: false,
      refreshTokenReusable: true,
      defaultExpiresIn: 300,
      timeoutMs: 5000,
    });
    await app.close();
  });

  it('needs nothing but its name for the simulator', async () => {
    const app = await start({ PKB_ENVIRONMENT: 'simulator' });
    assert.equal(app.provider.settings.tokenEndpoint, 'http://localhost:8181/apiToken.action');
    await app.close();
  });

  const mistakes: readonly (readonly [string, Record<string, string | undefined>, string])[] = [
    ['no environment', { PKB_ENVIRONMENT: undefined }, 'PKB_ENVIRONMENT'],
    ['an environment without endpoints', { PKB_ENVIRONMENT: 'mars' }, 'PKB_AUTHORIZATION_ENDPOINT'],
    ['no client id', { PKB_CLIENT_ID: ' ' }, 'PKB_CLIENT_ID'],
    ['no redirect address', { PKB_REDIRECT_URI: undefined }, 'PKB_REDIRECT_URI'],
    ['a redirect address in plain http', { PKB_REDIRECT_URI: 'http://app.example/cb' }, 'PKB_REDIRECT_URI'],
    [
      'a redirect address with a fragment',
      { PKB_REDIRECT_URI: 'https://app.example/cb#x' },
      'PKB_REDIRECT_URI',
    ],
    ['a scheme anybody could claim', { PKB_REDIRECT_URI: 'myapp:/cb' }, 'PKB_REDIRECT_URI'],
    ['an endpoint that is none', { PKB_TOKEN_ENDPOINT: 'sandbox' }, 'PKB_TOKEN_ENDPOINT'],
    ['an endpoint in plain http', { PKB_FHIR_BASE_URL: 'http://pkb.example/fhir' }, 'PKB_FHIR_BASE_URL'],
    ['an unknown client authentication', { PKB_CLIENT_AUTH: 'jwt' }, 'PKB_CLIENT_AUTH'],
    ['authentication without a secret', { PKB_CLIENT_AUTH: 'post' }, 'PKB_CLIENT_SECRET'],
    ['a secret without authentication', { PKB_CLIENT_SECRET: 's' }, 'PKB_CLIENT_AUTH'],
    ['no key', { PKB_LINK_ENCRYPTION_KEYS: undefined }, 'PKB_LINK_ENCRYPTION_KEYS'],
    ['a short key', { PKB_LINK_ENCRYPTION_KEYS: 'k1:AAAA' }, 'PKB_LINK_ENCRYPTION_KEYS'],
    ['two keys of one id', { PKB_LINK_ENCRYPTION_KEYS: `${KEY},${KEY}` }, 'PKB_LINK_ENCRYPTION_KEYS'],
    ['a port that is none', { PORT: '80a' }, 'PORT'],
    ['a port that is too high', { PORT: '65536' }, 'PORT'],
    ['neither yes nor no', { PKB_PKCE: 'true' }, 'PKB_PKCE'],
  ];
  for (const [mistake, change, setting] of mistakes) {
    it(`stops the start for ${mistake}, and names ${setting}`, async () => {
      await assert.rejects(start({ ...SANDBOX, ...change }), (failure) => {
        assert.ok(failure instanceof ConfigurationError, String(failure));
        assert.equal(failure.setting, setting);
        assert.ok(!failure.message.includes('\n'));
        assert.ok(!failure.message.includes('AAAA'), 'the message does not show a key');
        return true;
      });
    });
  }

  it('stops the start without an address to return to', async () => {
    const { app } = configFromEnvironment(SANDBOX);
    await assert.rejects(createApp({ ...app, returnAddresses: [] }), {
      setting: 'PKB_LINK_RETURN_ADDRESSES',
    });
  });
});
