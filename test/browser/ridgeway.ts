/** Ridgeway Health and the simulator of PKB behind it, for one test: a folder of its own, free ports, a clock to turn. */

import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Person, Simulator } from 'pkb-link/simulator';
import { type PartnerApp, type PartnerAppOptions, startPartnerApp } from '../../apps/partner/partner-app.ts';

/** Beside what every test has. */
export type RidgewayOptions = Partial<Pick<PartnerAppOptions, 'env' | 'expected'>>;

export type Cookies = readonly { readonly name: string; readonly value: string }[];

export interface Ridgeway {
  readonly url: string;
  readonly simulator: Simulator;
  /** Resolves when the log tells of this event, or has told before. */
  happened(event: string): Promise<void>;
  /** The code of the failure that the log tells of under this reference. */
  reported(reference: string): string | undefined;
  /** Makes an account. Returns the cookies of somebody who is logged in with it. */
  register(account: { givenName: string; email: string; password: string }): Promise<Cookies>;
  /** Whoever has this given name at PKB: the first, where there are two. */
  person(givenName: string): Person;
  /** Lets minutes go by, for links and for PKB. */
  wait(minutes: number): void;
  /** Keeps the database from being written, as another process might that stands still, until what it returns is called. */
  keepFromWriting(): () => void;
  /** Ends everything and starts it again, on the same folder and ports. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openRidgeway(options: RidgewayOptions = {}): Promise<Ridgeway> {
  const folder = await mkdtemp(join(tmpdir(), 'ridgeway-browser-'));
  const log = new EventEmitter();
  const logged = new Set<string>();
  const failures = new Map<unknown, string>();
  let now = new Date();
  const start = (ports: { port: number; simulatorPort: number }) =>
    startPartnerApp({
      folder,
      ...ports,
      env: {},
      ...options,
      attemptsPerMinute: 1000,
      now: () => now,
      log: (event, fields) => {
        logged.add(event);
        if (event === 'failure') failures.set(fields?.reference, String(fields?.code));
        log.emit(event);
      },
    });

  let partner = await start({ port: 0, simulatorPort: 0 });
  return {
    url: partner.url,
    get simulator() {
      return simulatorOf(partner);
    },
    async happened(event) {
      if (!logged.has(event)) await once(log, event);
    },
    reported: (reference) => failures.get(reference),
    async register(account) {
      const answer = await partner.accounts.register({ ...account, address: '127.0.0.1' });
      if ('refused' in answer) throw new Error(`registering was refused: ${answer.refused}`);
      return answer.cookies.map((line) => {
        const [, name = '', value = ''] = /^([^=;]+)=([^;]*)/.exec(line) ?? [];
        return { name, value };
      });
    },
    person(givenName) {
      const found = simulatorOf(partner).people.find(({ givenNames }) => givenNames[0] === givenName);
      if (!found) throw new Error(`nobody at PKB is called ${givenName}`);
      return found;
    },
    wait(minutes) {
      now = new Date(now.getTime() + minutes * 60_000);
    },
    keepFromWriting() {
      const other = new DatabaseSync(join(folder, 'links.db'));
      other.exec('begin immediate');
      return () => other.close();
    },
    async restart() {
      const ports = { port: Number(new URL(partner.url).port), simulatorPort: simulatorOf(partner).port };
      await partner.close();
      partner = await start(ports);
    },
    async close() {
      await partner.close();
      await rm(folder, { recursive: true });
    },
  };
}

function simulatorOf({ simulator }: PartnerApp): Simulator {
  if (!simulator) throw new Error('Ridgeway Health was started without the simulator');
  return simulator;
}
