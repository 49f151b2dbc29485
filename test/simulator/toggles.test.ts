/** Every toggle, and what somebody at the other end sees with each of its values. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { profiles, togglesOf } from '../../src/simulator/profiles.ts';
import { defaultToggles, readToggles, toggleEntries, toggleTable } from '../../src/simulator/toggles.ts';
import type { Simulator, SimulatorOptions, Toggles } from '../../src/simulator.ts';
import {
  amara,
  answer,
  approvedBy,
  authorizationUrl,
  client,
  codeFor,
  codeIn,
  exchange,
  get,
  interactionOn,
  logInAs,
  personCalled,
  post,
  read,
  redirectUri,
  refresh,
  simulatorForTest,
  type Tokens,
  token,
  tokensFor,
} from './browser-for-test.ts';

const purview = '/fhir/Consent/$purview';
const secret = 'a secret';

interface Sides<Value> {
  /** Each value, and what is seen with it. */
  readonly seen: readonly (readonly [Value, unknown])[];
  readonly look: (simulator: Simulator) => Promise<unknown>;
  readonly with?: SimulatorOptions;
}

const sides: { readonly [Name in keyof Toggles]: Sides<Toggles[Name]> } = {
  clientAuth: {
    with: { clients: [{ ...client, auth: 'post', secret }] },
    seen: [
      ['as-registered', [401, 400, 401]],
      ['none', [400, 401, 401]],
      ['post', [401, 400, 401]],
      ['basic', [401, 401, 400]],
    ],
    look: async (simulator) => {
      const basic = { authorization: `Basic ${btoa('app:a+secret')}` };
      const tried = [
        await refresh(simulator, 'x'),
        await refresh(simulator, 'x', { client_secret: secret }),
        await token(simulator, { grant_type: 'refresh_token', refresh_token: 'x' }, basic),
      ];
      return tried.map(({ status }) => status);
    },
  },
  pkce: {
    seen: [
      ['ignored', [200, 200, 200]],
      ['supported', [200, 200, 400]],
      ['required', [400, 200, 400]],
      ['rejected', [200, 400, 400]],
    ],
    look: async (simulator) => {
      const challenge = { code_challenge: 'c'.repeat(43), code_challenge_method: 'plain' };
      const statusOf = async (parameters: object) =>
        (await fetch(authorizationUrl(simulator, { ...parameters }))).status;
      const [without, withChallenge] = [await statusOf({}), await statusOf(challenge)];
      if (withChallenge !== 200) return [without, withChallenge, 400];
      const code = await codeFor(simulator, undefined, challenge);
      return [
        without,
        withChallenge,
        (await exchange(simulator, code, { code_verifier: 'w'.repeat(43) })).status,
      ];
    },
  },
  denyMode: {
    seen: [
      ['redirect', [303, 'access_denied', 's1']],
      ['redirect-without-state', [303, 'access_denied', null]],
      ['error-page', [403, null, null]],
      ['no-return', [200, null, null]],
    ],
    look: async (simulator) => {
      const page = await (await logInAs(simulator, authorizationUrl(simulator), amara(simulator))).text();
      const denied = await answer(simulator, page, 'deny');
      const back = new URL(denied.headers.get('location') ?? 'http://nowhere');
      return [denied.status, back.searchParams.get('error'), back.searchParams.get('state')];
    },
  },
  codeTtlSeconds: {
    with: { now: () => 0 },
    seen: [
      [60, 400],
      [61, 200],
    ],
    look: async (simulator) => {
      const code = await codeFor(simulator);
      simulator.clock.advance(60_000);
      return (await exchange(simulator, code)).status;
    },
  },
  codeReuse: {
    seen: [
      ['invalid-grant', [400, 200]],
      ['end-session', [400, 401]],
    ],
    look: async (simulator) => {
      const code = await codeFor(simulator);
      const { access_token } = await read<Tokens>(await exchange(simulator, code));
      const again = await exchange(simulator, code);
      return [again.status, (await get(simulator, purview, access_token)).status];
    },
  },
  tokenErrorStyle: {
    seen: [
      ['rfc6749', [400, 'application/json']],
      ['401-json', [401, 'application/json']],
      ['operation-outcome', [400, 'application/fhir+json']],
      ['html-200', [200, 'text/html; charset=utf-8']],
      ['html-500', [500, 'text/html; charset=utf-8']],
    ],
    look: async (simulator) => {
      const { status, headers } = await refresh(simulator, 'unknown');
      return [status, headers.get('content-type')];
    },
  },
  tokenHost: {
    seen: [
      ['user', ['Bearer', false, 'invalid_client']],
      ['system', ['bearer', true, 'unauthorized']],
    ],
    look: async (simulator) => {
      const tokens = await tokensFor(simulator);
      const { error } = await read<{ error: string }>(await token(simulator, { client_id: 'stranger' }));
      return [tokens.token_type, 'jti' in tokens, error];
    },
  },
  firstRefreshToken: {
    seen: [
      ['issued', true],
      ['omitted', false],
    ],
    look: async (simulator) => 'refresh_token' in (await tokensFor(simulator)),
  },
  refreshRotation: {
    seen: [
      ['rotate', 'another'],
      ['same', 'the same'],
      ['omit', 'none'],
    ],
    look: async (simulator) => {
      const { refresh_token } = await tokensFor(simulator);
      const next = (await read<Tokens>(await refresh(simulator, refresh_token))).refresh_token;
      if (next === undefined) return 'none';
      return next === refresh_token ? 'the same' : 'another';
    },
  },
  refreshReuse: {
    seen: [
      ['end-session', [400, 401]],
      ['grace', [200, 200]],
      ['refuse-token', [400, 200]],
    ],
    look: async (simulator) => {
      const { refresh_token, access_token } = await tokensFor(simulator);
      await refresh(simulator, refresh_token);
      const again = await refresh(simulator, refresh_token);
      return [again.status, (await get(simulator, purview, access_token)).status];
    },
  },
  refreshGraceSeconds: {
    with: { toggles: { refreshReuse: 'grace' }, now: () => 0 },
    seen: [
      [30, 400],
      [31, 200],
    ],
    look: async (simulator) => {
      const { refresh_token } = await tokensFor(simulator);
      await refresh(simulator, refresh_token);
      simulator.clock.advance(30_000);
      return (await refresh(simulator, refresh_token)).status;
    },
  },
  dropResponseAfterCommit: {
    seen: [
      [false, [200, 1]],
      [true, ['no answer', 1]],
    ],
    look: async (simulator) => {
      const code = await codeFor(simulator);
      const answered = await exchange(simulator, code).then(
        ({ status }) => status,
        () => 'no answer',
      );
      simulator.toggles.dropResponseAfterCommit = false;
      const again = await read<{ error_description: string }>(await exchange(simulator, code));
      return [answered, Number(again.error_description.includes('used before'))];
    },
  },
  sessionSeconds: {
    with: { now: () => 0, clients: [{ ...client, sessionSeconds: 7200 }] },
    seen: [
      ['as-registered', 'API_SESSION_EXPIRED'],
      ['unlimited', undefined],
      [7201, undefined],
    ],
    look: async (simulator) => {
      const { refresh_token } = await tokensFor(simulator);
      simulator.clock.advance(7_200_000);
      const refused = await read<{ error_description?: string }>(await refresh(simulator, refresh_token));
      return refused.error_description?.split(':')[0];
    },
  },
  omitRefreshNearEnd: {
    with: { clients: [{ ...client, sessionSeconds: 60 }] },
    seen: [
      [true, false],
      [false, true],
    ],
    look: async (simulator) => 'refresh_token' in (await tokensFor(simulator)),
  },
  oldAccessAfterRefresh: {
    seen: [
      ['valid', 200],
      ['revoked', 401],
    ],
    look: async (simulator) => {
      const { refresh_token, access_token } = await tokensFor(simulator);
      await refresh(simulator, refresh_token);
      return (await get(simulator, purview, access_token)).status;
    },
  },
  concurrentSessions: {
    seen: [
      ['allowed', [200, 200]],
      ['newest-only', [401, 200]],
    ],
    look: async (simulator) => {
      const both = [await tokensFor(simulator), await tokensFor(simulator)];
      return Promise.all(
        both.map(async ({ access_token }) => (await get(simulator, purview, access_token)).status),
      );
    },
  },
  refreshScopeParam: {
    seen: [
      ['optional', [200, 200]],
      ['required', [400, 200]],
      ['rejected', [200, 400]],
    ],
    look: async (simulator) => {
      const [first, second] = [await tokensFor(simulator), await tokensFor(simulator)];
      return [
        (await refresh(simulator, first.refresh_token)).status,
        (await refresh(simulator, second.refresh_token, { scope: 'PATIENT' })).status,
      ];
    },
  },
  apiErrorStyle: {
    seen: [
      ['401-operation-outcome', [401, 'application/fhir+json']],
      ['403-operation-outcome', [403, 'application/fhir+json']],
      ['401-empty', [401, null]],
      ['401-html', [401, 'text/html; charset=utf-8']],
    ],
    look: async (simulator) => {
      const { status, headers } = await get(simulator, purview, 'unknown');
      return [status, headers.get('content-type')];
    },
  },
  wwwAuthenticate: {
    seen: [
      [false, false],
      [true, true],
    ],
    look: async (simulator) => (await get(simulator, purview, 'unknown')).headers.has('www-authenticate'),
  },
  purviewVerb: {
    seen: [
      ['get', [200, 405]],
      ['post', [405, 200]],
      ['both', [200, 200]],
    ],
    look: async (simulator) => {
      const { access_token } = await tokensFor(simulator);
      const posted = await get(simulator, purview, undefined, {
        method: 'POST',
        headers: { authorization: `Bearer ${access_token}` },
      });
      return [(await get(simulator, purview, access_token)).status, posted.status];
    },
  },
  purviewReference: {
    seen: [
      ['relative', 'Patient/ID'],
      ['absolute', 'ORIGIN/fhir/Patient/ID'],
      ['versioned', 'Patient/ID/_history/1'],
      ['organization', 'Organization/ID'],
      ['practitioner', 'Practitioner/ID'],
      ['missing', undefined],
      ['not-a-uuid', 'Patient/4194864'],
    ],
    look: async (simulator) => {
      const { access_token } = await tokensFor(simulator);
      const { parameter } = await read<{ parameter?: { valueReference: { reference: string } }[] }>(
        await get(simulator, purview, access_token),
      );
      return parameter?.[0]?.valueReference.reference
        .replace(simulator.url, 'ORIGIN')
        .replace(amara(simulator), 'ID');
    },
  },
  wrongUserType: {
    seen: [
      ['error-page', [403, null]],
      ['redirect-error', [303, 'access_denied']],
      ['issue-tokens', [200, null]],
    ],
    look: async (simulator) => {
      const imogen = personCalled(simulator, 'Castellane').publicId;
      const { status, headers } = await logInAs(simulator, authorizationUrl(simulator), imogen);
      return [status, new URL(headers.get('location') ?? 'http://nowhere').searchParams.get('error')];
    },
  },
  sessionsOfGone: {
    seen: [
      ['end', 401],
      ['live-on', 200],
    ],
    look: async (simulator) => {
      const { access_token } = await tokensFor(simulator);
      simulator.admin.setStatus(amara(simulator), 'deceased');
      return (await get(simulator, purview, access_token)).status;
    },
  },
  revokedSession: {
    seen: [
      ['forgotten', 'BAD_AUTHENTICATION'],
      ['invalid', 'API_SESSION_INVALID'],
    ],
    look: async (simulator) => {
      const { access_token } = await tokensFor(simulator);
      simulator.admin.revokeSilently({ publicId: amara(simulator) });
      return codeIn(await get(simulator, purview, access_token));
    },
  },
  credentialChange: {
    seen: [
      ['keeps-sessions', 200],
      ['ends-sessions', 401],
    ],
    look: async (simulator) => {
      const { access_token } = await tokensFor(simulator);
      simulator.admin.changeCredentials(amara(simulator), {
        password: 'Another-2026',
        email: 'New@example.com',
      });
      return (await get(simulator, purview, access_token)).status;
    },
  },
  mergedRecord: {
    seen: [
      ['new-public-id', [200, true]],
      ['ends-sessions', [401, false]],
    ],
    look: async (simulator) => {
      const { access_token } = await tokensFor(simulator);
      const into = personCalled(simulator, 'Whitfield').publicId;
      simulator.admin.merge(amara(simulator), into);
      const response = await get(simulator, purview, access_token);
      return [response.status, (await response.text()).includes(into)];
    },
  },
  webSession: {
    seen: [
      ['off', [false, 'Log in']],
      ['remembered', [true, 'Allow access']],
    ],
    look: async (simulator) => {
      const first = await logInAs(simulator, authorizationUrl(simulator), amara(simulator));
      const cookie = first.headers.get('set-cookie')?.split(';')[0] ?? '';
      const next = await fetch(authorizationUrl(simulator), { headers: { cookie } });
      return [cookie !== '', /<title>(.*) - PKB/.exec(await next.text())?.[1]];
    },
  },
  loginDelaySeconds: {
    seen: [
      [0, 'first'],
      [3600, 'last'],
    ],
    look: async (simulator) => {
      const logIn = logInAs(simulator, authorizationUrl(simulator), amara(simulator));
      logIn.catch(() => {});
      while (simulator.received('grant').length === 0) await new Promise(setImmediate);
      // The page comes before a hundred others do, or not at all.
      const others = async () => {
        for (let n = 0; n < 100; n += 1) await fetch(authorizationUrl(simulator));
        return 'last';
      };
      return Promise.race([logIn.then(() => 'first'), others()]);
    },
  },
  loginHop: {
    seen: [
      ['off', [200, 'Allow access']],
      ['on', [303, 'Continue', 'Allow access']],
    ],
    look: async (simulator) => {
      const titleOf = (page: string) => /<title>(.*) - PKB/.exec(page)?.[1];
      const loggedIn = await logInAs(simulator, authorizationUrl(simulator), amara(simulator));
      const location = loggedIn.headers.get('location');
      if (location === null) return [loggedIn.status, titleOf(await loggedIn.text())];
      const hop = await (await fetch(new URL(location, simulator.url))).text();
      const next = await post(`${simulator.url}/apiAuthorize.action`, { interaction: interactionOn(hop) });
      return [loggedIn.status, titleOf(hop), titleOf(await next.text())];
    },
  },
  redirectMatch: {
    seen: [
      ['base-and-extra', 200],
      ['exact', 400],
    ],
    look: async (simulator) =>
      (await fetch(authorizationUrl(simulator, { redirect_uri: `${redirectUri}?tab=1` }))).status,
  },
  stateEcho: {
    seen: [
      ['exact', 'a-state-of-more-than-sixteen-characters'],
      ['truncated', 'a-state-of-more-'],
      ['dropped', null],
    ],
    look: async (simulator) => {
      const url = authorizationUrl(simulator, { state: 'a-state-of-more-than-sixteen-characters' });
      return (await approvedBy(simulator, url)).searchParams.get('state');
    },
  },
  rateLimit: {
    with: { now: () => 0 },
    seen: [
      ['off', [400, 400]],
      [1, [400, 429]],
    ],
    look: async (simulator) => [
      (await refresh(simulator, 'x')).status,
      (await refresh(simulator, 'x')).status,
    ],
  },
  restErrorStyle: {
    seen: [
      ['text', 'text/plain; charset=utf-8'],
      ['json', 'application/json'],
      ['html', 'text/html; charset=utf-8'],
    ],
    look: async (simulator) => (await get(simulator, '/json/users/self')).headers.get('content-type'),
  },
  usersSelfId: {
    seen: [
      ['stable', 1],
      ['per-session', 2],
    ],
    look: async (simulator) => {
      const ids = new Set<string>();
      for (const { access_token } of [await tokensFor(simulator), await tokensFor(simulator)]) {
        ids.add((await read<{ id: string }>(await get(simulator, '/json/users/self', access_token))).id);
      }
      return ids.size;
    },
  },
  revocationEndpoint: {
    seen: [
      ['absent', 404],
      ['present', 200],
    ],
    look: async (simulator) => {
      const form = { token: 'unknown', client_id: 'app' };
      return (await post(`${simulator.url}/apiRevoke.action`, form)).status;
    },
  },
  tokenRedirectUri: {
    seen: [
      ['if-sent', [200, 400]],
      ['always', [400, 400]],
      ['ignored', [200, 200]],
    ],
    look: async (simulator) => {
      const withoutIt = async (parameters: object) => {
        const code = await codeFor(simulator, undefined, parameters);
        return (await token(simulator, { grant_type: 'authorization_code', code, client_id: 'app' })).status;
      };
      return [await withoutIt({ redirect_uri: undefined }), await withoutIt({})];
    },
  },
  expiresInType: {
    seen: [
      ['number', 1800],
      ['string', '1800'],
      ['missing', undefined],
    ],
    look: async (simulator) => (await tokensFor(simulator)).expires_in,
  },
  expiresInOffsetSeconds: {
    seen: [
      [0, 1800],
      [-60, 1740],
    ],
    look: async (simulator) => (await tokensFor(simulator)).expires_in,
  },
  dateOffsetSeconds: {
    seen: [
      [0, 0],
      [7200, 2],
    ],
    look: async (simulator) => {
      const told = Date.parse((await refresh(simulator, 'x')).headers.get('date') ?? '');
      return Math.abs(Math.round((told - Date.now()) / 3_600_000));
    },
  },
  accessTokenSeconds: {
    seen: [
      ['as-registered', 1800],
      [600, 600],
    ],
    look: async (simulator) => (await tokensFor(simulator)).expires_in,
  },
  searchPaging: {
    seen: [
      ['off', false],
      [2, true],
    ],
    look: async (simulator) => {
      const { access_token } = await tokensFor(simulator);
      const query = `patient=${amara(simulator)}&category=LABORATORY`;
      const { link } = await read<{ link: { relation: string }[] }>(
        await get(simulator, `/fhir/Observation?${query}`, access_token),
      );
      return link.some(({ relation }) => relation === 'next');
    },
  },
};

describe('a toggle', () => {
  for (const [name, { seen, look, with: options }] of Object.entries(sides)) {
    for (const [value, expected] of seen) {
      it(`${name}: ${value}`, async () => {
        const toggles = { ...options?.toggles, [name]: value };
        await using simulator = await simulatorForTest({ ...options, toggles });
        assert.deepEqual(await look(simulator), expected);
      });
    }
  }

  it('is shown with its default, with another value, and with every word that it has', () => {
    for (const [name, toggle] of toggleEntries()) {
      const values: readonly unknown[] = sides[name].seen.map(([value]) => value);
      assert.deepEqual(values[0], toggle.default, name);
      assert.ok(values.length > 1, name);
      for (const word of toggle.words) assert.ok(values.includes(word), `${name}: ${word}`);
    }
  });

  it('takes what it allows only', () => {
    assert.deepEqual(readToggles({ pkce: 'required', rateLimit: 5 }), { pkce: 'required', rateLimit: 5 });
    assert.throws(() => readToggles({ colour: 'red' }), /there is no toggle colour/);
    assert.throws(
      () => readToggles({ pkce: 'maybe' }),
      /pkce must be ignored, supported, required, rejected/,
    );
    assert.throws(() => readToggles({ rateLimit: 0 }), /rateLimit must be off, a whole number above 0/);
    assert.throws(() => readToggles({ wwwAuthenticate: 'true' }), /wwwAuthenticate must be false, true/);
    assert.equal(toggleTable.expiresInOffsetSeconds.accepts(-1), true);
  });
});

describe('a profile', () => {
  it('changes defaults, and what it changes is allowed', () => {
    for (const { toggles } of Object.values(profiles)) readToggles(toggles);
    assert.deepEqual(togglesOf('documented'), defaultToggles);
    assert.equal(togglesOf('strict').pkce, 'required');
  });

  it('leaves a way through for a client that sends all it may', async () => {
    const verifier = 'v'.repeat(43);
    for (const profile of ['documented', 'strict', 'hostile', 'oauth2-host'] as const) {
      await using simulator = await simulatorForTest({ toggles: togglesOf(profile) });
      const url = authorizationUrl(simulator, {
        redirect_uri: redirectUri,
        code_challenge: verifier,
        code_challenge_method: 'plain',
      });
      let page = await (await fetch(url)).text();
      const form = { interaction: interactionOn(page), person: amara(simulator) };
      let next = await post(`${simulator.url}/apiAuthorize.action`, form);
      const hop = next.headers.get('location');
      if (hop) {
        page = await (await fetch(new URL(hop, simulator.url))).text();
        next = await post(`${simulator.url}/apiAuthorize.action`, { interaction: interactionOn(page) });
      }
      const approved = await answer(simulator, await next.text(), 'approve');
      const code = new URL(approved.headers.get('location') ?? '').searchParams.get('code') ?? '';
      const tokens = await read<Tokens>(await exchange(simulator, code, { code_verifier: verifier }));
      const method = simulator.toggles.purviewVerb === 'post' ? 'POST' : 'GET';
      const answered = await get(simulator, purview, undefined, {
        method,
        headers: { authorization: `Bearer ${tokens.access_token}` },
      });
      assert.match(await answered.text(), new RegExp(`Patient/${amara(simulator)}`), profile);
      if (tokens.refresh_token) {
        assert.equal(
          (await refresh(simulator, tokens.refresh_token, { scope: 'PATIENT' })).status,
          200,
          profile,
        );
      }
    }
  });
});

describe('a question without a toggle', () => {
  it('21: one record may be granted to two accounts, which are two API sessions', async () => {
    await using simulator = await simulatorForTest();
    const [first, second] = [await tokensFor(simulator), await tokensFor(simulator)];
    assert.notEqual(first.access_token, second.access_token);
    simulator.admin.endOneSession(simulator.sessions()[0]?.id ?? '', 'invalid');
    assert.equal((await get(simulator, purview, first.access_token)).status, 401);
    assert.equal((await get(simulator, purview, second.access_token)).status, 200);
  });

  it('28: every address follows the origin', async () => {
    await using simulator = await simulatorForTest({ origin: 'https://pkb.example.eu' });
    const metadata = await fetch(`http://127.0.0.1:${simulator.port}/fhir/metadata`);
    assert.match(await metadata.text(), /"url":"https:\/\/pkb\.example\.eu\/fhir"/);
  });
});
