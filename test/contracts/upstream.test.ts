import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COMMON, endpointsOf } from '../../src/provider/presets.ts';
import type { ProviderSettings } from '../../src/provider/provider.ts';
import { type Simulator, simulatorPassword, type Toggles } from '../../src/simulator.ts';
import { describeInChromium } from '../browser/chromium.ts';
import {
  amara,
  answer,
  logInAs,
  personCalled,
  redirectUri,
  simulatorForTest,
} from '../simulator/browser-for-test.ts';
import { contract, type Finding, NotATestPatient, Unreachable, type Upstream } from './upstream.ts';

const RUN = fileURLToPath(new URL('run-contract.ts', import.meta.url));

function settingsFor(simulator: Simulator, more: Partial<ProviderSettings> = {}): ProviderSettings {
  return {
    ...COMMON,
    ...endpointsOf('simulator', simulator.url),
    environment: 'simulator',
    clientId: 'app',
    redirectUri,
    ...more,
  };
}

function pressed(simulator: Simulator, publicId = amara(simulator)): NonNullable<Upstream['press']> {
  return async (url, button) => {
    const page = await logInAs(simulator, url.href, publicId);
    const end = await answer(simulator, await page.text(), button === 'Deny' ? 'deny' : 'approve');
    const location = end.headers.get('location');
    return location === null ? undefined : new URL(location);
  };
}

async function findings(upstream: Upstream): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for await (const finding of contract(upstream)) all.push(finding);
  return all;
}

async function run(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--conditions=pkb-link-source', RUN, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const [code] = await once(child, 'close');
  return { code, said };
}

describe('the contract with PKB', () => {
  it('holds on the simulator, every line of it', async () => {
    await using simulator = await simulatorForTest();
    const all = await findings({ settings: settingsFor(simulator), press: pressed(simulator) });
    assert.deepEqual(
      all.filter(({ verdict }) => verdict !== 'holds'),
      [],
    );
    assert.ok(all.length >= 25, `only ${all.length} findings`);
  });

  const otherwise: readonly [Partial<Toggles>, number, RegExp | undefined][] = [
    [{ denyMode: 'no-return' }, 3, /runs out of time/],
    [{ pkce: 'required' }, 2, /PKB_PKCE=yes/],
    [{ pkce: 'rejected' }, 2, /PKB_PKCE=no/],
    [{ codeReuse: 'end-session' }, 4, /sent once/],
    [{ tokenErrorStyle: '401-json' }, 5, /PKB_CLIENT_AUTH/],
    [{ firstRefreshToken: 'omitted' }, 6, /PKB_TOKEN_ENDPOINT/],
    [{ refreshRotation: 'omit' }, 6, /PKB_REFRESH_TOKEN_REUSABLE/],
    [{ refreshReuse: 'refuse-token' }, 7, /none is sent twice/],
    [{ oldAccessAfterRefresh: 'revoked' }, 10, /new one is used at once/],
    [{ concurrentSessions: 'newest-only' }, 11, /newest wins/],
    [{ refreshScopeParam: 'rejected' }, 12, /PKB_REFRESH_SCOPE=no/],
    [{ apiErrorStyle: '401-html' }, 13, /any body/],
    [{ purviewVerb: 'post' }, 14, /POST is tried/],
    [{ purviewReference: 'versioned' }, 15, /read too/],
    [{ redirectMatch: 'exact' }, 24, /none are sent/],
    [{ stateEcho: 'truncated' }, 25, undefined],
    [{ expiresInType: 'missing' }, 32, /PKB_DEFAULT_EXPIRES_IN/],
    [{ accessTokenSeconds: 600 }, 33, /obeyed/],
    [{ searchPaging: 2 }, 34, /followed/],
  ];
  for (const [toggles, question, change] of otherwise) {
    it(`finds out ${JSON.stringify(toggles)}, and says what to change`, async () => {
      await using simulator = await simulatorForTest({ toggles });
      const all = await findings({ settings: settingsFor(simulator), press: pressed(simulator) });
      const found = all.filter(
        (finding) => finding.verdict === 'does not hold' && finding.question === question,
      );
      assert.ok(found.length > 0, JSON.stringify(all, null, 1));
      if (change)
        assert.ok(
          found.some((finding) => change.test(finding.change ?? '')),
          JSON.stringify(found),
        );
    });
  }

  it('asks without a test patient what needs none, and says what it could not ask', async () => {
    await using simulator = await simulatorForTest();
    const all = await findings({ settings: settingsFor(simulator), press: undefined });
    assert.deepEqual(
      all.filter(({ verdict }) => verdict === 'not known').map(({ assumption }) => assumption),
      ['Deny leads back with error=access_denied and the state', 'What needs a grant'],
    );
    assert.equal(simulator.received('grant').length, 0);
  });

  it('stops at whoever is not a test patient, before anything is asked about them', async () => {
    await using simulator = await simulatorForTest();
    const self = { nationalIds: [{ name: 'NHS number', value: '4857773456' }] };
    simulator.next('users-self', { status: 401, body: '' });
    simulator.next('users-self', { body: self });
    await assert.rejects(
      findings({ settings: settingsFor(simulator), press: pressed(simulator) }),
      NotATestPatient,
    );
    assert.equal(simulator.received('purview').length, 0);
  });

  it('says so where PKB cannot be reached', async () => {
    const simulator = await simulatorForTest();
    const settings = settingsFor(simulator);
    await simulator.close();
    await assert.rejects(findings({ settings, press: undefined }), Unreachable);
    const away = await run(['--environment', 'simulator'], { PKB_SIMULATOR_URL: simulator.url });
    assert.deepEqual(
      [away.code, away.said],
      [4, `contract: localhost:${simulator.port} could not be reached\n`],
    );
  });

  it('is never made with production', async () => {
    const { code, said } = await run(['--environment', 'production']);
    assert.deepEqual([code, said], [2, 'contract: --environment must be sandbox or simulator\n']);
  });
});

describeInChromium('npm run contract', (browser) => {
  it('prints what holds and what does not, with a test patient in a browser', async () => {
    assert.ok(browser().isConnected());
    await using simulator = await simulatorForTest({ toggles: { purviewVerb: 'post' } });
    const { code, said } = await run(['--environment', 'simulator'], {
      PKB_SIMULATOR_URL: simulator.url,
      PKB_CLIENT_ID: 'app',
      PKB_REDIRECT_URI: redirectUri,
      PKB_TEST_EMAIL: personCalled(simulator, 'Okafor').email,
      PKB_TEST_PASSWORD: simulatorPassword,
    });
    assert.equal(code, 1, said);
    assert.match(said, /^holds {9}state comes back as it was sent \(question 25\)/m);
    assert.match(
      said,
      /^does not hold \$purview is asked by GET \(question 14\): 405 .*\n {14}change: nothing/m,
    );
    assert.match(said, /^1 assumptions do not hold\.$/m);
    assert.doesNotMatch(said, new RegExp(`${simulatorPassword}|Okafor|${amara(simulator)}`));
  });
});
