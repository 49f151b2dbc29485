import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type App, createApp } from '../../src/app.ts';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { patient } from '../../src/flow/patient.ts';
import { refresh } from '../../src/flow/refresh.ts';
import { type Asked, CLIENT_ID, type Contender, type Opened, type Place } from './contender.ts';

const redirectUri = 'http://localhost:8080/pkb/callback';
const HALF_AN_HOUR_MS = 31 * 60_000;
const KEYS = `k1:${Buffer.alloc(32, 'bench').toString('base64')}`;

export const pkbLink: Contender = {
  name: 'pkb-link',
  keeps: 'SQLite, sealed',
  redirectUri,
  async open(place) {
    const [app, clock] = await opened(place);
    return { ...ofApp(app, clock), finish: (asked, back) => finishInFull(app, asked, back, () => undefined) };
  },
};

export const pkbLinkOnPostgres: Contender = {
  ...pkbLink,
  name: 'pkb-link on PostgreSQL',
  keeps: 'PostgreSQL, sealed',
};

/** To where the others stop: the code is exchanged and the tokens are stored, and nobody has asked whose they are. */
export const pkbLinkAlike: Contender = {
  ...pkbLink,
  name: 'pkb-link, as far as the others go',
  async open(place) {
    const [app, clock] = await opened(place);
    return { ...ofApp(app, clock), finish: (asked, back) => exchanged(app, asked, back, () => undefined) };
  },
};

export type Step = 'callback' | 'exchange' | 'identify' | 'patient' | 'link';

/** @param onStep told after each */
export async function finishInFull(
  app: App,
  asked: Asked,
  back: URL,
  onStep: (step: Step) => void,
): Promise<void> {
  await exchanged(app, asked, back, onStep);
  const proposed = await identify(app, ownerOf(asked));
  onStep('identify');
  await patient(app, { appUserId: asked.account });
  onStep('patient');
  await link(app, { appUserId: asked.account, linkId: proposed.id });
  onStep('link');
}

async function exchanged(app: App, asked: Asked, back: URL, onStep: (step: Step) => void): Promise<void> {
  const { browserSession } = ownerOf(asked);
  await callback(app, { parameters: back.searchParams, browserSession });
  onStep('callback');
  await exchange(app, ownerOf(asked));
  onStep('exchange');
}

interface Cookies {
  readonly authorizationId: string;
  readonly browserSession: string;
}

function ownerOf({ account, cookies }: Asked) {
  return { ...(cookies as Cookies), appUserId: account };
}

interface Clock {
  aheadMs: number;
}

async function opened({ simulatorUrl, folder, databaseUrl }: Place): Promise<[App, Clock]> {
  const clock = { aheadMs: 0 };
  const app = await createApp({
    environment: 'simulator',
    simulatorUrl,
    clientId: CLIENT_ID,
    redirectUri,
    databaseUrl: databaseUrl ?? `file:${join(folder, 'pkb-link.db')}`,
    spool: join(folder, 'spool'),
    encryptionKeys: KEYS,
    returnAddresses: ['/'],
    now: () => new Date(Date.now() + clock.aheadMs),
  });
  return [app, clock];
}

function ofApp(app: App, clock: Clock): Omit<Opened, 'finish'> {
  return {
    app,
    async start(account) {
      const browserSession = randomBytes(32).toString('base64url');
      const { url, authorizationId } = await authorize(app, { appUserId: account, browserSession });
      return { account, url: url.href, cookies: { browserSession, authorizationId } };
    },
    accessToken: async (account) => (await refresh(app, { appUserId: account })).accessToken,
    async age() {
      clock.aheadMs += HALF_AN_HOUR_MS;
    },
    close: () => app.close(),
  };
}
