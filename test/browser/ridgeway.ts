/** Ridgeway Health and the simulator of PKB behind it, for one test: a folder of its own, free ports, a clock to turn. */

import { EventEmitter, once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Person, Simulator } from 'pkb-link/simulator';
import { type PartnerApp, startPartnerApp } from '../../apps/partner/partner-app.ts';

type Cookies = readonly { readonly name: string; readonly value: string }[];

export interface Ridgeway {
  readonly url: string;
  readonly simulator: Simulator;
  /** Resolves when the log tells of this event, or has told before. */
  happened(event: string): Promise<void>;
  /** Makes an account. Returns the cookies of somebody who is logged in with it. */
  register(account: { givenName: string; email: string; password: string }): Promise<Cookies>;
  /** Whoever has this given name at PKB: the first, where there are two. */
  person(givenName: string): Person;
  /** Lets minutes go by, for links and for PKB. */
  wait(minutes: number): void;
  /** Ends everything and starts it again, on the same folder and ports. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

export async function openRidgeway(): Promise<Ridgeway> {
  const folder = await mkdtemp(join(tmpdir(), 'ridgeway-browser-'));
  const log = new EventEmitter();
  const logged = new Set<string>();
  let now = new Date();
  const start = (ports: { port: number; simulatorPort: number }) =>
    startPartnerApp({
      folder,
      ...ports,
      env: {},
      attemptsPerMinute: 1000,
      now: () => now,
      log: (event) => {
        logged.add(event);
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
