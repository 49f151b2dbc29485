import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, describe, it, type TestContext } from 'node:test';
import { account } from '../../src/flow/account.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { patient } from '../../src/flow/patient.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { FAILURE_CLASSES } from '../../src/http/failure-remedies.ts';
import type { Endpoint } from '../../src/simulator.ts';
import { APP_USER_ID, granted, linked, type Story, story } from '../flow/story.ts';
import { type Came, PURVIEW_ANSWERS, SELF_ANSWERS, TOKEN_ANSWERS } from './answers.ts';

const FILE = new URL('../../docs/what-happens-when.md', import.meta.url);
const WHO = { appUserId: APP_USER_ID };

interface Part {
  readonly title: string;
  readonly about: string;
  readonly endpoint: Endpoint;
  readonly came: readonly Came[];
  /** Up to where PKB is about to be asked; returns the asking. */
  prepare(s: Story): Promise<() => Promise<unknown>>;
  /** What is stored afterwards. */
  stored(s: Story): Promise<string>;
}

const PARTS: readonly Part[] = [
  {
    title: 'The code is exchanged',
    about:
      'A code may be used once, so it is sent again only where PKB certainly did not look at it ("wait"). There is no link yet; what is stored is the pending authorization.',
    endpoint: 'token',
    came: TOKEN_ANSWERS,
    async prepare(s) {
      const owner = await granted(s);
      return () => exchange(s.app, owner);
    },
    stored: authorization,
  },
  {
    title: 'The access token is refreshed',
    about:
      'The access token is over. While it is still good, callers are given it instead of any failure but `ReauthorizationRequired`.',
    endpoint: 'token',
    came: TOKEN_ANSWERS,
    async prepare(s) {
      await linked(s);
      s.advance(1801);
      return () => refresh(s.app, WHO);
    },
    stored: linkAndTokens,
  },
  {
    title: 'Whose record it is (`$purview`)',
    about:
      'Asked once for each time the page is loaded, with the tokens that the exchange kept. `exchanged` has them still: load the page again. `refused` has destroyed them.',
    endpoint: 'purview',
    came: PURVIEW_ANSWERS,
    async prepare(s) {
      const owner = await granted(s);
      await exchange(s.app, owner);
      return () => identify(s.app, owner);
    },
    stored: authorization,
  },
  {
    title: 'Who the patient is (`/json/users/self`)',
    about:
      'Of an active link. A 401 about the access token is answered with a refresh and the request once more. Other calls to the APIs are judged in the same way.',
    endpoint: 'users-self',
    came: SELF_ANSWERS,
    async prepare(s) {
      await linked(s);
      return () => patient(s.app, WHO);
    },
    stored: linkAndTokens,
  },
];

async function authorization({ app, logged }: Story): Promise<string> {
  const id = /"authorization":"([^"]+)"/.exec(logged.join())?.[1] ?? '';
  const found = await app.store.findPendingAuthorization({ id });
  const { link } = await account(app, WHO);
  const end = found?.refusal === undefined ? '' : ` \`${found.refusal}\``;
  return `${found?.step}${end}${link ? `; link ${link.state}` : ''}`;
}

async function linkAndTokens({ app }: Story): Promise<string> {
  const { link } = await account(app, WHO);
  const grant = link && (await app.store.findGrant(link.id));
  const kept = !grant ? 'tokens destroyed' : grant.tokenSet.refreshToken ? 'tokens kept' : 'no refresh token';
  return `${link?.state}${link?.reason ? ` \`${link.reason}\`` : ''}, ${link?.health}, ${kept}`;
}

async function row(t: TestContext, part: Part, came: Came): Promise<string> {
  const late = came.answers?.some(({ delayMs }) => delayMs !== undefined);
  const s = await story(t, {
    ...(came.toggles && { toggles: came.toggles }),
    ...(late && { app: { provider: { timeoutMs: 2_000 } } }),
  });
  const ask = await part.prepare(s);
  for (const answer of came.answers ?? []) s.simulator.next(part.endpoint, answer);
  if (came.away) await goesAway(s);
  const failure = await ask().then(
    () => undefined,
    (thrown) => thrown as { readonly name: string; readonly code: string },
  );
  const { nextAction } = await account(s.app, WHO);
  const whoActs = failure
    ? FAILURE_CLASSES[failure.name as keyof typeof FAILURE_CLASSES].whoActs
    : nextAction === 'confirm'
      ? 'the patient: is this your record?'
      : 'nobody';
  const told = failure ? `\`${failure.name}\` \`${failure.code}\`` : 'it works';
  return `| ${came.what} | ${told} | ${await part.stored(s)} | ${whoActs} |`;
}

/** Down to the connections that are kept open: on one of those it would not be known whether PKB has acted. */
async function goesAway({ simulator }: Story): Promise<void> {
  await simulator.close();
  for (;;) {
    const failure = await fetch(simulator.url).catch(({ cause }) => cause);
    if (failure.code === 'ECONNREFUSED') return;
  }
}

async function section(t: TestContext, part: Part): Promise<string> {
  const rows: string[] = [];
  for (const came of part.came) {
    await t.test(came.what, async (each) => {
      rows.push(await row(each, part, came));
    });
  }
  return [
    `## ${part.title}\n`,
    `${part.about}\n`,
    '| PKB answers | The caller is told | Stored afterwards | Who must act |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

const INTRODUCTION = `# What happens when

What PKB may answer, what the caller is told, what is stored and who must act. Nobody wrote these tables: a test asks the simulator for each
answer and compares them with what happened (\`test/failure/what-happens-when.test.ts\`; with \`UPDATE_DOCS=yes\` it writes this file). Where a
row says "wait", nothing is lost and nobody needs to be told.`;

describe('docs/what-happens-when.md', () => {
  const sections: string[] = [];
  const update = process.env.UPDATE_DOCS === 'yes';
  const written = update ? '' : readFileSync(FILE, 'utf8');
  after(() => {
    if (update) writeFileSync(FILE, `${[INTRODUCTION, ...sections].join('\n\n')}\n`);
  });

  for (const part of PARTS) {
    it(`says what happens when: ${part.title}`, async (t) => {
      const text = await section(t, part);
      sections.push(text);
      if (update) return;
      const start = written.indexOf(`## ${part.title}\n`);
      const end = written.indexOf('\n\n## ', start);
      assert.equal(written.slice(start, end === -1 ? undefined : end).trimEnd(), text);
    });
  }
});
