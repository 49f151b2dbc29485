/** What the tests of the verbs share: an App on a simulator and one clock, and a browser's way through PKB. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type App, type AppOptions, createApp } from '../../src/app.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import type { Link } from '../../src/model.ts';
import {
  type Person,
  type Simulator,
  type SimulatorClient,
  startSimulator,
  type Toggles,
} from '../../src/simulator.ts';

export const APP_USER_ID = 'account-1';
export const BROWSER = 'browser-session-of-at-least-128-bits';
const REDIRECT_URI = 'https://app.example/pkb/callback';
const KEYS = `k1:${Buffer.alloc(32, 'story').toString('base64')}`;

export interface Story {
  readonly app: App;
  readonly simulator: Simulator;
  /** Every log line so far, as JSON. */
  readonly logged: string[];
  /** Moves the one clock of the App and the simulator. */
  advance(seconds: number): void;
  /** Another App on the same database, as another process would have it. */
  another(options?: Partial<AppOptions>): Promise<App>;
}

export interface StoryOptions {
  readonly toggles?: Partial<Toggles>;
  readonly client?: Partial<SimulatorClient>;
  readonly app?: Partial<AppOptions>;
  readonly databaseUrl?: string;
  /** At the simulator, beside the named people. */
  readonly patients?: number;
}

export async function story(t: TestContext, options: StoryOptions = {}): Promise<Story> {
  let now = Date.parse('2026-11-24T10:00:00Z');
  const logged: string[] = [];
  const client = {
    clientId: 'story',
    owner: 'Story Ltd',
    product: 'Story app',
    redirectUris: [REDIRECT_URI],
    ...options.client,
  };
  const simulator = await startSimulator({
    clients: [client],
    now: () => now,
    ...(options.toggles && { toggles: options.toggles }),
    ...(options.patients !== undefined && { patients: options.patients }),
  });
  t.after(() => simulator.close());

  const appOptions: AppOptions = {
    environment: 'simulator',
    simulatorUrl: simulator.url,
    clientId: 'story',
    redirectUri: REDIRECT_URI,
    databaseUrl: options.databaseUrl ?? 'file::memory:',
    ...(options.databaseUrl?.startsWith('postgres') && { spool: spoolFolder(t) }),
    encryptionKeys: KEYS,
    returnAddresses: ['/home', '/settings'],
    // As `serve` has it.
    tokensInMemory: 100,
    now: () => new Date(now),
    log: (event, fields) => logged.push(JSON.stringify({ event, ...fields })),
    ...options.app,
  };
  async function another(changes: Partial<AppOptions> = {}): Promise<App> {
    const app = await createApp({ ...appOptions, ...changes });
    t.after(() => app.close());
    return app;
  }
  return {
    app: await another(),
    simulator,
    logged,
    advance: (seconds) => {
      now += seconds * 1000;
    },
    another,
  };
}

function spoolFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'pkb-link-spool-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

export function personNamed(simulator: Simulator, familyName: string): Person {
  const person = simulator.people.find((one) => one.familyName === familyName);
  if (!person) throw new Error(`nobody at the simulator is called ${familyName}`);
  return person;
}

/** Logs in at PKB as `person` and answers; returns the query that the browser comes back with. */
export async function answerAtPkb(
  url: URL,
  person: Person,
  answer: 'approve' | 'deny' = 'approve',
): Promise<URLSearchParams> {
  const question = await post(url, await (await fetch(url)).text(), { person: person.publicId });
  const back = await post(url, await question.text(), { answer });
  const location = back.headers.get('location');
  if (location === null) throw new Error(`PKB did not send the browser back (${back.status})`);
  return new URL(location).searchParams;
}

/** One click on a page of PKB. */
export function post(url: URL, page: string, fields: Record<string, string>): Promise<Response> {
  const [, interaction = ''] = /name="interaction" value="([^"]+)"/.exec(page) ?? [];
  return fetch(new URL(url.pathname, url), {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ interaction, ...fields }),
  });
}

interface Who {
  readonly appUserId?: string;
  readonly browserSession?: string;
  readonly familyName?: string;
}

/** From authorize to the answered callback. */
export async function granted({ app, simulator }: Story, who: Who = {}) {
  const { appUserId = APP_USER_ID, browserSession = BROWSER, familyName = 'Okafor' } = who;
  const { url } = await authorize(app, { appUserId, browserSession });
  const parameters = await answerAtPkb(url, personNamed(simulator, familyName));
  const { authorizationId } = await callback(app, { parameters, browserSession, appUserId });
  return { appUserId, browserSession, authorizationId, parameters };
}

/** From authorize to the proposed (or renewed) link. */
export async function proposed(story: Story, who: Who = {}): Promise<Link> {
  const owner = await granted(story, who);
  await exchange(story.app, owner);
  return identify(story.app, owner);
}

/** From authorize to the active link. */
export async function linked(story: Story, who: Who = {}): Promise<Link> {
  const proposal = await proposed(story, who);
  return link(story.app, { appUserId: proposal.appUserId, linkId: proposal.id });
}
