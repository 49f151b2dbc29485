/** What a fresh token costs: in the library, over HTTP, and with the other clients. */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { refresh } from '../src/flow/refresh.ts';
import {
  hundredths,
  inFlight,
  interleaved,
  median,
  ms,
  quantile,
  ratios,
  type Timed,
  whole,
  withSpread,
} from './figures.ts';
import { copyToPostgres, filledSqlite, openApp, someAccounts } from './filled.ts';
import { freshTokenOverHttp } from './fresh-token-over-http.ts';
import { type Limit, limitOfPostgres, limitOfSqlite } from './limits.ts';
import { others } from './others.ts';
import { startPostgres } from './postgres.ts';
import { simulated } from './simulated.ts';
import type { Part, Setting, Table, Target } from './table.ts';

const CALLERS = [1, 32, 256] as const;

export const freshToken: Part = async (setting) => {
  return [
    await inLibrary(setting),
    await freshTokenOverHttp(setting, linkCounts(setting), CALLERS),
    await besideOthers(setting),
  ];
};

function linkCounts({ quick }: Setting): readonly number[] {
  return quick ? [1, 100] : [1, 10_000, 1_000_000];
}

async function inLibrary(setting: Setting): Promise<Table> {
  const rows: string[][] = [];
  const targets: Target[] = [];
  const postgres = await startPostgres();
  try {
    for (const links of linkCounts(setting)) {
      const path = await filledSqlite(setting.folder, links, setting.progress);
      await ofStore(
        'SQLite',
        `file:${path}`,
        links,
        limitOfSqlite(path),
        limitOfSqlite(path, { narrow: true }),
      );
      if (!postgres) continue;
      const url = await postgres.newDatabase();
      await copyToPostgres(path, url, setting.progress);
      await ofStore('PostgreSQL', url, links, limitOfPostgres(url));
    }
  } finally {
    postgres?.stop();
  }
  return {
    title: 'Fresh token in the library',
    method:
      'Calls of `refresh` for accounts picked at random whose token is fresh, no copy of a token kept in memory. The limit beside it, asked in turn with it: a bare loop of the same indexed read by the driver and one AES-256-GCM open. The ratio is of the two in the same round. The narrow limit reads only the two columns that have to be opened, and not the link that the library hands out with the token.',
    columns: ['store', 'links', 'callers', 'a second', 'p99', 'limit', 'ratio', 'to the narrow limit'],
    rows,
    targets,
  };

  async function ofStore(
    name: string,
    url: string,
    links: number,
    limit: Limit,
    narrow?: Limit,
  ): Promise<void> {
    const app = await openApp(url);
    const count = setting.quick ? 50 : name === 'SQLite' ? 2_000 : 1_000;
    const accounts = someAccounts(links, count);
    for (const callers of CALLERS) {
      setting.progress(`fresh token: ${name}, ${links} links, ${callers} callers`);
      const asked = (read: (account: string) => unknown) => () =>
        inFlight(callers, count, (n) => read(accounts[n] ?? ''));
      const bare = async ({ read }: Limit): Promise<Timed> => {
        // Of SQLite a loop without a promise in it.
        if (name !== 'SQLite') return asked(read)();
        const from = performance.now();
        for (const account of accounts) read(account);
        return { rate: (count * 1000) / (performance.now() - from), times: [] };
      };
      const found = await interleaved(
        setting.quick ? 2 : name === 'SQLite' ? 41 : 15,
        new Map([
          ['library', asked((account) => refresh(app, { appUserId: account }))],
          ['limit', () => bare(limit)],
          ...(narrow ? ([['narrow', () => bare(narrow)]] as const) : []),
        ]),
      );
      const of = (which: string) => (found.get(which) ?? []).slice(1);
      const shares = ratios(of('library'), of('limit'));
      if (name === 'SQLite' && links === linkCounts(setting)[1]) {
        targets.push({
          what: `Library, SQLite, ${whole(links)} links, ${callers} callers: share of the limit`,
          target: 'at least 0.80',
          measured: hundredths(median(shares)),
          met: median(shares) >= 0.8,
        });
      }
      rows.push([
        name,
        whole(links),
        String(callers),
        withSpread(
          of('library').map(({ rate }) => rate),
          whole,
        ),
        ms(median(of('library').map(({ times }) => quantile(times, 0.99)))),
        whole(median(of('limit').map(({ rate }) => rate))),
        withSpread(shares, hundredths),
        narrow ? hundredths(median(ratios(of('library'), of('narrow')))) : '',
      ]);
    }
    await app.close();
    await limit.close();
    await narrow?.close();
  }
}

async function besideOthers(setting: Setting): Promise<Table> {
  const { peers, contenderNamed } = await others();
  const pkb = await simulated(50);
  const links = setting.quick ? 20 : 10_000;
  const count = setting.quick ? 20 : 1_000;
  const accounts = Array.from({ length: links }, (_, n) => `other-${n}`);
  const path = await filledSqlite(setting.folder, setting.quick ? 100 : 10_000, setting.progress);
  const app = await openApp(`file:${path}`);
  const some = someAccounts(setting.quick ? 100 : 10_000, count);
  const contenders = new Map<string, () => Promise<Timed>>([
    ['pkb-link', () => inFlight(32, count, (n) => refresh(app, { appUserId: some[n] ?? '' }))],
  ]);
  const closers: (() => Promise<void>)[] = [() => app.close()];
  for (const peer of peers) {
    setting.progress(`fresh token: ${peer.name}`);
    const folder = join(setting.folder, `fresh ${peer.name.replaceAll('/', ' ')}`);
    mkdirSync(folder);
    const opened = await peer.open({ simulatorUrl: pkb.url, folder });
    const asked = await opened.start('first');
    await opened.finish(asked, await pkb.approve(asked.url, pkb.publicIds[0] ?? ''));
    await opened.multiply?.('first', accounts);
    contenders.set(peer.name, () =>
      inFlight(32, count, () => opened.accessToken(accounts[Math.floor(Math.random() * links)] ?? '')),
    );
    closers.push(() => opened.close());
  }
  setting.progress('fresh token: beside the others');
  const found = await interleaved(setting.quick ? 2 : 15, contenders);
  await Promise.all([...closers.map((close) => close()), pkb.close()]);
  const of = (name: string) => (found.get(name) ?? []).slice(1);
  const rateOf = (name: string) => median(of(name).map(({ rate }) => rate));
  const times = (name: string) => median(ratios(of('pkb-link'), of(name)));
  return {
    title: 'Fresh token beside the other clients',
    method: `${whole(links)} links each, 32 callers, in turn; each keeps its tokens where its guide has it, the last four in a table of their own that holds them in the clear and that two processes may refresh from at once.`,
    columns: ['client', 'keeps tokens in', 'a second', 'p99', 'pkb-link is faster by'],
    rows: [...found].map(([name, rounds]) => [
      name,
      contenderNamed(name).keeps,
      withSpread(
        rounds.slice(1).map(({ rate }) => rate),
        whole,
      ),
      ms(median(rounds.slice(1).map(({ times }) => quantile(times, 0.99)))),
      name === 'pkb-link' ? '' : `${times(name).toFixed(1)} x`,
    ]),
    targets: [
      {
        what: 'Library, 32 callers, in times of better-auth with encryption on',
        target: 'at least 20',
        measured: times('better-auth').toFixed(1),
        met: times('better-auth') >= 20,
      },
    ],
    bars: {
      title: 'Fresh tokens a second, 32 callers',
      bars: [...found.keys()].map((label) => ({ label, value: rateOf(label), ours: label === 'pkb-link' })),
    },
  };
}
