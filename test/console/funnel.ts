/** The scripted day held against what the funnel says of it, at its end, when it is over, and when its rows are gone. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { makeConsoleCode } from '../../src/console/make-code.ts';
import { consoleRoutes } from '../../src/console/routes.ts';
import { numbers } from '../../src/console/table.ts';
import { createMetrics } from '../../src/metrics/metrics.ts';
import { type Funnel, funnel } from '../../src/operator/funnel.ts';
import { ATTEMPT_STEPS } from '../../src/storage/console.ts';
import { story } from '../flow/story.ts';
import { patientsFor, RETURN_URL, type ScriptedDay, scriptedDay } from './scripted-day.ts';

const DAY_SECONDS = 86_400;

/** @param count one number of the database, by a statement of its own */
export async function holdFunnelAgainst(
  t: TestContext,
  {
    attempts,
    databaseUrl,
    count,
  }: {
    readonly attempts: number;
    readonly databaseUrl: string;
    readonly count: (statement: string) => Promise<number>;
  },
): Promise<{ readonly day: ScriptedDay; readonly seen: Funnel }> {
  const s = await story(t, {
    databaseUrl,
    patients: patientsFor(attempts),
    app: { returnAddresses: ['/home', RETURN_URL] },
  });
  // To midnight: the story begins at 10:00 on 24 November.
  s.advance(14 * 3600);
  const day = await scriptedDay(s, attempts);
  const total = [...day.fates.values()].reduce((sum, one) => sum + one, 0);
  assert.equal(total, attempts);

  // What the tables say while all of it is in them.
  const confirmed = day.fates.get('confirmed');
  assert.equal(await count('select count(*) from link where confirmed_at is not null'), confirmed);
  assert.equal(await count("select count(*) from link_event where type = 'link.active'"), confirmed);
  assert.equal(
    await count("select count(*) from link_event where type = 'link.proposed'"),
    reached(day, 'identified'),
  );

  // When nothing can come of them any more, and a day later, when a new attempt has swept their rows away.
  const half = new Date('2026-11-25T12:00:00Z');
  const between = { from: new Date('2026-11-25T00:00:00Z'), to: new Date('2026-11-26T00:00:00Z') };
  s.advance(3 * 3600);
  let seen: Funnel | undefined;
  for (const rowsAreGone of [false, true]) {
    if (rowsAreGone) {
      s.advance(2 * DAY_SECONDS);
      await s.app.store.purgeExpired(s.app.now());
      assert.equal(await count('select count(*) from pending_authorization'), 0);
      assert.equal(await count('select count(*) from link_session'), 0);
      assert.equal(await count('select sum(attempts) from attempt_tally'), attempts);
    }
    const tallies = await s.app.store.countAttempts(between);
    const said = new Map<string, number>();
    for (const { step, ending, attempts: n } of tallies) {
      const fate = ending === undefined ? step : `${step} (${ending})`;
      said.set(fate, (said.get(fate) ?? 0) + n);
    }
    assert.deepEqual([...said].sort(), [...day.fates].sort());
    const early = await s.app.store.countAttempts({ ...between, to: half });
    assert.equal(
      early.reduce((sum, tally) => sum + tally.attempts, 0),
      day.startedByHour.slice(0, 12).reduce((sum, n) => sum + n, 0),
    );

    seen = await funnel(s.app, { days: 7 });
    const own = seen.periods.find(({ from }) => from.getTime() === between.from.getTime());
    assert.deepEqual(
      own?.reached,
      Object.fromEntries(ATTEMPT_STEPS.map((step) => [step, reached(day, step)])),
    );
    assert.deepEqual(
      seen.steps.map((one) => [one.step, one.reached, one.underWay]),
      ATTEMPT_STEPS.map((step) => [step, reached(day, step), 0]),
    );
  }

  const page = await overviewOf(s);
  for (const step of ATTEMPT_STEPS)
    assert.ok(page.includes(`<td class="number">${numbers.format(reached(day, step))}</td>`), step);
  return { day, seen: seen as Funnel };
}

/** How many came at least so far, by the script's own count. */
function reached({ fates }: ScriptedDay, step: (typeof ATTEMPT_STEPS)[number]): number {
  const place = ATTEMPT_STEPS.indexOf(step);
  return [...fates]
    .filter(([fate]) => ATTEMPT_STEPS.indexOf(fate.split(' ')[0] as typeof step) >= place)
    .reduce((sum, [, n]) => sum + n, 0);
}

async function overviewOf({ app }: Awaited<ReturnType<typeof story>>): Promise<string> {
  const metrics = createMetrics({ log: () => {}, fetch: globalThis.fetch });
  const url = 'https://console.example';
  const routes = consoleRoutes(app, { url, metrics });
  const { code } = await makeConsoleCode(app, { name: 'Ann', role: 'support' });
  const signedIn = await routes.request(`${url}/admin/sign-in/code/${code}`, {
    method: 'POST',
    headers: { Origin: url, 'Content-Type': 'application/x-www-form-urlencoded' },
  });
  const [cookie = ''] = signedIn.headers.get('set-cookie')?.split(';') ?? [];
  const response = await routes.request(`${url}/admin?days=7`, { headers: { Cookie: cookie } });
  assert.equal(response.status, 200);
  return response.text();
}
