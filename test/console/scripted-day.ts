/**
 * A day in which many patients set out for a link and some come no further than this or that step: the real verbs, the real
 * simulator, one clock. What it counts it counts by itself, from what it made happen; the database is never asked.
 */

import assert from 'node:assert/strict';
import { authorize } from '../../src/flow/authorize.ts';
import { callback } from '../../src/flow/callback.ts';
import type { AuthorizationOwner } from '../../src/flow/exchange.ts';
import { exchange } from '../../src/flow/exchange.ts';
import { identify } from '../../src/flow/identify.ts';
import { link } from '../../src/flow/link.ts';
import { completionAddress } from '../../src/flow/return-address.ts';
import { unlink } from '../../src/flow/unlink.ts';
import { arrange } from '../../src/hosted/arrange.ts';
import { arrive } from '../../src/hosted/arrive.ts';
import { complete } from '../../src/hosted/complete.ts';
import type { Person } from '../../src/simulator.ts';
import { answerAtPkb, type Story } from '../flow/story.ts';

export const RETURN_URL = 'https://app.example/linked';

/** By the step that an attempt comes to and why no further, in the words of the store. */
type Fate =
  | 'started (never-opened)'
  | 'started (never-asked)'
  | 'asked (never-came-back)'
  | 'answered (access-denied)'
  | 'answered (state-expired)'
  | 'answered (code-rejected)'
  | 'answered (different-account)'
  | 'exchanged (state-expired)'
  | 'exchanged (demographics-mismatch)'
  | 'exchanged (linked-to-another-account)'
  | 'identified (proposal-expired)'
  | 'identified (not-my-record)'
  | 'confirmed';

/** Of fifty attempts. The rest are confirmed. */
const SHARES: readonly (readonly [Fate, number])[] = [
  ['started (never-opened)', 3],
  ['started (never-asked)', 2],
  ['asked (never-came-back)', 6],
  ['answered (access-denied)', 3],
  ['answered (state-expired)', 2],
  ['answered (code-rejected)', 1],
  ['answered (different-account)', 1],
  ['exchanged (state-expired)', 1],
  ['exchanged (demographics-mismatch)', 1],
  ['exchanged (linked-to-another-account)', 1],
  ['identified (proposal-expired)', 2],
  ['identified (not-my-record)', 1],
];
const FATES: readonly Fate[] = [
  ...SHARES.flatMap(([fate, count]) => Array<Fate>(count).fill(fate)),
  ...Array<Fate>(26).fill('confirmed'),
];

export interface ScriptedDay {
  /** How many came to each end. */
  readonly fates: ReadonlyMap<Fate, number>;
  /** How many of those who began in each hour of the day were confirmed. */
  readonly confirmedByHour: readonly number[];
  readonly startedByHour: readonly number[];
}

/** How many patients the simulator needs for it. */
export function patientsFor(attempts: number): number {
  return 2 * attempts + 100;
}

/** Begins at midnight, UTC, and ends at the last attempt, which begins before the next one. */
export async function scriptedDay(s: Story, attempts: number): Promise<ScriptedDay> {
  const people = patientsAt(s);
  const connected: Person[] = [];
  const fates = new Map<Fate, number>();
  const startedByHour = Array<number>(24).fill(0);
  const confirmedByHour = Array<number>(24).fill(0);
  const midnight = s.app.now().getTime();
  for (let n = 0; n < attempts; n += 1) {
    const due = midnight + Math.floor((n * 86_400_000) / attempts);
    s.advance(Math.max(0, due - s.app.now().getTime()) / 1000);
    const hour = Math.floor((s.app.now().getTime() - midnight) / 3_600_000);
    // Mixed, so that every hour has a bit of everything.
    const wanted = FATES[(n * 37) % FATES.length] as Fate;
    const fate: Fate =
      wanted === 'exchanged (linked-to-another-account)' && connected.length === 0 ? 'confirmed' : wanted;
    const person =
      fate === 'exchanged (linked-to-another-account)'
        ? (connected.at(-1) as Person)
        : (people.next().value as Person);
    await attempt(s, {
      fate,
      person,
      appUserId: `account-${n}`,
      hosted: n % 2 === 1 || fate.startsWith('started'),
    });
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
    startedByHour[hour] = (startedByHour[hour] ?? 0) + 1;
    if (fate === 'confirmed') {
      connected.push(person);
      confirmedByHour[hour] = (confirmedByHour[hour] ?? 0) + 1;
    }
  }
  return { fates, startedByHour, confirmedByHour };
}

function* patientsAt({ simulator: { directory } }: Story): Generator<Person> {
  for (let n = 0; n < directory.size; n += 1) {
    const person = directory.at(n);
    if (person?.kind === 'patient' && person.status === 'active' && person.emailConfirmed) yield person;
  }
  throw new Error('the simulator has too few patients');
}

interface Going {
  readonly fate: Fate;
  readonly person: Person;
  readonly appUserId: string;
  /** By a link session of the hosted pages. */
  readonly hosted: boolean;
}

async function attempt(s: Story, { fate, person, appUserId, hosted }: Going): Promise<void> {
  const { app } = s;
  const browserSession = `browser-of-${appUserId}-with-more-than-128-bits`;
  const expected = {
    expected: { birthDate: fate === 'exchanged (demographics-mismatch)' ? '1900-01-01' : person.birthDate },
  };
  const arranged = hosted ? await arrange(app, { appUserId, returnUrl: RETURN_URL, ...expected }) : undefined;
  if (fate === 'started (never-opened)') return;
  if (arranged) await arrive(app, { secret: arranged.secret, browserSession });
  if (fate === 'started (never-asked)') return;
  const { url } = await authorize(app, {
    appUserId,
    browserSession,
    ...expected,
    ...(arranged && { linkSessionId: arranged.id }),
  });
  if (fate === 'asked (never-came-back)') return;
  const denied = fate === 'answered (access-denied)';
  const parameters = await answerAtPkb(url, person, denied ? 'deny' : 'approve');
  if (denied) return refused(callback(app, { parameters, browserSession }), 'access-denied');
  const { authorizationId } = await callback(app, { parameters, browserSession });
  if (fate === 'answered (state-expired)') return;
  if (arranged && fate !== 'answered (different-account)') {
    const address = new URL(await completionAddress(app, { linkSessionId: arranged.id }));
    const completion = address.searchParams.get('completion') ?? '';
    await complete(app, { linkSessionId: arranged.id, appUserId, completion });
  }
  const owner: AuthorizationOwner = { authorizationId, appUserId, browserSession };
  if (fate === 'answered (different-account)') {
    return refused(exchange(app, { ...owner, appUserId: 'somebody-else' }), 'different-account');
  }
  if (fate === 'answered (code-rejected)') {
    s.simulator.next('token', { status: 400, body: { error: 'invalid_grant' } });
    return refused(exchange(app, owner), 'code-rejected');
  }
  await exchange(app, owner);
  if (fate === 'exchanged (state-expired)') return;
  if (fate === 'exchanged (demographics-mismatch)')
    return refused(identify(app, owner), 'demographics-mismatch');
  if (fate === 'exchanged (linked-to-another-account)') {
    return refused(identify(app, owner), 'linked-to-another-account');
  }
  const proposed = await identify(app, owner);
  if (fate === 'identified (proposal-expired)') return;
  if (fate === 'identified (not-my-record)') {
    await unlink(app, { appUserId, reason: 'not-my-record' });
    return;
  }
  await link(app, { appUserId, linkId: proposed.id });
}

async function refused(attempt: Promise<unknown>, code: string): Promise<void> {
  await assert.rejects(attempt, { code });
}
