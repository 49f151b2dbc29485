import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { APP_USER_ID, answerAtPkb, BROWSER, granted, personNamed, type Story, story } from './story.ts';

const OTHER_BROWSER = 'another-browser-session-of-128-bits';

async function asked({ app, simulator }: Story, answer: 'approve' | 'deny' = 'approve') {
  const { url, authorizationId } = await authorize(app, { appUserId: APP_USER_ID, browserSession: BROWSER });
  const parameters = await answerAtPkb(url, personNamed(simulator, 'Okafor'), answer);
  return { parameters, authorizationId };
}

function step({ app }: Story, id: string) {
  return app.store.findPendingAuthorization({ id }).then((authorization) => authorization?.step);
}

describe('callback', () => {
  it('takes the answer of the browser that started, and asks nobody anything', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s);
    const taken = await callback(s.app, { parameters, browserSession: BROWSER, appUserId: APP_USER_ID });
    assert.deepEqual(taken, { authorizationId, repeated: false });
    assert.equal(await step(s, authorizationId), 'answered');
    assert.equal(s.simulator.received('token').length, 0);
  });

  it('can take it before it is known who is signed in', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s);
    assert.equal(
      (await callback(s.app, { parameters, browserSession: BROWSER })).authorizationId,
      authorizationId,
    );
  });

  it('leads the same answer again to the same authorization: a double click, a reload, the back button', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s);
    const input = { parameters, browserSession: BROWSER, appUserId: APP_USER_ID };
    const answers = await Promise.all([
      callback(s.app, input),
      callback(s.app, input),
      callback(s.app, input),
    ]);
    assert.deepEqual(answers.map((answer) => answer.repeated).sort(), [false, true, true]);
    assert.ok(answers.every((answer) => answer.authorizationId === authorizationId));
  });

  it('lets the first code stand where another one comes while it is under way', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s);
    await callback(s.app, { parameters, browserSession: BROWSER });
    const second = new URLSearchParams({ state: parameters.get('state') ?? '', code: 'a-second-code' });
    const owner = { authorizationId, appUserId: APP_USER_ID, browserSession: BROWSER };
    for (const go of [exchange, identify]) {
      const answer = await callback(s.app, { parameters: second, browserSession: BROWSER });
      assert.deepEqual(answer, { authorizationId, repeated: true });
      await go(s.app, owner);
    }
    const sent = s.simulator.received('token').map(({ body }) => (body as Record<string, string>).code);
    assert.deepEqual(sent, [parameters.get('code')]);
    await assert.rejects(callback(s.app, { parameters: second, browserSession: BROWSER }), {
      code: 'state-used',
    });
  });

  it('refuses a used state after its authorization was finished', async (t) => {
    const s = await story(t);
    const { parameters, ...owner } = await granted(s);
    await exchange(s.app, owner);
    await identify(s.app, owner);
    const other = new URLSearchParams({ state: parameters.get('state') ?? '', code: 'other' });
    await assert.rejects(callback(s.app, { parameters: other, browserSession: BROWSER }), {
      code: 'state-used',
    });
    const again = await callback(s.app, { parameters, browserSession: BROWSER });
    assert.equal(again.authorizationId, owner.authorizationId);
  });

  it('refuses another browser, and leaves the authorization to the one that started', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s);
    for (const browserSession of [OTHER_BROWSER, undefined, '']) {
      await assert.rejects(callback(s.app, { parameters, browserSession }), { code: 'different-browser' });
    }
    assert.equal(await step(s, authorizationId), 'asked');
    await callback(s.app, { parameters, browserSession: BROWSER });
  });

  it('refuses another account in the same browser, for good', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s);
    const other = { parameters, browserSession: BROWSER, appUserId: 'account-2' };
    await assert.rejects(callback(s.app, other), { code: 'different-account' });
    assert.equal(await step(s, authorizationId), 'refused');
    const owner = { parameters, browserSession: BROWSER, appUserId: APP_USER_ID };
    await assert.rejects(callback(s.app, owner), { code: 'state-used' });
    assert.deepEqual(await refusals(s), ['different-account']);
  });

  it('refuses a state that nobody asked with', async (t) => {
    const s = await story(t);
    const parameters = new URLSearchParams({ state: 'never-asked', code: 'code' });
    await assert.rejects(callback(s.app, { parameters, browserSession: BROWSER }), { code: 'state-unknown' });
  });

  it('refuses an answer that comes too late', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s);
    s.advance(3601);
    await assert.rejects(callback(s.app, { parameters, browserSession: BROWSER }), { code: 'state-expired' });
    assert.equal(await step(s, authorizationId), 'asked');
  });

  it('tells that the patient denied, also when the page is loaded again', async (t) => {
    const s = await story(t);
    const { parameters, authorizationId } = await asked(s, 'deny');
    for (let time = 0; time < 2; time += 1) {
      await assert.rejects(callback(s.app, { parameters, browserSession: BROWSER }), {
        name: 'AuthorizationError',
        code: 'access-denied',
      });
    }
    assert.equal(await step(s, authorizationId), 'refused');
  });

  it('tells that the patient denied where PKB does not send the state back, and touches nothing', async (t) => {
    const s = await story(t, { toggles: { denyMode: 'redirect-without-state' } });
    const { parameters, authorizationId } = await asked(s, 'deny');
    assert.equal(parameters.get('state'), null);
    await assert.rejects(callback(s.app, { parameters, browserSession: BROWSER }), { code: 'access-denied' });
    assert.equal(await step(s, authorizationId), 'asked');
  });

  it('tells an outage and a refused client apart from a denial', async (t) => {
    const s = await story(t);
    for (const [error, name] of [
      ['temporarily_unavailable', 'UpstreamUnavailableError'],
      ['unauthorized_client', 'ConfigurationError'],
    ] as const) {
      const { url } = await authorize(s.app, { appUserId: APP_USER_ID, browserSession: BROWSER });
      const parameters = new URLSearchParams({ state: url.searchParams.get('state') ?? '', error });
      for (let time = 0; time < 2; time += 1) {
        await assert.rejects(callback(s.app, { parameters, browserSession: BROWSER }), { name });
      }
    }
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ['nothing', '', 'code'],
    ['a state and nothing else', 'state=x', 'code'],
    ['an empty code', 'state=x&code=', 'code'],
    ['a code without a state', 'code=x', 'state'],
    ['two states', 'state=x&state=y&code=z', 'state'],
    ['two codes', 'state=x&code=y&code=z', 'code'],
    ['two errors', 'state=x&error=y&error=z', 'error'],
    ['a state that is too long', `state=${'x'.repeat(513)}&code=y`, 'state'],
    ['a code that is too long', `state=x&code=${'y'.repeat(4097)}`, 'code'],
    ['an error that is too long', `state=x&error=${'y'.repeat(257)}`, 'error'],
  ];
  for (const [what, query, field] of bad) {
    it(`refuses ${what}, and names ${field}`, async (t) => {
      const { app } = await story(t);
      const parameters = new URLSearchParams(query);
      await assert.rejects(callback(app, { parameters, browserSession: BROWSER }), {
        code: 'bad-input',
        field,
      });
    });
  }
});

/** Why completions were refused, of the account that asked. */
async function refusals(s: Story): Promise<readonly (string | undefined)[]> {
  const events = await s.app.store.listAccountEvents(APP_USER_ID);
  return events.filter(({ type }) => type === 'link.completion_refused').map(({ reason }) => reason);
}
