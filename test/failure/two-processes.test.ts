import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import type { App } from '../../src/app.ts';
import type { AuthorizationRequest } from '../../src/flow/authorize.ts';
import { request } from '../../src/flow/request.ts';
import type { Person } from '../../src/simulator.ts';
import { answerAtPkb } from '../flow/story.ts';
import {
  codesSent,
  contents,
  FailedThere,
  type OtherProcess,
  type Place,
  place,
  refreshesSent,
} from './processes.ts';

/** One patient's way through one process, up to the tokens. */
interface Attempt {
  readonly process: OtherProcess;
  readonly appUserId: string;
  readonly person: Person;
  readonly owner: object;
}

/** How it ended: the id of an active link, or the code of the failure. */
interface End extends Attempt {
  readonly linkId?: string;
  readonly failure?: string;
}

async function placeWith(t: TestContext, count: number) {
  const p = await place(t);
  const processes = Array.from({ length: count }, () => p.start());
  await Promise.all(processes.map(({ opened }) => opened));
  const records = p.story.simulator.people
    .filter(({ kind, status }) => kind === 'patient' && status === 'active')
    .slice(0, 10);
  assert.equal(records.length, 10);
  return { p, processes, records };
}

async function upToTheTokens(process: OtherProcess, appUserId: string, person: Person): Promise<Attempt> {
  const who = { appUserId, browserSession: `browser-of-${appUserId}-${crypto.randomUUID()}` };
  const { url } = await process.ask<AuthorizationRequest>('authorize', who);
  const parameters = String(await answerAtPkb(new URL(url), person));
  const { authorizationId } = await process.ask<{ authorizationId: string }>('callback', {
    ...who,
    parameters,
  });
  const owner = { ...who, authorizationId };
  await process.ask('exchange', owner);
  return { process, appUserId, person, owner };
}

async function fromTheTokens(attempt: Attempt): Promise<End> {
  const { process, appUserId, owner } = attempt;
  try {
    const proposed = await process.ask<{ id: string }>('identify', owner);
    const active = await process.ask<{ id: string; state: string }>('link', {
      appUserId,
      linkId: proposed.id,
    });
    assert.equal(active.state, 'active');
    return { ...attempt, linkId: active.id };
  } catch (failure) {
    // Anything else, such as "database is locked", is a defect.
    if (!(failure instanceof FailedThere) || failure.code === undefined) throw failure;
    return { ...attempt, failure: `${failure.name} ${failure.code}` };
  }
}

/** All of them at once, in two bursts: whoever has tokens waits for the others, so that all identify together. */
async function attempted(attempts: readonly Promise<Attempt>[]): Promise<readonly End[]> {
  return Promise.all((await Promise.all(attempts)).map(fromTheTokens));
}

/** Every link that somebody was told of is there, is the only one of its account and record, and works. */
async function assertKept({ story, file }: Place, app: App, ends: readonly End[]): Promise<void> {
  const active = await app.store.listLinks({ limit: 1000 });
  assert.ok(active.every(({ state }) => state === 'active'));
  assert.equal(new Set(active.map(({ appUserId }) => appUserId)).size, active.length);
  assert.equal(new Set(active.map(({ publicId }) => publicId)).size, active.length);
  const told = ends.filter(({ linkId }) => linkId !== undefined);
  assert.deepEqual(
    new Set(told.map(({ appUserId, person, linkId }) => `${appUserId} ${person.publicId} ${linkId}`)),
    new Set(active.map(({ appUserId, publicId, id }) => `${appUserId} ${publicId} ${id}`)),
  );
  for (const { appUserId, publicId, id } of active) {
    const answer = await request(app, { appUserId, url: `/fhir/Patient/${publicId}` });
    assert.equal(answer.status, 200);
    const events = await app.store.listEvents(id);
    assert.equal(events.filter(({ type }) => type === 'link.active').length, 1);
  }
  assert.ok(contents(file).authorizations.every((step) => step === 'finished' || step === 'refused'));
  assert.ok(codesSent(story).every((times) => times === 1));
}

function byEnd(ends: readonly End[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { failure = 'linked' } of ends) counts[failure] = (counts[failure] ?? 0) + 1;
  return counts;
}

describe('two processes that link at the same time', () => {
  it('give each of 10 records to one of 50 accounts, and tell the others whose it is not', async (t) => {
    const { p, processes, records } = await placeWith(t, 2);
    const ends = await attempted(
      processes.flatMap((process, nth) =>
        Array.from({ length: 25 }, (_, n) =>
          upToTheTokens(process, `account-${nth}-${n}`, records[n % 10] as Person),
        ),
      ),
    );
    assert.deepEqual(byEnd(ends), {
      linked: 10,
      'IdentityConflictError linked-to-another-account': 40,
    });
    const app = await p.open();
    await assertKept(p, app, ends);
    for (const { appUserId, failure } of ends) {
      if (failure !== undefined) assert.equal(await app.store.findLink(appUserId), undefined);
    }
  });

  it('make one link of an account and a record that come through both of them', async (t) => {
    const { p, processes, records } = await placeWith(t, 2);
    const ends = await attempted(
      records.flatMap((person, n) =>
        processes.map((process) => upToTheTokens(process, `account-${n}`, person)),
      ),
    );
    assert.deepEqual(byEnd(ends), { linked: 20 });
    const app = await p.open();
    assert.equal((await app.store.listLinks({ limit: 100 })).length, 10);
    await assertKept(p, app, ends);
  });

  it('give an account that comes with two records one of them', async (t) => {
    const { p, processes, records } = await placeWith(t, 2);
    const ends = await attempted(
      records.slice(0, 5).flatMap((_, n) =>
        processes.map((process, nth) =>
          // No record is tried by two accounts.
          upToTheTokens(process, `account-${n}`, records[2 * n + nth] as Person),
        ),
      ),
    );
    const { linked, ...others } = byEnd(ends);
    assert.equal(linked, 5);
    // The second proposal takes the place of the first, or finds it confirmed; either way one press comes to nothing.
    const losses = ['IdentityConflictError different-patient', 'InvalidRequestError unknown-link'];
    assert.deepEqual(
      Object.keys(others).filter((failure) => !losses.includes(failure)),
      [],
    );
    await assertKept(p, await p.open(), ends);
  });
});

describe('four processes with 50 callers each for one expired access token', () => {
  it('refresh it once, and all callers get the same new one, five times over', async (t) => {
    const { p, processes, records } = await placeWith(t, 4);
    const [first] = processes;
    assert.ok(first);
    const [end] = await attempted([upToTheTokens(first, 'account', records[0] as Person)]);
    assert.ok(end?.linkId);
    const seen = new Set<string>();

    for (let round = 1; round <= 5; round += 1) {
      p.story.advance(1801);
      for (const process of processes) process.setClock(p.story.app.now());
      // Held back for as long as it takes all of them to ask.
      p.story.simulator.next('token', { delayMs: 150 });
      const callers = processes.flatMap((process) =>
        Array.from({ length: 50 }, () =>
          process.ask<{ accessToken: string }>('refresh', { appUserId: 'account' }),
        ),
      );
      const tokens = new Set((await Promise.all(callers)).map(({ accessToken }) => accessToken));
      assert.equal(tokens.size, 1);
      assert.equal(refreshesSent(p.story), round);
      for (const token of tokens) seen.add(token);
    }
    assert.equal(seen.size, 5);
    await assertKept(p, await p.open(), [end]);
  });
});
