import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { simulatorPassword } from '../../src/simulator.ts';
import {
  amara,
  answer,
  approvedBy,
  authorizationUrl,
  client,
  exchange,
  interactionOn,
  logInAs,
  personCalled,
  post,
  redirectUri,
  simulatorForTest,
} from './browser-for-test.ts';

describe('authorization endpoint', () => {
  it('shows a page and never redirects for a bad request', async () => {
    await using simulator = await simulatorForTest();
    const bad: Record<string, string | undefined>[] = [
      { response_type: 'token' },
      { response_type: undefined },
      { client_id: undefined },
      { client_id: 'stranger' },
      { redirect_uri: 'https://evil.example.com/cb' },
      { redirect_uri: `${redirectUri}/more` },
      { redirect_uri: `${redirectUri}.evil.example.com` },
      { redirect_uri: `${redirectUri}#fragment` },
      { redirect_uri: redirectUri.replace('https', 'http') },
      { scope: 'CLINICIAN' },
      { scope: 'PATIENT CLINICIAN' },
      { scope: 'patient' },
    ];
    for (const parameters of bad) {
      const response = await fetch(authorizationUrl(simulator, parameters), { redirect: 'manual' });
      assert.equal(response.status, 400, JSON.stringify(parameters));
      assert.equal(response.headers.get('location'), null);
      assert.match(await response.text(), /<title>Error: /);
    }
    for (const name of ['client_id', 'state', 'redirect_uri', 'scope', 'response_type']) {
      const url = `${authorizationUrl(simulator, { redirect_uri: redirectUri })}&${name}=`;
      assert.equal((await fetch(url, { redirect: 'manual' })).status, 400, `${name} twice`);
    }
  });

  it('takes the only registered address where the request names none, and asks for it where there are several', async () => {
    await using simulator = await simulatorForTest();
    assert.match(
      (await approvedBy(simulator, authorizationUrl(simulator))).href,
      /^https:\/\/app\.example\.com\/cb\?code=/,
    );
    simulator.addClient({ ...client, redirectUris: [redirectUri, 'myapp://cb'] });
    assert.equal((await fetch(authorizationUrl(simulator))).status, 400);
    const back = await approvedBy(simulator, authorizationUrl(simulator, { redirect_uri: 'myapp://cb' }));
    assert.match(back.href, /^myapp:\/\/cb\?code=/);
  });

  it('lets extra parameters follow the registered address, unless addresses are compared exactly', async () => {
    await using simulator = await simulatorForTest();
    const url = authorizationUrl(simulator, { redirect_uri: `${redirectUri}?lang=cy` });
    assert.match((await approvedBy(simulator, url)).href, /\/cb\?lang=cy&code=[\w-]{32}&state=s1$/);
    simulator.toggles.redirectMatch = 'exact';
    assert.equal((await fetch(url)).status, 400);
  });

  it('gives state back byte for byte', async () => {
    await using simulator = await simulatorForTest();
    const raw = 'a%2Bb+c%20d%2f%C3%A9%FF~!*';
    const url = `${authorizationUrl(simulator, { state: undefined })}&state=${raw}`;
    assert.ok((await approvedBy(simulator, url)).search.endsWith(`&state=${raw}`));
    const without = await approvedBy(simulator, authorizationUrl(simulator, { state: undefined }));
    assert.equal(without.searchParams.has('state'), false);
    simulator.toggles.stateEcho = 'dropped';
    assert.equal((await approvedBy(simulator, url)).searchParams.has('state'), false);
  });

  it('asks for PKCE, or refuses it, as its toggle says', async () => {
    await using simulator = await simulatorForTest({ toggles: { pkce: 'required' } });
    const challenge = { code_challenge: 'x'.repeat(43), code_challenge_method: 'S256' };
    assert.equal((await fetch(authorizationUrl(simulator))).status, 400);
    assert.equal((await fetch(authorizationUrl(simulator, challenge))).status, 200);
    assert.equal(
      (await fetch(authorizationUrl(simulator, { ...challenge, code_challenge_method: 'S512' }))).status,
      400,
    );
    simulator.toggles.pkce = 'rejected';
    assert.equal((await fetch(authorizationUrl(simulator, challenge))).status, 400);
    assert.equal((await fetch(authorizationUrl(simulator))).status, 200);
  });

  it('does not let a policy stop the way back to the client', async () => {
    await using simulator = await simulatorForTest();
    const policy = (await fetch(authorizationUrl(simulator))).headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /form-action/);
  });
});

describe('log-in page', () => {
  it('logs in with a confirmed e-mail address and the password', async () => {
    await using simulator = await simulatorForTest();
    const page = await (await fetch(authorizationUrl(simulator))).text();
    assert.match(page, /Example App, a product of Example Health/);
    const tried = (form: Record<string, string>) =>
      post(`${simulator.url}/apiAuthorize.action`, { interaction: interactionOn(page), ...form });

    const wrong = await tried({ email: 'amara.okafor@example.com', password: 'Wrong-2026"<b>' });
    assert.equal(wrong.status, 422);
    const again = await wrong.text();
    assert.match(again, /role="alert"/);
    assert.match(again, /value="amara\.okafor@example\.com"/);

    const right = await tried({ email: ' Amara.Okafor@EXAMPLE.com', password: simulatorPassword });
    assert.match(await right.text(), /Amara Chidinma Okafor/);
  });

  it('escapes what was typed', async () => {
    await using simulator = await simulatorForTest();
    const page = await (await fetch(authorizationUrl(simulator))).text();
    const form = { interaction: interactionOn(page), email: '"><script>alert(1)</script>', password: 'x' };
    const answered = await (await post(`${simulator.url}/apiAuthorize.action`, form)).text();
    assert.doesNotMatch(answered, /<script>/);
  });

  it("gives a shared address to the one who confirmed it, and a parent's address to the child's record", async () => {
    await using simulator = await simulatorForTest();
    const logIn = async (email: string) => {
      const page = await (await fetch(authorizationUrl(simulator))).text();
      const form = { interaction: interactionOn(page), email, password: simulatorPassword };
      return (await post(`${simulator.url}/apiAuthorize.action`, form)).text();
    };
    assert.match(await logIn('barraclough.family@example.com'), /Helen Margaret Barraclough/);
    assert.match(await logIn('jo.shaw@example.com'), /Poppy Rose Lindqvist-Shaw/);
    assert.match(await logIn('grace.tolliver@example.com'), /We could not log you in/);
  });

  it('lets nobody in who has died, never registered, or left', async () => {
    await using simulator = await simulatorForTest();
    for (const name of ['Pemberton', 'Marlowe', 'Murphy']) {
      const { publicId } = personCalled(simulator, name);
      const response = await logInAs(simulator, authorizationUrl(simulator), publicId);
      assert.equal(response.status, 422, name);
      assert.match(await response.text(), /We could not log you in/);
    }
  });

  it('turns a professional away where a patient was asked for, as the toggle says', async () => {
    await using simulator = await simulatorForTest();
    const { publicId } = personCalled(simulator, 'Castellane');
    const attempt = () => logInAs(simulator, authorizationUrl(simulator), publicId);
    const page = await attempt();
    assert.deepEqual([page.status, page.headers.get('location')], [403, null]);
    simulator.toggles.wrongUserType = 'redirect-error';
    assert.equal((await attempt()).headers.get('location'), `${redirectUri}?error=access_denied&state=s1`);
  });

  it('expires', async () => {
    await using simulator = await simulatorForTest();
    const page = await (await fetch(authorizationUrl(simulator))).text();
    simulator.clock.advance(30 * 60 * 1000);
    const form = { interaction: interactionOn(page), person: amara(simulator) };
    const response = await post(`${simulator.url}/apiAuthorize.action`, form);
    assert.equal(response.status, 400);
    assert.match(await response.text(), /This page has expired/);
  });
});

describe('grant page', () => {
  it('gives two codes that both work for a double click on "Approve"', async () => {
    await using simulator = await simulatorForTest();
    const url = authorizationUrl(simulator, { redirect_uri: redirectUri });
    const page = await (await logInAs(simulator, url, amara(simulator))).text();
    const clicks = await Promise.all([
      answer(simulator, page, 'approve'),
      answer(simulator, page, 'approve'),
    ]);
    const codes = clicks.map(
      ({ headers }) => new URL(headers.get('location') ?? '').searchParams.get('code') ?? '',
    );
    assert.equal(new Set(codes).size, 2);
    for (const code of codes) assert.equal((await exchange(simulator, code)).status, 200);
  });

  it('grants what the page shows, though somebody else logged in meanwhile', async () => {
    await using simulator = await simulatorForTest();
    const loginPage = await (await fetch(authorizationUrl(simulator))).text();
    const logIn = async (name: string) => {
      const form = { interaction: interactionOn(loginPage), person: personCalled(simulator, name).publicId };
      return (await post(`${simulator.url}/apiAuthorize.action`, form)).text();
    };
    const first = await logIn('Okafor');
    await logIn('Whitfield');
    const back = await answer(simulator, first, 'approve');
    const code = new URL(back.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const tokens = (await (await exchange(simulator, code)).json()) as { access_token: string };
    const self = await fetch(`${simulator.url}/json/users/self`, {
      headers: { authorization: `Bearer ${tokens.access_token}` },
    });
    assert.match(await self.text(), /Okafor/);
  });

  it('denies as the toggle says', async () => {
    await using simulator = await simulatorForTest();
    const deny = async () => {
      const page = await (await logInAs(simulator, authorizationUrl(simulator), amara(simulator))).text();
      const { status, headers } = await answer(simulator, page, 'deny');
      return [status, headers.get('location')];
    };
    assert.deepEqual(await deny(), [303, `${redirectUri}?error=access_denied&state=s1`]);
    simulator.toggles.denyMode = 'redirect-without-state';
    assert.deepEqual(await deny(), [303, `${redirectUri}?error=access_denied`]);
    simulator.toggles.denyMode = 'error-page';
    assert.deepEqual(await deny(), [403, null]);
    simulator.toggles.denyMode = 'no-return';
    assert.deepEqual(await deny(), [200, null]);
  });
});
