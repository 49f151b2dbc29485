/**
 * Thousands of links on one App and on the simulator's own token endpoint and APIs, without a socket between them and
 * without thousands of walks through its pages.
 */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type App, createApp } from '../../src/app.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { asPublicId, type Link, type PublicId } from '../../src/model.ts';
import { registered, type SimulatorClient } from '../../src/simulator/oauth/clients.ts';
import { beginSession, issueCode, redeemCode } from '../../src/simulator/oauth/sessions.ts';
import { namedPeople } from '../../src/simulator/people/named.ts';
import { routes } from '../../src/simulator/routes.ts';
import { createScript } from '../../src/simulator/script.ts';
import type { ApiSession } from '../../src/simulator/state.ts';
import { createWorld, type World } from '../../src/simulator/world.ts';
import type { ReceivedRequest } from '../../src/simulator.ts';

const ORIGIN = 'http://localhost:1';
const CLIENT: SimulatorClient = {
  clientId: 'many',
  owner: 'Story Ltd',
  product: 'Story app',
  redirectUris: ['https://app.example/pkb/callback'],
  auth: 'post',
  secret: 'right',
};

export interface ManyLinks {
  readonly app: App;
  /** Another App on the same database and spool, as another process would have it. */
  another(options?: Pick<ManyLinksOptions, 'encryptionKeys'>): Promise<App>;
  readonly accounts: readonly string[];
  /** PKB's side of the grants. */
  readonly sessions: Iterable<ApiSession>;
  /** Changes the secret that PKB knows the client by. */
  setSecret(secret: string): void;
  advance(seconds: number): void;
  /** Puts the Apps' clock that far beside PKB's. */
  setAppClock(aheadSeconds: number): void;
  /** The events of alarms so far. */
  readonly alarms: readonly string[];
  /** The events of the spool so far, without the link. */
  readonly spoolEvents: readonly string[];
  /** Refresh requests that PKB has received. */
  refreshes(): readonly ReceivedRequest[];
  /** Answers that wait on the disk. */
  spooled(): readonly string[];
}

export interface ManyLinksOptions {
  readonly count: number;
  readonly databaseUrl?: string;
  /** Where answers wait for the database. Default: a folder of its own. */
  readonly spool?: string;
  readonly encryptionKeys?: string;
  /** Called before each refresh request is answered, with how many there have been. */
  readonly onRefresh?: (count: number) => void;
}

export async function manyLinks(t: TestContext, options: ManyLinksOptions): Promise<ManyLinks> {
  const { count, databaseUrl = 'file::memory:', onRefresh = () => {} } = options;
  let now = Date.parse('2026-11-24T10:00:00Z');
  let aheadSeconds = 0;
  const alarms: string[] = [];
  const spoolEvents: string[] = [];
  const world = createWorld({ origin: ORIGIN, clients: [CLIENT], now: () => now });
  const script = createScript(world.now);
  const { fetch: answer } = routes(world, script);
  const refreshes = () =>
    script
      .received('token')
      .filter(({ body }) => typeof body === 'object' && body.grant_type === 'refresh_token');
  const spool = options.spool ?? mkdtempSync(join(tmpdir(), 'pkb-link-spool-'));
  t.after(() => rmSync(spool, { recursive: true, force: true }));
  let asked = 0;

  async function another({ encryptionKeys = options.encryptionKeys } = {}): Promise<App> {
    const app = await createApp({
      environment: 'simulator',
      simulatorUrl: ORIGIN,
      clientId: CLIENT.clientId,
      provider: { clientAuth: 'post', clientSecret: 'right' },
      redirectUri: CLIENT.redirectUris[0] ?? '',
      databaseUrl,
      spool,
      encryptionKeys: encryptionKeys ?? `k1:${Buffer.alloc(32, 'many').toString('base64')}`,
      returnAddresses: ['/home'],
      now: () => new Date(now + aheadSeconds * 1000),
      log: (event, fields) => {
        if (event.startsWith('alarm.')) alarms.push(`${event} ${fields?.code}`);
        if (event.startsWith('spool.')) spoolEvents.push(event);
      },
      fetch: async (url, init) => {
        const request = new Request(url, init);
        if (request.url.endsWith('/apiToken.action')) {
          asked += 1;
          onRefresh(asked);
        }
        return answer(request);
      },
    });
    t.after(() => app.close());
    return app;
  }

  const app = await another();
  const accounts = Array.from({ length: count }, (_, n) => `account-${n}`);
  await app.store.transaction(async (tx) => {
    for (const appUserId of accounts) await tx.addLink(newLink(world, appUserId, app.now()));
  });
  return {
    app,
    another,
    accounts,
    sessions: world.state.sessions.values().toArray(),
    setSecret: (secret) => {
      world.clients.set(CLIENT.clientId, registered({ ...CLIENT, secret }));
    },
    advance: (seconds) => {
      now += seconds * 1000;
    },
    setAppClock: (seconds) => {
      aheadSeconds = seconds;
    },
    alarms,
    spoolEvents,
    refreshes,
    spooled: () => readdirSync(spool),
  };
}

/** As the code grant would have left it. */
function newLink(world: World, appUserId: string, now: Date) {
  const client = registered(CLIENT);
  const person = namedPeople.find(({ kind, status }) => kind === 'patient' && status === 'active');
  const redirectUri = CLIENT.redirectUris[0] ?? '';
  const session = beginSession(world, client, person?.userId ?? '', 'PATIENT');
  const code = issueCode(world, session, { redirectUri, redirectUriSent: true });
  const issued = redeemCode(world, client, { code, redirectUri });
  if ('error' in issued || issued.refreshToken === undefined)
    throw new Error('the simulator issued no tokens');
  return {
    id: crypto.randomUUID(),
    appUserId,
    publicId: asPublicId(crypto.randomUUID()) as PublicId,
    state: 'active',
    grantedAt: now,
    tokenSet: {
      accessToken: issued.accessToken,
      refreshToken: issued.refreshToken,
      issuedAt: now,
      expiresAt: new Date(now.getTime() + issued.expiresIn * 1000),
    },
  } as const;
}

/** One call for each account, all at once: how many got a token, and how many of each failure there were. */
export async function refreshAll(
  apps: readonly App[],
  accounts: readonly string[],
): Promise<Readonly<Record<string, number>>> {
  const ends = await Promise.allSettled(
    accounts.map((appUserId, n) => refresh(apps[n % apps.length] as App, { appUserId })),
  );
  return counted(ends.map((end) => (end.status === 'fulfilled' ? 'token' : (end.reason.code ?? 'other'))));
}

/** How many links there are of each state and health. */
export async function states(app: App): Promise<Readonly<Record<string, number>>> {
  const links: Link[] = [];
  for (;;) {
    const after = links.at(-1)?.id;
    const page = await app.store.listLinks({ limit: 1000, ...(after !== undefined && { after }) });
    links.push(...page);
    if (page.length === 0) break;
  }
  return counted(links.map(({ state, health }) => `${state} ${health}`));
}

function counted(words: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}
