import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { InvalidRequestError } from '../../src/errors.ts';
import { account } from '../../src/flow/account.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { APP_USER_ID, answerAtPkb, BROWSER, personNamed, story } from './story.ts';

describe('authorize', () => {
  it("leads to PKB's grant screen, with everything that PKB documents and nothing else", async (t) => {
    const { app, simulator } = await story(t);
    const { url, expiresAt } = await authorize(app, { appUserId: APP_USER_ID, browserSession: BROWSER });
    assert.equal(url.origin + url.pathname, `${simulator.url}/apiAuthorize.action`);
    assert.deepEqual(
      [...url.searchParams.keys()],
      ['response_type', 'client_id', 'redirect_uri', 'scope', 'state'],
    );
    assert.equal(url.searchParams.get('response_type'), 'code');
    assert.equal(url.searchParams.get('client_id'), 'story');
    assert.equal(url.searchParams.get('redirect_uri'), 'https://app.example/pkb/callback');
    assert.equal(url.searchParams.get('scope'), 'PATIENT');
    assert.match(url.searchParams.get('state') ?? '', /^[A-Za-z0-9_-]{43}$/);
    assert.equal(expiresAt.getTime(), app.now().getTime() + 3_600_000);
    assert.equal((await fetch(url)).status, 200);
  });

  it('never asks twice with the same state', async (t) => {
    const { app } = await story(t);
    const states = new Set<string | null>();
    for (let i = 0; i < 50; i += 1) {
      const { url } = await authorize(app, { appUserId: APP_USER_ID, browserSession: BROWSER });
      states.add(url.searchParams.get('state'));
    }
    assert.equal(states.size, 50);
  });

  it('proves itself by PKCE where the provider supports it', async (t) => {
    const { app, simulator } = await story(t, {
      toggles: { pkce: 'required' },
      app: { provider: { pkce: true } },
    });
    const { url } = await authorize(app, { appUserId: APP_USER_ID, browserSession: BROWSER });
    assert.equal(url.searchParams.get('code_challenge_method'), 'S256');
    assert.match(url.searchParams.get('code_challenge') ?? '', /^[A-Za-z0-9_-]{43}$/);
    const parameters = await answerAtPkb(url, personNamed(simulator, 'Okafor'));
    assert.ok(parameters.get('code'));
  });

  it('sends the patient back only to a registered address, the first one unless told', async (t) => {
    const { app } = await story(t);
    const { authorizationId } = await authorize(app, { appUserId: APP_USER_ID, browserSession: BROWSER });
    assert.equal((await app.store.findPendingAuthorization({ id: authorizationId }))?.returnTo, '/home');
    const chosen = { appUserId: APP_USER_ID, browserSession: BROWSER, returnTo: '/settings' };
    const second = await authorize(app, chosen);
    assert.equal(
      (await app.store.findPendingAuthorization({ id: second.authorizationId }))?.returnTo,
      '/settings',
    );
    for (const returnTo of ['https://evil.example/', '//evil.example', '/home?x', '']) {
      await assert.rejects(authorize(app, { ...chosen, returnTo }), {
        code: 'return-to-not-allowed',
        field: 'return_to',
      });
    }
  });

  it('destroys what has expired, once for all who begin within a second', async (t) => {
    const s = await story(t);
    const asking = { appUserId: APP_USER_ID, browserSession: BROWSER };
    async function answered(): Promise<string> {
      const { url, authorizationId } = await authorize(s.app, asking);
      const parameters = await answerAtPkb(url, personNamed(s.simulator, 'Okafor'));
      await callback(s.app, { parameters, browserSession: BROWSER });
      return authorizationId;
    }
    const ids = [await answered()];
    s.advance(0.5);
    ids.push(await answered());
    async function stepsAfter(seconds: number) {
      s.advance(seconds);
      await authorize(s.app, asking);
      const all = await Promise.all(ids.map((id) => s.app.store.findPendingAuthorization({ id })));
      return all.map((each) => each?.step);
    }
    assert.deepEqual(await stepsAfter(3599.7), ['refused', 'answered']);
    assert.deepEqual(await stepsAfter(0.5), ['refused', 'answered']);
    assert.deepEqual(await stepsAfter(0.6), ['refused', 'refused']);
  });

  it('needs a browser session that nobody can guess', async (t) => {
    const { app } = await story(t);
    await assert.rejects(authorize(app, { appUserId: APP_USER_ID, browserSession: '123' }), {
      code: 'bad-input',
      field: 'browser_session',
    });
  });
});

describe('account', () => {
  it('has no link and nothing to do before it has begun', async (t) => {
    const { app } = await story(t);
    assert.deepEqual(await account(app, { appUserId: APP_USER_ID }), {
      appUserId: APP_USER_ID,
      nextAction: 'none',
    });
  });

  const impossible: readonly (readonly [string, unknown])[] = [
    ['nothing', ''],
    ['no text', 7],
    ['undefined', undefined],
    ['a list', ['a']],
    ['256 characters', 'x'.repeat(256)],
    ['a line break', 'a\nb'],
    ['a NUL', 'a\0b'],
    ['half of a surrogate pair', 'a\uD800'],
    ['a space in front', ' a'],
    ['a space behind', 'a '],
    ['a dot', '.'],
    ['two dots', '..'],
  ];
  for (const [what, appUserId] of impossible) {
    it(`refuses ${what} as an app_user_id, and says so`, async (t) => {
      const { app } = await story(t);
      for (const verb of [
        () => account(app, { appUserId: appUserId as string }),
        () => authorize(app, { appUserId: appUserId as string, browserSession: BROWSER }),
      ]) {
        await assert.rejects(verb(), (failure) => {
          assert.ok(failure instanceof InvalidRequestError);
          assert.equal(failure.field, 'app_user_id');
          return true;
        });
      }
    });
  }

  it('accepts what a partner may well use: 255 characters, any script, an odd sign', async (t) => {
    const { app } = await story(t);
    for (const appUserId of ['x'.repeat(255), 'Siân-😀', 'auth0|5f7c', "a'; drop table link; --", '0']) {
      assert.equal((await account(app, { appUserId })).appUserId, appUserId);
    }
  });
});
