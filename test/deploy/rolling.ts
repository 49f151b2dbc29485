/**
 * A rolling restart under load: processes of `serve` on one PostgreSQL behind nginx are stopped and started one after the
 * other while patients link, tokens are refreshed and records are read. What fails, what is lost?
 */

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startSimulator } from '../../src/simulator.ts';
import { API_KEY, BIN, type Environment, spawned } from '../cli/command-line.ts';
import { type Ends, freePort } from '../hosted.ts';
import { startNginx } from './nginx.ts';
import { partner } from './partner.ts';

export interface Rolling {
  readonly databaseUrl: string;
  readonly folder: string;
  readonly processes: number;
  /** How often each is restarted. */
  readonly rounds: number;
  /** Of each kind, at once. */
  readonly callers: number;
}

export interface Rolled {
  /** Done, of each kind. */
  readonly linked: number;
  readonly tokens: number;
  readonly read: number;
  readonly refreshes: number;
  readonly restarts: number;
  /** Exit codes of processes that were told to stop, other than 0. */
  readonly exits: readonly (number | null)[];
  /** Calls that the back end made again, as documented. */
  readonly repeated: number;
  readonly failed: readonly string[];
  /** Accounts that linked and have no active link, or no token. */
  readonly lostLinks: readonly string[];
  /** Events that an account should have had and has not, or has twice. */
  readonly lostEvents: readonly string[];
  /** What nginx wrote. */
  readonly logged: string;
  /** Secrets of the way to a link: what nobody may log. */
  readonly secrets: readonly string[];
}

/** Tokens live so long, in seconds: each is refreshed again and again. */
const TOKEN_SECONDS = 4;

export async function roll(t: Ends, told: Rolling): Promise<Rolled> {
  const [patients, backEnds] = [await freePort(), await freePort()];
  const ports: number[] = [];
  for (let n = 0; n < told.processes; n += 1) ports.push(await freePort());
  const pagesUrl = `http://localhost:${patients}`;
  const simulator = await startSimulator({
    clients: [
      {
        clientId: 'rolling',
        owner: 'Ridgeway Clinic',
        product: 'Ridgeway',
        redirectUris: [`${pagesUrl}/pkb/callback`],
        accessTokenSeconds: TOKEN_SECONDS,
      },
    ],
    patients: 50_000,
  });
  t.after(() => simulator.close());
  const env: Environment = {
    PKB_ENVIRONMENT: 'simulator',
    PKB_SIMULATOR_URL: simulator.url,
    PKB_CLIENT_ID: 'rolling',
    PKB_REDIRECT_URI: `${pagesUrl}/pkb/callback`,
    PKB_LINK_DATABASE_URL: told.databaseUrl,
    PKB_LINK_SPOOL: join(told.folder, 'spool'),
    PKB_LINK_RETURN_ADDRESSES: 'https://app.example/linked',
    PKB_LINK_API_KEY: API_KEY,
    PKB_LINK_APP_NAME: 'Ridgeway',
    PKB_LINK_ORGANISATION: 'Ridgeway Clinic',
    PKB_LINK_SUPPORT_CONTACT: 'Call 01632 960 001.',
    PKB_LINK_HOME_URL: 'https://app.example/',
    PKB_LINK_TRUSTED_PROXIES: '127.0.0.1',
    // All patients have one address here.
    PKB_LINK_ADDRESS_PER_MINUTE: '100000',
    PKB_LINK_DRAIN_SECONDS: '2',
  };

  async function startProcess(port: number) {
    const process = spawned([BIN, 'serve', '--json'], { ...env, PORT: String(port) });
    t.after(async () => {
      process.child.kill('SIGKILL');
      await process.ended;
    });
    while (!(await isReady(port))) {
      if (process.child.exitCode !== null) throw new Error((await process.ended).stderr);
      await pause(50);
    }
    return process;
  }

  const processes = await Promise.all(ports.map(startProcess));
  const nginx = await startNginx(t, { patients, backEnds, processes: ports });
  const back = partner({ backEnds: `http://127.0.0.1:${backEnds}`, patients: pagesUrl });

  const linked: string[] = [];
  const failed: string[] = [];
  const done = { tokens: 0, read: 0 };
  const over = new AbortController();
  let next = 0;

  /** A caller does one thing after the other until all is over. */
  async function caller(work: () => Promise<void>): Promise<void> {
    while (!over.signal.aborted) {
      await work().catch((error: Error) => void failed.push(error.message));
      await pause(10);
    }
  }
  const some = () => linked[Math.floor(Math.random() * linked.length)] ?? '';
  /** The next one who can log in. */
  function patient(): string {
    for (;;) {
      const person = simulator.directory.at(simulator.people.length + next++);
      if (!person) throw new Error('the simulator has no more patients');
      if (person.status === 'active') return person.publicId;
    }
  }
  async function linkOne(): Promise<void> {
    const person = patient();
    const appUserId = `account-${next}`;
    await back.link(appUserId, person);
    linked.push(appUserId);
  }

  await linkOne();
  const callers = Array.from({ length: told.callers }, () => [
    caller(linkOne),
    caller(async () => {
      await back.token(some());
      done.tokens += 1;
    }),
    caller(async () => {
      await back.read(some());
      done.read += 1;
    }),
  ]).flat();

  const exits: (number | null)[] = [];
  for (let round = 0; round < told.rounds; round += 1) {
    for (const [place, port] of ports.entries()) {
      processes[place]?.child.kill('SIGTERM');
      const code = (await processes[place]?.ended)?.code ?? null;
      if (code !== 0) exits.push(code);
      processes[place] = await startProcess(port);
    }
  }
  over.abort();
  await Promise.all(callers);

  const states = new Map((await back.links()).map((link) => [link.app_user_id, link.state]));
  const lostLinks: string[] = [];
  for (const appUserId of linked) {
    const token = await back.token(appUserId).catch((error: Error) => error);
    if (states.get(appUserId) !== 'active' || token instanceof Error)
      lostLinks.push(`${appUserId}: ${token}`);
  }
  const seen = new Map<string, number>();
  for (const { type, app_user_id } of await back.events()) {
    const key = `${type} of ${app_user_id}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  const expected = linked.flatMap((id) => [`link.proposed of ${id}`, `link.active of ${id}`]);
  const sent = simulator.received('token').map(({ body }) => body as Readonly<Record<string, string>>);
  return {
    linked: linked.length,
    ...done,
    refreshes: sent.filter((body) => body.grant_type === 'refresh_token').length,
    restarts: told.rounds * told.processes,
    exits,
    repeated: back.repeated(),
    failed,
    lostLinks,
    lostEvents: expected.filter((event) => seen.get(event) !== 1),
    logged: nginx.logged(),
    secrets: sent.flatMap(({ code }) => (code === undefined ? [] : [code])),
  };
}

async function isReady(port: number): Promise<boolean> {
  const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined);
  return response?.ok ?? false;
}
