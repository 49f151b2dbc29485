/** What a thousand times as many links change. */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { App } from '../src/app.ts';
import { account } from '../src/flow/account.ts';
import { authorize } from '../src/flow/authorize.ts';
import { callback } from '../src/flow/callback.ts';
import { exchange } from '../src/flow/exchange.ts';
import { history } from '../src/flow/history.ts';
import { identify } from '../src/flow/identify.ts';
import { link } from '../src/flow/link.ts';
import { patient } from '../src/flow/patient.ts';
import { refresh } from '../src/flow/refresh.ts';
import { unlink } from '../src/flow/unlink.ts';
import { events } from '../src/outward/events.ts';
import { hundredths, median, ms, quantile, whole } from './figures.ts';
import { accountOf, bytesOf, filledSqlite, NEW_KEY, OLD_KEY, openApp } from './filled.ts';
import { environment, installed, megabytes, serving } from './installed.ts';
import { type Simulated, simulated } from './simulated.ts';
import type { Part, Setting, Table, Target } from './table.ts';

const MAX_BYTES = 1.5 * 1024;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

export const growth: Part = async (setting) => {
  const [few, many] = setting.quick ? [20, 200] : [1_000, 1_000_000];
  const paths: string[] = [];
  for (const links of [few, many]) {
    const path = await filledSqlite(setting.folder, links, setting.progress);
    // Of its own: it is linked to, unlinked from and sealed anew.
    const own = join(setting.folder, `growth ${links}.db`);
    copyFileSync(path, own);
    paths.push(own);
  }
  const [small = '', large = ''] = paths;
  const [fewBytes, bytes] = [bytesOf(small) / few, bytesOf(large) / many];
  const atRest = [await rest(setting, small), await rest(setting, large)] as const;
  const table = await verbs(setting, [small, large]);
  const rotating = [rotated(setting, small), rotated(setting, large)];
  const [one, other] = atRest;
  const most = setting.quick ? Number.POSITIVE_INFINITY : 500;
  return [
    table,
    {
      title: 'Growth: disk, memory, start and the operator’s work',
      method:
        'SQLite; links as linking leaves them, with two events each and random ids of 36 characters; the audit trail, which grows with what is done and not with links, is not in it. `serve` as it is published: until it has answered a first `/readyz`, and its memory when it has done nothing for five seconds. Due ones: a page of 100 links whose grant must be kept alive, and how many there are. Rotating seals every token anew with another key.',
      columns: ['', `${whole(few)} links`, `${whole(many)} links`],
      rows: [
        ['disk, bytes a link', whole(fewBytes), whole(bytes)],
        ['start of serve to its first answer', ms(one.startMs), ms(other.startMs)],
        ['idle memory of serve', `${one.megabytes} MB`, `${other.megabytes} MB`],
        ['a page of due ones', ms(one.dueMs), ms(other.dueMs)],
        ['counting them', ms(one.countMs), ms(other.countMs)],
        ['counting all links for the metrics', ms(one.countsMs), ms(other.countsMs)],
        [
          'keys rotate',
          `${hundredths((rotating[0] ?? 0) / 1000)} s`,
          `${hundredths((rotating[1] ?? 0) / 1000)} s`,
        ],
      ],
      targets: [
        {
          what: `Bytes a link on disk, ${whole(many)} links`,
          target: `at most ${whole(MAX_BYTES)} (1.5 KB)`,
          measured: whole(bytes),
          met: bytes <= MAX_BYTES,
        },
        {
          what: `Start of serve to its first answer, ${whole(many)} links`,
          target: 'under 500 ms',
          measured: ms(other.startMs),
          met: other.startMs < most,
        },
        {
          what: `Idle memory, ${whole(many)} links against ${whole(few)}`,
          target: 'does not grow (10 MB)',
          measured: `${other.megabytes - one.megabytes} MB more`,
          met: other.megabytes - one.megabytes <= 10,
        },
      ],
    },
  ];
};

async function rest(setting: Setting, path: string) {
  setting.progress(`growth: ${path.split('/').at(-1)} at rest`);
  const starts: number[] = [];
  const memory: number[] = [];
  for (let n = 0; n < (setting.quick ? 1 : 7); n += 1) {
    const service = await serving(installed(setting.folder), `file:${path}`);
    starts.push(service.firstAnswerMs);
    if (n < 3) {
      await delay(setting.quick ? 0 : 5_000);
      memory.push(megabytes(service.child.pid).now);
    }
    await service.stop();
  }
  const app = await openApp(`file:${path}`);
  const { store } = app;
  const before = new Date();
  const dueMs = await timed(() => store.unusedGrants({ before, limit: 100 }));
  const countMs = await timed(() => store.countUnusedGrants(before));
  const countsMs = await timed(() => store.counts());
  await app.close();
  return { startMs: median(starts), megabytes: median(memory), dueMs, countMs, countsMs };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < 5; n += 1) {
    const from = performance.now();
    await work();
    times.push(performance.now() - from);
  }
  return median(times);
}

/** @returns how long it took, in milliseconds */
function rotated(setting: Setting, path: string): number {
  setting.progress(`growth: rotating the keys of ${path.split('/').at(-1)}`);
  const from = performance.now();
  execFileSync(process.execPath, [installed(setting.folder), 'keys', 'rotate', '--json'], {
    env: environment(`file:${path}`, { PKB_LINK_ENCRYPTION_KEYS: `${NEW_KEY},${OLD_KEY}` }),
    stdio: 'ignore',
  });
  return performance.now() - from;
}

async function verbs(setting: Setting, paths: readonly [string, string]): Promise<Table> {
  setting.progress('growth: every verb');
  const flows = setting.quick ? 3 : 1_000;
  // Not every record of the simulator can be linked to.
  const pkb = await simulated(2 * flows + 50);
  const apps = [
    await openApp(`file:${paths[0]}`, { simulatorUrl: pkb.url }),
    await openApp(`file:${paths[1]}`, { simulatorUrl: pkb.url }),
  ] as const;
  const times = [new Map<string, number[]>(), new Map<string, number[]>()] as const;
  for (let n = 0; n < flows; n += 1) {
    for (const which of [0, 1] as const) {
      const app = apps[which];
      // Or some ten milliseconds of it fall on whichever verb makes the most, now of the few links and now of the many.
      collectGarbage();
      // As many pages each time, and whenever SQLite writes its WAL back it would be within the same verb.
      for (let more = Math.random() * 8; more > 0; more -= 1) {
        await authorize(app, {
          appUserId: `asking-${n}`,
          browserSession: randomBytes(32).toString('base64url'),
        });
      }
      const some = accountOf(n % (setting.quick ? 20 : 1_000));
      for (const [verb, took] of await everyVerb(app, pkb, {
        appUserId: `new-${n}`,
        some,
        patient: pkb.publicIds[n] ?? '',
      })) {
        times[which].set(verb, [...(times[which].get(verb) ?? []), took]);
      }
    }
  }
  for (const app of apps) await app.close();
  await pkb.close();

  const rows: string[][] = [];
  const targets: Target[] = [];
  for (const verb of times[0].keys()) {
    // What the first few load and compile is no matter of how many links there are.
    const [few, many] = times.map((each) => (each.get(verb) ?? []).slice(setting.quick ? 0 : 20)) as [
      number[],
      number[],
    ];
    const ratio = quantile(many, 0.99) / quantile(few, 0.99);
    rows.push([
      verb,
      ms(median(few)),
      ms(median(many)),
      ms(quantile(few, 0.99)),
      ms(quantile(many, 0.99)),
      hundredths(ratio),
    ]);
    targets.push({
      what: `Growth, ${verb}: p99 in p99s at a thousandth of the links`,
      target: 'at most 2',
      measured: hundredths(ratio),
      met: ratio <= 2,
    });
  }
  return {
    title: 'Growth: every verb',
    method: `${whole(flows)} patients link, call, and unlink, on both databases in turn; verbs that ask PKB ask the simulator in its own process. Garbage is collected between patients.`,
    columns: ['verb', 'median, few', 'median, many', 'p99, few', 'p99, many', 'ratio of p99'],
    rows,
    targets,
  };
}

async function everyVerb(
  app: App,
  pkb: Simulated,
  {
    appUserId,
    some,
    patient: publicId,
  }: { readonly appUserId: string; readonly some: string; readonly patient: string },
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number>();
  async function take<Result>(verb: string, work: () => Promise<Result>): Promise<Result> {
    const from = performance.now();
    const result = await work();
    times.set(verb, performance.now() - from);
    return result;
  }
  const browserSession = randomBytes(32).toString('base64url');
  const { url, authorizationId } = await take('authorize', () =>
    authorize(app, { appUserId, browserSession }),
  );
  const back = await pkb.approve(url.href, publicId);
  const owner = { authorizationId, appUserId, browserSession };
  await take('callback', () => callback(app, { parameters: back.searchParams, browserSession }));
  await take('exchange', () => exchange(app, owner));
  const proposed = await take('identify', () => identify(app, owner));
  await take('patient', () => patient(app, { appUserId }));
  await take('link', () => link(app, { appUserId, linkId: proposed.id }));
  await take('account', () => account(app, { appUserId: some }));
  const { accessToken } = await take('refresh, where it is fresh', () => refresh(app, { appUserId }));
  await take('refresh, where it is over', () => refresh(app, { appUserId, rejected: accessToken }));
  await take('history', () => history(app, { appUserId: some }));
  await take('a page of links', () => app.store.listLinks({ limit: 100 }));
  await take('a page of events', () => events(app, { limit: 100 }));
  await take('unlink', () => unlink(app, { appUserId }));
  return times;
}
