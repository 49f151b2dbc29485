import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  AuthorizationError,
  type FailureCode,
  InvalidRequestError,
  UpstreamUnavailableError,
} from '../../src/errors.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { finish } from '../../src/flow/finish.ts';
import { link } from '../../src/flow/link.ts';
import { completionAddress, returnAddress } from '../../src/flow/return-address.ts';
import { arrange } from '../../src/hosted/arrange.ts';
import { arrive } from '../../src/hosted/arrive.ts';
import { complete } from '../../src/hosted/complete.ts';
import { linkSession } from '../../src/hosted/link-session.ts';
import { vouch } from '../../src/hosted/vouch.ts';
import type { Link } from '../../src/model.ts';
import {
  answerAtPkb,
  BROWSER,
  linked,
  personNamed,
  type Story,
  type StoryOptions,
  story,
} from '../flow/story.ts';

const RETURN_URL = 'https://app.example/linked?from=pkb';
const APP_SCHEME = 'com.example.ridgeway:/linked';
const OTHER_BROWSER = 'another-browser-of-at-least-128-bits';
const ADA = 'account-ada';
const BOB = 'account-bob';

function hostedStory(t: TestContext, options: StoryOptions = {}): Promise<Story> {
  return story(t, {
    ...options,
    app: { returnAddresses: ['/home', RETURN_URL, APP_SCHEME], ...options.app },
  });
}

const isFailure = (kind: new (...args: never[]) => Error, code: FailureCode) => (thrown: unknown) =>
  thrown instanceof kind && 'code' in thrown && thrown.code === code;

/** From the back end's call to the browser that PKB has answered. */
async function answered(s: Story, who: { appUserId?: string; browser?: string; familyName?: string } = {}) {
  const { appUserId = ADA, browser = BROWSER, familyName = 'Okafor' } = who;
  const { id, secret } = await arrange(s.app, { appUserId, returnUrl: RETURN_URL });
  const session = await arrive(s.app, { secret, browserSession: browser });
  const asking = { appUserId: session.appUserId, browserSession: browser, linkSessionId: id };
  const { url } = await authorize(s.app, asking);
  const parameters = await answerAtPkb(url, personNamed(s.simulator, familyName));
  const { authorizationId } = await callback(s.app, { parameters, browserSession: browser });
  const address = new URL(await completionAddress(s.app, { linkSessionId: id }));
  const completion = address.searchParams.get('completion') ?? '';
  return { id, secret, address, completion, authorizationId, appUserId, browser, parameters };
}

type Answered = Awaited<ReturnType<typeof answered>>;

const completing = ({ id, completion }: Answered, appUserId = ADA) => ({
  linkSessionId: id,
  appUserId,
  completion,
});

const exchanged = (s: Story) => s.simulator.received('token').length;

async function events(s: Story, appUserId: string): Promise<readonly string[]> {
  const history = await s.app.store.listAccountEvents(appUserId);
  return history.map(({ type, reason }) => `${type}${reason ? ` (${reason})` : ''}`);
}

describe('a link session', () => {
  it('leads from the back end’s call to a link, by the back end’s own word on who came back', async (t) => {
    const s = await hostedStory(t);
    const state = async (id: string) => (await linkSession(s.app, { linkSessionId: id })).state;
    const made = await arrange(s.app, { appUserId: ADA, returnUrl: RETURN_URL });
    assert.equal(made.secret.length, 43);
    assert.equal(await state(made.id), 'made');
    await arrive(s.app, { secret: made.secret, browserSession: BROWSER });
    assert.equal(await state(made.id), 'opened');
    const asking = { appUserId: ADA, browserSession: BROWSER, linkSessionId: made.id };
    const { url } = await authorize(s.app, asking);
    assert.equal(await state(made.id), 'asked');
    const parameters = await answerAtPkb(url, personNamed(s.simulator, 'Okafor'));
    const came = await callback(s.app, { parameters, browserSession: BROWSER });
    assert.equal(came.linkSessionId, made.id);
    assert.equal(await state(made.id), 'answered');
    assert.equal(exchanged(s), 0, 'nothing is exchanged before the back end has spoken');

    const address = new URL(await completionAddress(s.app, { linkSessionId: made.id }));
    assert.equal(address.searchParams.get('from'), 'pkb');
    assert.equal(address.searchParams.get('session'), made.id);
    const completion = address.searchParams.get('completion') ?? '';
    const done = await complete(s.app, { linkSessionId: made.id, appUserId: ADA, completion });
    assert.equal(await state(made.id), 'completed');
    const { authorizationId = '' } = done;
    const proposal = await finish(s.app, { authorizationId, appUserId: ADA, linkSessionId: made.id });
    assert.equal((proposal as Link).state, 'proposed');
    assert.equal((proposal as Link).appUserId, ADA);
    const { vouching } = done;
    const vouching1 = { linkSessionId: made.id, vouching, browserSession: BROWSER };
    assert.equal((await vouch(s.app, vouching1)).appUserId, ADA);
    const active = await link(s.app, { appUserId: ADA, linkId: (proposal as Link).id });
    assert.equal(active.state, 'active');
    assert.deepEqual(await events(s, ADA), ['link.proposed', 'link.active']);
  });

  it('goes back only to a whole address that is registered, exactly', async (t) => {
    const s = await hostedStory(t);
    for (const returnUrl of [
      '/home',
      '/elsewhere',
      'https://app.example/linked',
      `${RETURN_URL}&x=1`,
      'https://evil.example/',
      'com.example.ridgeway:/other',
      'javascript:alert(1)',
      '',
    ]) {
      await assert.rejects(
        arrange(s.app, { appUserId: ADA, returnUrl }),
        isFailure(InvalidRequestError, 'return-to-not-allowed'),
        returnUrl,
      );
    }
    const session = await arrange(s.app, { appUserId: ADA, returnUrl: APP_SCHEME, page: 'connection' });
    await arrive(s.app, { secret: session.secret, browserSession: BROWSER });
    assert.match(
      await completionAddress(s.app, { linkSessionId: session.id }),
      /^com\.example\.ridgeway:\/linked\?session=[0-9a-f-]{36}&completion=[A-Za-z0-9_-]{43}$/,
    );
  });

  it('appends to the registered address, before its fragment', () => {
    const id = 'one';
    for (const [returnUrl, expected] of [
      ['https://app.example', 'https://app.example?session=one'],
      ['https://app.example/a?b=c%20d', 'https://app.example/a?b=c%20d&session=one'],
      ['https://app.example/#/route', 'https://app.example/?session=one#/route'],
      ['com.example.app:linked', 'com.example.app:linked?session=one'],
    ] as const) {
      assert.equal(returnAddress({ returnUrl, id }), expected);
    }
  });

  it('opens in another browser until the grant was asked for, and is the newest one’s', async (t) => {
    const s = await hostedStory(t);
    const { id, secret } = await arrange(s.app, { appUserId: ADA, returnUrl: RETURN_URL });
    await arrive(s.app, { secret, browserSession: OTHER_BROWSER });
    await arrive(s.app, { secret, browserSession: BROWSER });
    const asking = { appUserId: ADA, linkSessionId: id };
    const used = isFailure(AuthorizationError, 'link-session-used');
    await assert.rejects(authorize(s.app, { ...asking, browserSession: OTHER_BROWSER }), used);
    await authorize(s.app, { ...asking, browserSession: BROWSER });
    await assert.rejects(arrive(s.app, { secret, browserSession: OTHER_BROWSER }), used);
    await arrive(s.app, { secret, browserSession: BROWSER });
    await assert.rejects(
      arrive(s.app, { secret: 'x'.repeat(43), browserSession: BROWSER }),
      isFailure(InvalidRequestError, 'unknown-link-session'),
    );
  });

  it('is dead once it is completed, and once its time is over', async (t) => {
    const s = await hostedStory(t);
    const came = await answered(s);
    await complete(s.app, completing(came));
    await assert.rejects(
      arrive(s.app, { secret: came.secret, browserSession: BROWSER }),
      isFailure(AuthorizationError, 'link-session-used'),
    );
    const late = await arrange(s.app, { appUserId: ADA, returnUrl: RETURN_URL });
    s.advance(3601);
    await assert.rejects(
      arrive(s.app, { secret: late.secret, browserSession: BROWSER }),
      isFailure(AuthorizationError, 'link-session-expired'),
    );
    assert.equal((await linkSession(s.app, { linkSessionId: late.id })).state, 'expired');
  });

  it('gives whoever opens it late the whole time at PKB', async (t) => {
    const s = await hostedStory(t);
    const { id, secret } = await arrange(s.app, { appUserId: ADA, returnUrl: RETURN_URL });
    s.advance(3590);
    await arrive(s.app, { secret, browserSession: BROWSER });
    const asking = { appUserId: ADA, browserSession: BROWSER, linkSessionId: id };
    const { url } = await authorize(s.app, asking);
    const parameters = await answerAtPkb(url, personNamed(s.simulator, 'Okafor'));
    s.advance(3590);
    await callback(s.app, { parameters, browserSession: BROWSER });
    const address = new URL(await completionAddress(s.app, { linkSessionId: id }));
    const completion = address.searchParams.get('completion') ?? '';
    assert.ok(await complete(s.app, { linkSessionId: id, appUserId: ADA, completion }));
  });

  it('says what became of it when the patient denies, and lets them try again', async (t) => {
    const s = await hostedStory(t);
    const { id, secret } = await arrange(s.app, { appUserId: ADA, returnUrl: RETURN_URL });
    await arrive(s.app, { secret, browserSession: BROWSER });
    const asking = { appUserId: ADA, browserSession: BROWSER, linkSessionId: id };
    const { url } = await authorize(s.app, asking);
    const parameters = await answerAtPkb(url, personNamed(s.simulator, 'Okafor'), 'deny');
    await assert.rejects(
      callback(s.app, { parameters, browserSession: BROWSER }),
      isFailure(AuthorizationError, 'access-denied'),
    );
    const { state, failure } = await linkSession(s.app, { linkSessionId: id });
    assert.deepEqual([state, failure], ['opened', 'access-denied']);
    s.advance(1);
    await authorize(s.app, asking);
    assert.equal((await linkSession(s.app, { linkSessionId: id })).state, 'asked');
  });
});

describe('completing a link session', () => {
  it('is refused for another account, drops code and session, and is written down: an address that was sent on', async (t) => {
    const s = await hostedStory(t);
    // Bob made the session for himself and sent the address to Ada, who granted her record and came back signed in.
    const came = await answered(s, { appUserId: BOB });
    const different = isFailure(AuthorizationError, 'different-account');
    await assert.rejects(complete(s.app, completing(came, ADA)), different);
    assert.equal(exchanged(s), 0);
    assert.equal(await s.app.store.findLink(ADA), undefined);
    assert.equal(await s.app.store.findLink(BOB), undefined);
    const dropped = await s.app.store.findPendingAuthorization({ id: came.authorizationId });
    assert.deepEqual([dropped?.step, dropped?.refusal], ['refused', 'different-account']);
    assert.equal(await s.app.store.takeCode(came.authorizationId, s.app.now()), undefined);
    assert.deepEqual(await events(s, BOB), ['link.completion_refused (different-account)']);
    assert.deepEqual(await events(s, ADA), []);
    await assert.rejects(complete(s.app, completing(came, BOB)), different, 'not even for Bob from now on');
    assert.equal((await linkSession(s.app, { linkSessionId: came.id })).state, 'refused');
  });

  it('gives the same answer again to the same account, and exchanges once', async (t) => {
    const s = await hostedStory(t);
    const came = await answered(s);
    const both = await Promise.all([
      complete(s.app, completing(came)),
      complete(s.app, completing(came)),
      complete(s.app, completing(came)),
    ]);
    const { authorizationId } = came;
    const links = await Promise.all(
      both.map((done) => {
        assert.equal(done.authorizationId, authorizationId);
        return finish(s.app, { authorizationId, appUserId: ADA, linkSessionId: came.id });
      }),
    );
    assert.equal(new Set(links.map((one) => (one as Link).id)).size, 1);
    assert.equal(new Set(both.map(({ vouching }) => vouching)).size, 1);
    assert.equal(exchanged(s), 1);
  });

  it('is refused to another account afterwards too, which is written down, and takes nothing away', async (t) => {
    const s = await hostedStory(t);
    const came = await answered(s);
    await complete(s.app, completing(came));
    await assert.rejects(
      complete(s.app, completing(came, BOB)),
      isFailure(AuthorizationError, 'different-account'),
    );
    assert.deepEqual(await events(s, ADA), ['link.completion_refused (different-account)']);
    assert.ok(await complete(s.app, completing(came)));
    assert.equal(await s.app.store.findLink(BOB), undefined);
  });

  it('takes no other completion, and a wrong one drops nothing, whoever brings it', async (t) => {
    const s = await hostedStory(t);
    const came = await answered(s);
    const other = await answered(s, { browser: OTHER_BROWSER, familyName: 'Whitfield' });
    const wrong = isFailure(InvalidRequestError, 'wrong-completion');
    for (const completion of ['', 'x'.repeat(43), other.completion, came.secret]) {
      for (const appUserId of [ADA, BOB]) {
        await assert.rejects(complete(s.app, { linkSessionId: came.id, appUserId, completion }), wrong);
      }
    }
    assert.ok(await complete(s.app, completing(came)));
    await assert.rejects(
      complete(s.app, { ...completing(came), linkSessionId: 'nobody' }),
      isFailure(InvalidRequestError, 'unknown-link-session'),
    );
  });

  it('goes on in another process, wherever the first one stopped', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'pkb-link-session-'));
    const s = await hostedStory(t, { databaseUrl: `file:${join(folder, 'links.db')}` });
    t.after(() => rmSync(folder, { recursive: true }));
    const came = await answered(s);
    const owner = { authorizationId: came.authorizationId, appUserId: ADA, linkSessionId: came.id };
    const first = await complete(s.app, completing(came));
    await exchange(s.app, owner);
    const other = await s.another();
    assert.equal((await complete(other, completing(came))).vouching, first.vouching);
    assert.equal(((await finish(other, owner)) as Link).state, 'proposed');
    assert.equal(exchanged(s), 1);
  });

  it('is too late once the authorization has expired', async (t) => {
    const s = await hostedStory(t);
    const came = await answered(s);
    s.advance(3601);
    await assert.rejects(
      complete(s.app, completing(came)),
      isFailure(AuthorizationError, 'link-session-expired'),
    );
    assert.equal(exchanged(s), 0);
  });

  it('is what the exchange waits for: without it neither the account nor its browser gets that far', async (t) => {
    const s = await hostedStory(t);
    const { id, authorizationId } = await answered(s);
    await assert.rejects(
      exchange(s.app, { authorizationId, appUserId: ADA, linkSessionId: id }),
      isFailure(AuthorizationError, 'different-browser'),
    );
    const other = await answered(s, { appUserId: BOB, browser: OTHER_BROWSER, familyName: 'Whitfield' });
    await complete(s.app, completing(other, BOB));
    await assert.rejects(
      exchange(s.app, { authorizationId, appUserId: ADA, linkSessionId: other.id }),
      isFailure(AuthorizationError, 'different-browser'),
      'the completed session of somebody else opens nothing',
    );
    assert.equal(exchanged(s), 0);
  });

  it('keeps the place while PKB is away, and goes on with the same completion', async (t) => {
    const s = await hostedStory(t);
    const came = await answered(s);
    await complete(s.app, completing(came));
    const owner = { authorizationId: came.authorizationId, appUserId: ADA, linkSessionId: came.id };
    s.simulator.next('purview', { status: 503 });
    await assert.rejects(finish(s.app, owner), UpstreamUnavailableError);
    await complete(s.app, completing(came));
    assert.equal(((await finish(s.app, owner)) as Link).state, 'proposed');
    assert.equal(exchanged(s), 1);
  });
});

describe('vouching for a browser', () => {
  it('needs the browser that was at PKB and what its account was given, both, and in time', async (t) => {
    const s = await hostedStory(t);
    const came = await answered(s);
    const { vouching } = await complete(s.app, completing(came));
    const input = { linkSessionId: came.id, vouching, browserSession: BROWSER };
    const unknown = isFailure(InvalidRequestError, 'unknown-link-session');
    for (const wrong of [came.completion, came.secret, '']) {
      await assert.rejects(vouch(s.app, { ...input, vouching: wrong }), unknown);
    }
    for (const browserSession of [OTHER_BROWSER, undefined]) {
      await assert.rejects(
        vouch(s.app, { ...input, browserSession }),
        isFailure(AuthorizationError, 'different-browser'),
      );
    }
    assert.equal((await vouch(s.app, input)).id, came.id);
    s.advance(30 * 60 + 1);
    await assert.rejects(vouch(s.app, input), isFailure(AuthorizationError, 'link-session-expired'));
  });

  it('is not to be had by an account’s session in a browser that was sent its address', async (t) => {
    const s = await hostedStory(t);
    // Ada's address got out. Bob opens it, grants his own record, and sends her on to her own app, where she is signed in.
    const came = await answered(s, { browser: OTHER_BROWSER, familyName: 'Whitfield' });
    const { vouching } = await complete(s.app, completing(came));
    // Her browser has what her app was given, but was never at PKB; his was, but has only what PKB's answer brought him.
    for (const attempt of [
      { vouching, browserSession: BROWSER },
      { vouching: came.completion, browserSession: OTHER_BROWSER },
    ]) {
      await assert.rejects(vouch(s.app, { linkSessionId: came.id, ...attempt }));
    }
    const owner = { authorizationId: came.authorizationId, appUserId: ADA, linkSessionId: came.id };
    assert.equal(((await finish(s.app, owner)) as Link).state, 'proposed', 'and is never confirmed');
  });
});

describe('a session that looks after a link', () => {
  it('asks the back end first, and exchanges nothing', async (t) => {
    const s = await hostedStory(t);
    const active = await linked(s, { appUserId: ADA });
    const before = exchanged(s);
    const arranging = { appUserId: ADA, returnUrl: RETURN_URL, page: 'connection' } as const;
    const { id, secret } = await arrange(s.app, arranging);
    await arrive(s.app, { secret, browserSession: BROWSER });
    const address = new URL(await completionAddress(s.app, { linkSessionId: id }));
    const completion = address.searchParams.get('completion') ?? '';
    const done = await complete(s.app, { linkSessionId: id, appUserId: ADA, completion });
    assert.equal(done.authorizationId, undefined);
    await vouch(s.app, { linkSessionId: id, vouching: done.vouching, browserSession: BROWSER });
    assert.equal(exchanged(s), before);
    assert.deepEqual(await s.app.store.findLink(ADA), active);
  });

  it('is not completed before a browser has arrived', async (t) => {
    const s = await hostedStory(t);
    const arranging = { appUserId: ADA, returnUrl: RETURN_URL, page: 'connection' } as const;
    const { id } = await arrange(s.app, arranging);
    const address = new URL(await completionAddress(s.app, { linkSessionId: id }));
    const completion = address.searchParams.get('completion') ?? '';
    await assert.rejects(
      complete(s.app, { linkSessionId: id, appUserId: ADA, completion }),
      isFailure(InvalidRequestError, 'wrong-completion'),
    );
  });
});
