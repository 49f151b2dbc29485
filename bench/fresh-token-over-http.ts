/** What a fresh token costs a caller of `serve`, beside a route of their own that does nothing. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { stayAwake } from './awake.ts';
import {
  hundredths,
  inFlight,
  interleaved,
  median,
  ms,
  quantile,
  ratios,
  whole,
  withSpread,
} from './figures.ts';
import { filledSqlite, someAccounts } from './filled.ts';
import { connection } from './http-connection.ts';
import { API_KEY, installed, processorMs, serving } from './installed.ts';
import type { Setting, Table, Target } from './table.ts';

/** Rounds before those that count: a server that has just started still compiles what it does. */
const WARM_UP = 5;

/** @param linkCounts the second of them is what the targets are about */
export async function freshTokenOverHttp(
  setting: Setting,
  linkCounts: readonly number[],
  callerCounts: readonly number[],
): Promise<Table> {
  const rows: string[][] = [];
  const targets: Target[] = [];
  const bare = await bareRoute();
  const bin = installed(setting.folder);
  const sleepless = stayAwake();
  for (const links of linkCounts) {
    const path = await filledSqlite(setting.folder, links, setting.progress);
    const service = await serving(bin, `file:${path}`);
    const reading = await serving(bin, `file:${path}`, { PKB_LINK_TOKENS_IN_MEMORY: '0' });
    const least = await bareRoute(path);
    const count = setting.quick ? 50 : 2_000;
    const accounts = someAccounts(links, count);
    for (const callers of callerCounts) {
      setting.progress(`fresh token over HTTP: ${links} links, ${callers} callers`);
      const asked = (url: URL, pid: number | undefined) => () => measured({ url, pid, callers, accounts });
      const found = await interleaved(
        setting.quick ? 2 : WARM_UP + 15,
        new Map([
          ['service', asked(service.url, service.child.pid)],
          ['bare', asked(bare.url, bare.pid)],
          ['reading', asked(reading.url, reading.child.pid)],
          ['least', asked(least.url, least.pid)],
        ]),
      );
      const of = (which: string) => (found.get(which) ?? []).slice(setting.quick ? 1 : WARM_UP);
      const rate = (which: string) => of(which).map((round) => round.rate);
      const p99 = (which: string) => median(of(which).map(({ times }) => quantile(times, 0.99)));
      const each = (which: string) => hundredths(median(of(which).map((round) => round.each)));
      const shareOf = (which: string, whole: string) => ratios(of(which), of(whole));
      rows.push([
        whole(links),
        String(callers),
        withSpread(rate('service'), whole),
        ms(p99('service')),
        withSpread(rate('bare'), whole),
        ms(p99('bare')),
        withSpread(shareOf('service', 'bare'), hundredths),
        withSpread(rate('reading'), whole),
        ms(p99('reading')),
        withSpread(shareOf('reading', 'bare'), hundredths),
        withSpread(rate('least'), whole),
        withSpread(shareOf('reading', 'least'), hundredths),
        `${['service', 'bare', 'reading', 'least'].map(each).join(' / ')} ms`,
      ]);
      if (links !== linkCounts[1]) continue;
      const what = `HTTP, ${whole(links)} links, ${callers} callers`;
      const share = median(shareOf('service', 'bare'));
      targets.push(
        {
          what: `${what}: share of the bare route's requests a second`,
          target: 'at least 0.70',
          measured: hundredths(share),
          met: share >= 0.7,
        },
        {
          what: `${what}: p99, in p99s of the bare route`,
          target: 'at most 2',
          measured: hundredths(p99('service') / p99('bare')),
          met: p99('service') <= 2 * p99('bare'),
        },
      );
    }
    await Promise.all([service.stop(), reading.stop()]);
    least.stop();
  }
  bare.stop();
  sleepless.end();
  return {
    title: 'Fresh token over HTTP',
    method:
      '`POST /v1/links/{app_user_id}/access-token` of `pkb-link serve` on SQLite, built as it is published, asked on kept connections by another process that never sleeps, as waking it would be charged to whoever answers. The accounts, 2,000 picked at random, have been asked for before, as an app asks that makes ten calls when it is opened: their tokens are in memory. In turn with it a bare route: same framework, same server, same key, and a constant of the same length for an answer. Then the service as it is for the first of those calls, and always on PostgreSQL: with `PKB_LINK_TOKENS_IN_MEMORY=0`, every token read and opened anew. And the least that a route can do which does that: the bare one, with one indexed read and one AES-256-GCM open. Processor time a request is that of the server: service, bare route, service that reads anew, least.',
    columns: [
      'links',
      'callers',
      'a second',
      'p99',
      'bare route',
      'its p99',
      'ratio',
      'read anew',
      'its p99',
      'ratio to the bare route',
      'least',
      'of the least, read anew',
      'processor time',
    ],
    rows,
    targets,
  };
}

async function bareRoute(database?: string) {
  const child = fork(
    fileURLToPath(new URL('./bare-route.ts', import.meta.url)),
    [API_KEY, ...(database === undefined ? [] : [database])],
    { execArgv: ['--conditions=pkb-link-source'] },
  );
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { url: new URL(url), pid: child.pid, stop: () => child.disconnect() };
}

async function measured(of: {
  readonly url: URL;
  readonly pid: number | undefined;
  readonly callers: number;
  readonly accounts: readonly string[];
}) {
  const { url, pid, callers, accounts } = of;
  const headers = `authorization: Bearer ${API_KEY}\r\n`;
  const connections = await Promise.all(Array.from({ length: callers }, () => connection(url, headers)));
  const idle = [...connections];
  const before = processorMs(pid);
  const timed = await inFlight(callers, accounts.length, async (n) => {
    const one = idle.pop();
    const answer = await one?.post(`/v1/links/${accounts[n]}/access-token`, '');
    if (!answer?.includes('"access_token"')) throw new Error(`no token: ${answer}`);
    if (one) idle.push(one);
  });
  const each = (processorMs(pid) - before) / accounts.length;
  for (const one of connections) one.close();
  return { ...timed, each };
}
