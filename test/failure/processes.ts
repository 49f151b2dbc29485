/** Other processes on one database, and the simulator that all of them ask. */

import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { App } from '../../src/app.ts';
import { type Story, story } from '../flow/story.ts';
import type { Order, Orders, Report, Verb } from './process.ts';

const FILE = fileURLToPath(new URL('./process.ts', import.meta.url));
/** Compiled once for all processes, they start three times as fast. */
const COMPILED = mkdtempSync(join(tmpdir(), 'pkb-link-compiled-'));
after(() => rmSync(COMPILED, { recursive: true }));
const KEYS = `k1:${Buffer.alloc(32, 'processes').toString('base64')}`;

/** A failure in the other process, with the `name` and `code` that it had there. */
export class FailedThere extends Error {
  readonly code: string | undefined;

  constructor({ name, code, message }: { name: string; code?: string; message: string }) {
    super(message);
    this.name = name;
    this.code = code;
  }
}

export interface OtherProcess {
  /** Runs a verb there. Dates come back as text. */
  ask<Result = unknown>(verb: Verb, input: object): Promise<Result>;
  setClock(now: Date): void;
  /** Stops the whole process where it is, or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Resolves once it has stopped at `stopAt`. */
  readonly stopped: Promise<void>;
  /** Lets it go on from there. */
  goOn(): void;
  readonly opened: Promise<void>;
  /** SIGKILL: nothing of the process runs afterwards. */
  kill(): Promise<void>;
}

export interface Place {
  /** The simulator, the clock; its own `app` is on another database. */
  readonly story: Story;
  /** The SQLite file, where no other database was named. */
  readonly file: string;
  /** Opens the database in this process. */
  open(): Promise<App>;
  /** Answers that wait on the disk for the database. */
  spooled(): readonly string[];
  /** Starts a process on the database. */
  start(stopAt?: string): OtherProcess;
}

/** A SQLite file that is not there yet, or the PostgreSQL database at an address. */
export async function place(t: TestContext, database?: string): Promise<Place> {
  const directory = mkdtempSync(join(tmpdir(), 'pkb-link-failure-'));
  const file = join(directory, 'links.db');
  const s = await story(t);
  const { clientId, redirectUri } = s.app.provider.settings;
  const spool = join(directory, 'spool');
  const options = {
    databaseUrl: database ?? `file:${file}`,
    spool,
    encryptionKeys: KEYS,
    tokensInMemory: 100,
  };
  const running: OtherProcess[] = [];
  t.after(async () => {
    await Promise.all(running.map((one) => one.kill()));
    rmSync(directory, { recursive: true, force: true });
  });
  return {
    story: s,
    file,
    open: () => s.another(options),
    spooled: () => readdirSync(spool),
    start(stopAt) {
      const one = startProcess({
        options: {
          ...options,
          environment: 'simulator',
          simulatorUrl: s.simulator.url,
          clientId,
          redirectUri,
          returnAddresses: ['/home'],
        },
        now: s.app.now().getTime(),
        ...(stopAt !== undefined && { stopAt }),
      });
      running.push(one);
      return one;
    },
  };
}

function startProcess(orders: Orders): OtherProcess {
  const child = fork(FILE, [JSON.stringify(orders)], {
    execArgv: ['--conditions=pkb-link-source'],
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILED },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const exited = once(child, 'exit');
  const asked = new Map<number, PromiseWithResolvers<unknown>>();
  const opened = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  let id = 0;

  child.on('message', (report: Report) => {
    if ('opened' in report) opened.resolve();
    else if ('at' in report) stopped.resolve();
    else if ('done' in report) asked.get(report.id)?.resolve(report.done);
    else asked.get(report.id)?.reject(new FailedThere(report.failed));
  });
  // Whoever waits for a process that ended by itself must not wait for ever.
  child.on('exit', (code, signal) => {
    if (signal === 'SIGKILL') return;
    const ended = new Error(`the process ended by itself (${code ?? signal})`);
    for (const { reject } of [opened, stopped, ...asked.values()]) reject(ended);
  });
  stopped.promise.catch(() => {});

  function send(order: Order): void {
    child.send(order);
  }
  return {
    opened: opened.promise,
    stopped: stopped.promise,
    async ask<Result>(verb: Verb, input: object) {
      await opened.promise;
      const answer = Promise.withResolvers<unknown>();
      id += 1;
      asked.set(id, answer);
      send({ id, verb, input });
      return (await answer.promise) as Result;
    },
    setClock: (now) => send({ now: now.getTime() }),
    goOn: () => send({ goOn: true }),
    signal: (name) => void child.kill(name),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      const [, signal] = await exited;
      assert.equal(signal, 'SIGKILL');
    },
  };
}

/** What is in the file, read past all of our code. */
export function contents(file: string): { readonly authorizations: string[]; readonly links: string[] } {
  const database = new DatabaseSync(file);
  try {
    assert.equal(database.prepare('pragma integrity_check').get()?.integrity_check, 'ok');
    const column = (query: string) =>
      database
        .prepare(query)
        .all()
        .map((row) => String(row.value));
    return {
      authorizations: column('select step as value from pending_authorization order by rowid'),
      links: column('select state as value from link order by rowid'),
    };
  } finally {
    database.close();
  }
}

/** Waits until something that is on its way has happened; the test's own time limit ends it. */
export async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await new Promise((resolve) => setTimeout(resolve, 1));
}

/** How often each code was sent to PKB, whatever became of it. */
export function codesSent({ simulator }: Story): number[] {
  const times = new Map<unknown, number>();
  for (const { body } of simulator.received('token')) {
    if (typeof body === 'string' || body.grant_type !== 'authorization_code') continue;
    times.set(body.code, (times.get(body.code) ?? 0) + 1);
  }
  return [...times.values()];
}

export function refreshesSent({ simulator }: Story): number {
  return simulator
    .received('token')
    .filter(({ body }) => typeof body === 'object' && body.grant_type === 'refresh_token').length;
}
