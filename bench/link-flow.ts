/** From "link" being pressed to tokens that are stored; the patient's time at PKB is not counted. */

import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { commitsIn } from './commits.ts';
import type { Asked, Contender, Opened } from './contenders/contender.ts';
import { finishInFull, pkbLink, pkbLinkAlike, type Step } from './contenders/pkb-link.ts';
import { inFlight, interleaved, median, ms, ratios, withSpread } from './figures.ts';
import { others } from './others.ts';
import { type Simulated, simulated } from './simulated.ts';
import type { Part, Setting, Table } from './table.ts';

const IN_FLIGHT = [1, 8, 32] as const;
const WHAT_FOR: Readonly<Record<'start' | Step, string>> = {
  start: 'the pending authorization, before the patient is sent away',
  callback: 'state and code taken, once, before the browser goes on to a clean address',
  exchange: 'the mark that the code is being sent; then the tokens, before anybody uses them',
  identify: 'the proposed pair, its event and the end of the authorization, in one transaction',
  patient: 'nothing is written',
  link: 'the active pair and its event, in one transaction',
};

export const linkFlow: Part = async (setting) => {
  const pkb = await simulated(setting.quick ? 200 : 1_500);
  try {
    return [await flows(setting, pkb), await fsyncs(setting, pkb)];
  } finally {
    await pkb.close();
  }
};

async function flows(setting: Setting, pkb: Simulated): Promise<Table> {
  const { peers } = await others();
  const [count, rounds] = setting.quick ? [4, 2] : [48, 7];
  const contenders: readonly Contender[] = [pkbLinkAlike, pkbLink, ...peers];
  const opened = new Map<Contender, Opened>();
  for (const each of contenders)
    opened.set(each, await each.open({ simulatorUrl: pkb.url, folder: folderOf(setting, each) }));

  const rates = new Map<string, string[]>(contenders.map(({ name }) => [name, []]));
  const atEight = new Map<string, readonly { readonly rate: number; readonly cpu: number }[]>();
  for (const atOnce of IN_FLIGHT) {
    setting.progress(`link flow: ${atOnce} in flight`);
    const each = contenders.map((contender) => {
      const one = opened.get(contender) as Opened;
      // Each patient once, as one record is one account's.
      let accounts = IN_FLIGHT.indexOf(atOnce) * count * (rounds + 1);
      return [
        contender.name,
        () => {
          accounts += count;
          return rateOf(one, pkb, { count, atOnce, from: accounts });
        },
      ] as const;
    });
    for (const [name, found] of await interleaved(rounds, new Map(each))) {
      rates.get(name)?.push(
        withSpread(
          found.slice(1).map(({ rate }) => rate),
          (rate) => rate.toFixed(0),
        ),
      );
      if (atOnce !== 8) continue;
      atEight.set(name, found.slice(1));
      rates.get(name)?.push(ms(median(found.slice(1).map(({ cpu }) => cpu))));
    }
  }
  for (const one of opened.values()) await one.close();
  const times = (name: string) =>
    median(ratios(atEight.get(pkbLinkAlike.name) ?? [], atEight.get(name) ?? []));
  return {
    title: 'Link flow',
    method:
      'Flows a second from "link" to stored tokens: the start, and all that the callback sets off, with the exchange at the simulator in its own process; what the patient does at PKB is left out. Like for like, nobody asks whose tokens they are; in full, pkb-link asks that, reads demographics, and the patient confirms. All keep the same journal and fsync each commit, but for @auth/core in a cookie, which stores nothing: once the browser is gone, so are its tokens.',
    columns: ['client', 'keeps tokens in', '1 in flight', '8 in flight', 'processor time', '32 in flight'],
    rows: contenders.map(({ name, keeps }) => [
      name === pkbLink.name ? 'pkb-link, in full' : name,
      keeps,
      ...(rates.get(name) ?? []),
    ]),
    targets: [atLeast(4, 'better-auth', times('better-auth')), atLeast(2, '@auth/core', times('@auth/core'))],
    bars: {
      title: 'Link flows a second, 8 in flight',
      bars: [...atEight].map(([name, found]) => ({
        label: name === pkbLink.name ? 'pkb-link, in full' : name,
        value: median(found.map(({ rate }) => rate)),
        ours: name.startsWith('pkb-link'),
      })),
    },
  };
}

function atLeast(target: number, name: string, times: number) {
  return {
    what: `Link flow like for like, 8 in flight, in times of ${name}`,
    target: `at least ${target}`,
    measured: times.toFixed(1),
    met: times >= target,
  };
}

interface Round {
  readonly count: number;
  readonly atOnce: number;
  /** Where its patients begin. */
  readonly from: number;
}

async function rateOf(one: Opened, pkb: Simulated, { count, atOnce, from }: Round) {
  const asked: Asked[] = [];
  const back: URL[] = [];
  const cpu = process.cpuUsage();
  const begin = performance.now();
  await inFlight(atOnce, count, async (n) => {
    asked[n] = await one.start(`account-${from + n}`);
  });
  let spent = performance.now() - begin;
  const started = process.cpuUsage(cpu);
  await inFlight(8, count, async (n) => {
    const patient = pkb.publicIds[(from + n) % pkb.publicIds.length] ?? '';
    back[n] = await pkb.approve(asked[n]?.url ?? '', patient);
  });
  const again = process.cpuUsage();
  const returned = performance.now();
  await inFlight(atOnce, count, (n) => one.finish(asked[n] as Asked, back[n] as URL));
  spent += performance.now() - returned;
  const finished = process.cpuUsage(again);
  const used = started.user + started.system + finished.user + finished.system;
  return { rate: (count * 1000) / spent, cpu: used / 1000 / count };
}

async function fsyncs(setting: Setting, pkb: Simulated): Promise<Table> {
  setting.progress('link flow: fsyncs');
  const { peers } = await others();
  const patient = () => pkb.publicIds.at(-1) ?? '';
  const rows: string[][] = [];
  const folder = join(folderOf(setting, pkbLink), 'fsyncs');
  mkdirSync(folder);
  const one = await pkbLink.open({ simulatorUrl: pkb.url, folder });
  const wal = join(folder, 'pkb-link.db-wal');
  // The first start of all also sweeps for the first time.
  await one.start('somebody before');
  let before = commitsIn(wal);
  const counts: Partial<Record<'start' | Step, number>> = {};
  const step = (name: 'start' | Step) => {
    const now = commitsIn(wal);
    counts[name] = now - before;
    before = now;
  };
  const asked = await one.start('account');
  step('start');
  const back = await pkb.approve(asked.url, patient());
  if (one.app) await finishInFull(one.app, asked, back, step);
  await one.close();
  for (const [name, count] of Object.entries(counts)) {
    rows.push([`pkb-link: ${name}`, String(count), WHAT_FOR[name as Step]]);
  }
  const alike = (counts.start ?? 0) + (counts.callback ?? 0) + (counts.exchange ?? 0);
  const more = (counts.identify ?? 0) + (counts.patient ?? 0) + (counts.link ?? 0);
  rows.push(['pkb-link, as far as the others go', String(alike), '']);
  rows.push(['pkb-link, in full', String(alike + more), '']);
  for (const peer of peers) {
    const place = join(folderOf(setting, peer), 'fsyncs');
    mkdirSync(place);
    const other = await peer.open({ simulatorUrl: pkb.url, folder: place });
    const commits = () =>
      readdirSync(place)
        .filter((name) => name.endsWith('-wal'))
        .reduce((sum, name) => sum + commitsIn(join(place, name)), 0);
    const none = commits();
    const started = await other.start('account');
    await other.finish(started, await pkb.approve(started.url, patient()));
    rows.push([peer.name, String(commits() - none), '']);
    await other.close();
  }
  return {
    title: 'Fsyncs of one link flow',
    method: 'Commits in the write-ahead log of SQLite, each of which is one fsync.',
    columns: ['step', 'fsyncs', 'what for'],
    rows,
    targets: [
      {
        what: 'Fsyncs of the flow in full, beyond those like for like',
        target: 'at most 3',
        measured: String(more),
        met: more <= 3,
      },
    ],
  };
}

function folderOf({ folder }: Setting, { name }: Contender): string {
  const own = join(folder, `flow ${name.replaceAll('/', ' ')}`);
  mkdirSync(own, { recursive: true });
  return own;
}
