/** The command line as people have it: a process of its own, which sees the environment it is given and no more. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { asPublicId, type PublicId } from '../../src/model.ts';
import type { StoreTransaction } from '../../src/storage/store.ts';
import { type Story, type StoryOptions, story } from '../flow/story.ts';

export const BIN = fileURLToPath(new URL('../../bin/pkb-link.js', import.meta.url));
export const API_KEY = 'key-of-the-partner-0123456789abcdef';

export type Environment = Readonly<Record<string, string>>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end. */
export async function run(args: readonly string[], env: Environment = {}): Promise<Ended> {
  const { ended } = spawned([BIN, ...args], env);
  return ended;
}

export interface Started {
  readonly url: string;
  /** All that it said when it was ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts a command that runs until it is stopped, and waits for the address that it prints when it is ready. */
export async function start(
  t: TestContext,
  args: readonly string[],
  env: Environment = {},
): Promise<Started> {
  const { child, ended } = spawned([BIN, ...args, '--json'], env);
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  const first = await Promise.race([once(child.stdout, 'data'), ended]);
  if (!Array.isArray(first)) throw new Error(`${args[0]} ended with ${first.code}: ${first.stderr}`);
  const ready = JSON.parse(String(first[0])) as Started['ready'];
  return { url: String(ready.url), ready, child, ended };
}

/** @param input what it finds on its standard input, before that ends */
export function spawned(args: readonly string[], env: Environment, input = '') {
  const child = spawn(process.execPath, args, { env, stdio: 'pipe' });
  // A command that ended without reading it is no failure of the test.
  child.stdin.on('error', () => undefined).end(input);
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  }
  const ended = once(child, 'close').then(([code]): Ended => ({ code, ...said }));
  return { child, ended };
}

/** A folder that goes with the test. */
export async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pkb-link-cli-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

/** A story on a database file, and the environment in which the command line finds the same database. */
export async function storedStory(
  t: TestContext,
  options: StoryOptions = {},
): Promise<Story & { readonly env: Environment }> {
  const databaseUrl = `file:${join(await folder(t), 'links.db')}`;
  const encryptionKeys = `cli:${Buffer.alloc(32, 'command line').toString('base64')}`;
  const told = await story(t, {
    ...options,
    databaseUrl,
    // The clock of the processes beside it.
    app: { encryptionKeys, now: () => new Date(), ...options.app },
  });
  return {
    ...told,
    env: {
      PKB_ENVIRONMENT: 'simulator',
      PKB_SIMULATOR_URL: told.simulator.url,
      PKB_CLIENT_ID: told.app.provider.settings.clientId,
      PKB_REDIRECT_URI: told.app.provider.settings.redirectUri,
      PKB_LINK_DATABASE_URL: databaseUrl,
      PKB_LINK_ENCRYPTION_KEYS: encryptionKeys,
      PKB_LINK_API_KEY: API_KEY,
      PORT: '0',
    },
  };
}

/** A link as it is stored, without the way there. Its tokens are `access-canary` and `refresh-canary-` with the account. */
export function addLink(
  store: StoreTransaction,
  appUserId: string,
  state: 'proposed' | 'active' = 'active',
): Promise<unknown> {
  return store.addLink({
    id: randomUUID(),
    appUserId,
    publicId: asPublicId(randomUUID()) as PublicId,
    state,
    grantedAt: new Date('2026-11-24T10:00:00Z'),
    ...(state === 'proposed' && { proposalExpiresAt: new Date('2026-11-24T11:00:00Z') }),
    tokenSet: {
      accessToken: 'access-canary',
      refreshToken: `refresh-canary-${appUserId}`,
      issuedAt: new Date('2026-11-24T10:00:00Z'),
      expiresAt: new Date('2026-11-24T10:30:00Z'),
    },
  });
}

/** What is printed with `--json`: one value a line. */
export function values(text: string): readonly Record<string, unknown>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

/** A port that somebody else has. */
export async function takenPort(t: TestContext): Promise<string> {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  t.after(() => other.close());
  return String((other.address() as AddressInfo).port);
}
