import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { describe, it, type TestContext } from 'node:test';
import type { App } from '../../src/app.ts';
import { account } from '../../src/flow/account.ts';
import { type AuthorizationRequest, authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { request } from '../../src/flow/request.ts';
import { unlink } from '../../src/flow/unlink.ts';
import type { AuthorizationStep, LinkState } from '../../src/model.ts';
import type { Endpoint } from '../../src/simulator.ts';
import { APP_USER_ID, answerAtPkb, BROWSER, linked, personNamed, type Story } from '../flow/story.ts';
import { codesSent, contents, type Place, place, until } from './processes.ts';

const ROUNDS = 5;
const WHO = { appUserId: APP_USER_ID, browserSession: BROWSER };

type Step = 'authorize' | 'callback' | 'exchange' | 'identify' | 'link' | 'unlink';

interface Cut {
  readonly when: string;
  /** A moment of the other process (see `process.ts`), or an endpoint of PKB that holds its answer back. */
  readonly at: string | { readonly held: Endpoint };
  /** What is in the database afterwards: the step of the authorization and the state of the link. */
  readonly left: '' | AuthorizationStep | `finished ${LinkState}`;
  /** How many codes PKB has seen by then. */
  readonly codes: 0 | 1;
  /**
   * What loading the same page again does. `goes on`: it succeeds and so does all that follows. `interrupted`: it says to
   * wait, later that the patient must start again. `starts again`: the browser has no such page.
   */
  readonly outcome: 'goes on' | 'interrupted' | 'starts again';
}

const CUTS: Readonly<Record<Step, readonly Cut[]>> = {
  authorize: [
    {
      when: 'before the authorization is remembered',
      at: 'before transaction',
      left: '',
      codes: 0,
      outcome: 'starts again',
    },
    {
      when: 'before the browser is sent to PKB',
      at: 'after transaction',
      left: 'asked',
      codes: 0,
      outcome: 'starts again',
    },
    { when: 'while the patient is at PKB', at: 'answered', left: 'asked', codes: 0, outcome: 'goes on' },
  ],
  callback: [
    {
      when: "before PKB's answer is taken",
      at: 'before takePendingAuthorization',
      left: 'asked',
      codes: 0,
      outcome: 'goes on',
    },
    {
      when: "between PKB's answer and the redirect to a clean address",
      at: 'after takePendingAuthorization',
      left: 'answered',
      codes: 0,
      outcome: 'goes on',
    },
  ],
  exchange: [
    {
      when: 'before the code is taken',
      at: 'before takeCode',
      left: 'answered',
      codes: 0,
      outcome: 'goes on',
    },
    {
      when: 'between taking the code and sending it',
      at: 'before apiToken.action',
      left: 'exchanging',
      codes: 0,
      outcome: 'interrupted',
    },
    {
      when: 'while PKB thinks about the code',
      at: { held: 'token' },
      left: 'exchanging',
      codes: 1,
      outcome: 'interrupted',
    },
    {
      when: 'after PKB has issued tokens',
      at: 'after apiToken.action',
      left: 'exchanging',
      codes: 1,
      outcome: 'interrupted',
    },
    {
      when: 'with the tokens in hand, before they are saved',
      at: 'before saveExchange',
      left: 'exchanging',
      codes: 1,
      outcome: 'interrupted',
    },
    {
      when: 'after the tokens are saved',
      at: 'after saveExchange',
      left: 'exchanged',
      codes: 1,
      outcome: 'goes on',
    },
  ],
  identify: [
    { when: 'before $purview', at: 'before $purview', left: 'exchanged', codes: 1, outcome: 'goes on' },
    {
      when: 'while PKB thinks about $purview',
      at: { held: 'purview' },
      left: 'exchanged',
      codes: 1,
      outcome: 'goes on',
    },
    { when: 'after $purview', at: 'before transaction', left: 'exchanged', codes: 1, outcome: 'goes on' },
    {
      when: 'while the proposal is written',
      at: 'before commit',
      left: 'exchanged',
      codes: 1,
      outcome: 'goes on',
    },
    {
      when: 'after the proposal',
      at: 'after transaction',
      left: 'finished proposed',
      codes: 1,
      outcome: 'goes on',
    },
  ],
  link: [
    {
      when: "while the patient's yes is written",
      at: 'before commit',
      left: 'finished proposed',
      codes: 1,
      outcome: 'goes on',
    },
    {
      when: "after the patient's yes, before its page is answered",
      at: 'after transaction',
      left: 'finished active',
      codes: 1,
      outcome: 'goes on',
    },
  ],
  unlink: [
    {
      when: 'while the unlinking is written',
      at: 'before commit',
      left: 'finished active',
      codes: 1,
      outcome: 'goes on',
    },
    {
      when: 'after the unlinking',
      at: 'after transaction',
      left: 'finished unlinked',
      codes: 1,
      outcome: 'goes on',
    },
  ],
};

/** What the browser has to come back with: the address it was sent to, or the page it was on. */
interface Browser {
  url?: URL;
  parameters?: URLSearchParams;
  authorizationId?: string;
  linkId?: string;
}

type Walk = (app: App, story: Story, browser: Browser) => Promise<unknown>;

/** One press or one page load each; what a page leads to is put where the next one finds it. */
const WALK: Readonly<Record<Step, Walk>> = {
  async authorize(app, _story, browser) {
    browser.url = (await authorize(app, WHO)).url;
  },
  async callback(app, { simulator }, browser) {
    browser.parameters ??= await answerAtPkb(given(browser.url), personNamed(simulator, 'Okafor'));
    browser.authorizationId = (await callback(app, inputOf.callback(browser))).authorizationId;
  },
  exchange: (app, _story, browser) => exchange(app, inputOf.exchange(browser)),
  async identify(app, _story, browser) {
    browser.linkId = (await identify(app, inputOf.exchange(browser))).id;
  },
  link: (app, _story, browser) => link(app, inputOf.link(browser)),
  unlink: (app) => unlink(app, WHO),
};
const STEPS = Object.keys(WALK) as readonly Step[];

const inputOf = {
  callback: ({ parameters }: Browser) => ({ ...WHO, parameters: given(parameters) }),
  exchange: ({ authorizationId }: Browser) => ({ ...WHO, authorizationId: given(authorizationId) }),
  link: ({ linkId }: Browser) => ({ ...WHO, linkId: given(linkId) }),
};

/** The same input, as it crosses to another process. */
function message(step: Step, browser: Browser): object {
  switch (step) {
    case 'callback':
      return { ...WHO, parameters: String(browser.parameters) };
    case 'exchange':
    case 'identify':
      return inputOf.exchange(browser);
    case 'link':
      return inputOf.link(browser);
    default:
      return WHO;
  }
}

function given<T>(value: T | undefined): T {
  assert.ok(value !== undefined, 'the browser has not got that far');
  return value;
}

/** Walks up to the step and, in a process that is killed there, into it. */
async function cutOff(p: Place, during: Step, { at }: Cut): Promise<Browser> {
  const { simulator } = p.story;
  const browser: Browser = {};
  const app = await p.open();
  for (const step of STEPS.slice(0, STEPS.indexOf(during))) await WALK[step](app, p.story, browser);
  if (during === 'callback') {
    browser.parameters = await answerAtPkb(given(browser.url), personNamed(simulator, 'Okafor'));
  }
  await app.close();

  if (typeof at === 'object') simulator.next(at.held, { drop: 'before-acting', delayMs: 600_000 });
  const process = p.start(typeof at === 'string' ? at : undefined);
  const answer = process.ask(during, message(during, browser));
  if (typeof at === 'object') await until(() => simulator.received(at.held).length > 0);
  else if (at === 'answered') browser.url = new URL(((await answer) as AuthorizationRequest).url);
  else await process.stopped;
  await process.kill();
  return browser;
}

async function round(t: TestContext, during: Step, cut: Cut): Promise<void> {
  const p = await place(t);
  const browser = await cutOff(p, during, cut);
  const { authorizations, links } = contents(p.file);
  assert.equal([...authorizations, ...links].join(' '), cut.left);
  assert.deepEqual(codesSent(p.story), cut.codes === 0 ? [] : [1]);

  const app = await p.open();
  const found = await account(app, WHO);
  assert.equal(found.nextAction, cut.left === 'finished proposed' ? 'confirm' : 'none');
  if (cut.left === 'finished active') await assertWorks(app);

  await afterwards(app, p.story, during, cut, browser);

  const { link: last, nextAction } = await account(app, WHO);
  assert.deepEqual([last?.state, last?.health, nextAction], ['active', 'fresh', 'none']);
  await assertWorks(app);
  assert.deepEqual(contents(p.file).links, during === 'unlink' ? ['unlinked', 'active'] : ['active']);
  assert.ok(
    codesSent(p.story).every((times) => times === 1),
    'no code was sent twice',
  );
  const events = await app.store.listEvents(last?.id ?? '');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['link.proposed', 'link.active'],
  );
}

/** What the patient does: load the page that did not come again, and go on or begin again. */
async function afterwards(app: App, s: Story, during: Step, { at, outcome }: Cut, browser: Browser) {
  if (outcome === 'goes on') {
    const reloaded = at === 'answered' ? 'callback' : during;
    const end = during === 'unlink' ? STEPS.length : STEPS.indexOf('unlink');
    for (const step of STEPS.slice(STEPS.indexOf(reloaded), end)) await WALK[step](app, s, browser);
    if (during !== 'unlink') return;
    assert.equal((await account(app, WHO)).link, undefined);
  }
  if (outcome === 'interrupted') {
    const { step } = await exchange(app, inputOf.exchange(browser));
    assert.equal(step, 'exchanging', 'another process may still be at it');
    s.advance(31);
    for (let load = 0; load < 2; load += 1) {
      await assert.rejects(exchange(app, inputOf.exchange(browser)), {
        name: 'AuthorizationError',
        code: 'exchange-interrupted',
      });
    }
  }
  await linked({ ...s, app });
}

async function assertWorks(app: App): Promise<void> {
  assert.equal((await request(app, { ...WHO, url: '/json/users/self' })).status, 200);
}

async function rounds(work: () => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: ROUNDS }, work));
}

describe('a process killed while linking', () => {
  for (const during of STEPS) {
    for (const cut of CUTS[during]) {
      it(`${cut.when}: the patient ${cut.outcome === 'goes on' ? 'goes on where they were' : 'starts again'}`, (t) =>
        rounds(() => round(t, during, cut)));
    }
  }

  it('inside a migration: the next one finds none of it and runs it', (t) =>
    rounds(async () => {
      const p = await place(t);
      const process = p.start('inside a migration');
      await process.stopped;
      await process.kill();
      const database = new DatabaseSync(p.file);
      const tables = database.prepare("select name from sqlite_master where type = 'table'").all();
      assert.deepEqual(
        tables.map(({ name }) => name),
        ['schema_migration'],
      );
      database.close();
      await linked({ ...p.story, app: await p.open() });
      assert.deepEqual(contents(p.file).links, ['active']);
    }));

  it('as soon as its database file is there: the next one opens it', (t) =>
    rounds(async () => {
      const p = await place(t);
      const process = p.start();
      await until(() => existsSync(p.file));
      await process.kill();
      await linked({ ...p.story, app: await p.open() });
      assert.deepEqual(contents(p.file).links, ['active']);
    }));
});
