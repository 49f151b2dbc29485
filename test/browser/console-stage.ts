/** `pkb-link serve` with a console, a month of attempts, links of every state and a dead letter; and two who may look. */

import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { patient } from '../../src/flow/patient.ts';
import type { Link } from '../../src/model.ts';
import { API_KEY, run, start, storedStory, values } from '../cli/command-line.ts';
import { startOrganisation } from '../console/organisation-server.ts';
import { answerAtPkb, BROWSER, linked, personNamed, proposed } from '../flow/story.ts';
import { SECRET, startReceiver } from '../webhook/receiver.ts';

const HOUR_MS = 3_600_000;

export interface ConsoleStage {
  /** The console's origin. */
  readonly url: string;
  /** The address that `pkb-link console login` prints. */
  login(role: 'support' | 'operator', name: string): Promise<string>;
  readonly active: Link;
  readonly denied: string;
}

export interface OpenConsole extends ConsoleStage {
  close(): Promise<void>;
}

export async function openConsole(): Promise<OpenConsole> {
  const closing: (() => unknown)[] = [];
  // What the stories need of a test is to be told of its end.
  const t = { after: (close: () => unknown) => closing.push(close) } as unknown as TestContext;
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  try {
    return { ...(await opened(t)), close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function opened(t: TestContext): Promise<ConsoleStage> {
  const told = await storedStory(t);
  const { app, simulator } = told;
  const receiver = await startReceiver();
  t.after(() => receiver.close());
  receiver.answers(() => ({ status: 503 }));
  const work = await startOrganisation(t);

  await app.store.queueWebhooks();
  const active = await linked(told, { appUserId: 'acc-70412' });
  await proposed(told, { appUserId: 'acc-70413', familyName: 'Whitfield' });
  const frozen = personNamed(simulator, 'Rahman');
  await linked(told, { appUserId: 'acc-70414', familyName: frozen.familyName });
  simulator.admin.freeze(frozen.publicId, true);
  await patient(app, { appUserId: 'acc-70414' }).catch(() => undefined);
  const denied = 'acc-70415';
  const { url } = await authorize(app, { appUserId: denied, browserSession: BROWSER });
  const parameters = await answerAtPkb(url, personNamed(simulator, 'Okafor'), 'deny');
  await callback(app, { parameters, browserSession: BROWSER }).catch(() => undefined);
  await app.store.queueWebhooks();
  for (const lease of await app.store.leaseWebhooks({ limit: 2, forMs: 60_000 })) {
    await app.store.buryWebhook(lease, 'status 503');
  }
  aMonth(told.env.PKB_LINK_DATABASE_URL?.replace(/^file:/, '') ?? '');

  const env = {
    ...told.env,
    ...work.settings,
    PKB_LINK_CONSOLE_ADDRESS: '127.0.0.1:0',
    PKB_LINK_WEBHOOK_URL: receiver.url,
    PKB_LINK_WEBHOOK_SECRETS: SECRET,
    PKB_LINK_WEBHOOK_PRIVATE: 'yes',
  };
  const { ready, url: api, child } = await start(t, ['serve'], env);
  t.after(async () => {
    child.kill();
    await once(child, 'exit');
  });
  const console = new URL(String(ready.console_url)).origin;
  work.allow(`${console}/admin/sign-in/organisation/back`);
  // So that the process has asked PKB for something.
  const headers = { Authorization: `Bearer ${API_KEY}` };
  for (let n = 0; n < 3; n += 1) await fetch(`${api}/v1/links/acc-70412/demographics`, { headers });
  return {
    url: console,
    active,
    denied,
    async login(role, name) {
      const { stdout } = await run(['console', 'login', '--role', role, '--name', name, '--json'], env);
      // The port was given out at the start.
      return console + new URL(String(values(stdout)[0]?.url)).pathname;
    },
  };
}

/** What is left of the attempts of a month, and sessions that end in the next, as they would be after one. */
function aMonth(path: string): void {
  const database = new DatabaseSync(path);
  const add = database.prepare(
    `insert into attempt_tally (environment, client_id, hour, step, ending, attempts)
     select environment, client_id, ?, ?, ?, ? from link limit 1`,
  );
  const now = Date.now();
  for (let day = 1; day < 31; day += 1) {
    const hour = now - (now % HOUR_MS) - (day * 24 - 9) * HOUR_MS;
    const busy = 60 + ((day * 37) % 50) - (day % 7 < 2 ? 35 : 0);
    for (const [step, ending, share] of [
      ['started', 'never-opened', 0.05],
      ['asked', 'never-came-back', 0.12],
      ['answered', 'access-denied', 0.06],
      ['answered', 'state-expired', 0.02],
      ['exchanged', 'not-a-patient', 0.02],
      ['identified', 'not-my-record', 0.03],
      ['confirmed', null, 0.7],
    ] as const) {
      add.run(hour, step, ending, Math.round(busy * share));
    }
  }
  const end = database.prepare('update link set session_ends_at = ? where app_user_id = ?');
  end.run(now + 5 * 24 * HOUR_MS, 'acc-70412');
  end.run(now + 12 * 24 * HOUR_MS, 'acc-70414');
  database.close();
}
