/** The access token of a link is over, and everybody asks for a new one at once, in several processes. */

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Contender, Place } from './contenders/contender.ts';
import { pkbLink, pkbLinkOnPostgres } from './contenders/pkb-link.ts';
import { ms, quantile } from './figures.ts';
import { others } from './others.ts';
import { startPostgres } from './postgres.ts';
import { type Simulated, simulated } from './simulated.ts';
import type { Ends, Opening, Order } from './storm-process.ts';
import type { Part, Target } from './table.ts';

const CELLS = [
  { processes: 1, callers: 50, delayMs: 0 },
  { processes: 2, callers: 25, delayMs: 0 },
  { processes: 2, callers: 25, delayMs: 200 },
  { processes: 4, callers: 50, delayMs: 200 },
] as const;

/** Storms that are not counted: a process that has just been started is slower at whatever it does for the first time. */
const WARM_UP = 3;

export const storm: Part = async (setting) => {
  const { peers } = await others();
  const links = setting.quick ? 1 : 10;
  const cells = setting.quick ? CELLS.slice(1, 2) : CELLS;
  const postgres = await startPostgres();
  const pkb = await simulated(100);
  const rows: string[][] = [];
  const targets: Target[] = [];
  const refreshesOf = new Map<string, number>();
  try {
    for (const contender of [pkbLink, ...(postgres ? [pkbLinkOnPostgres] : []), ...peers]) {
      const ours = contender.name.startsWith('pkb-link');
      for (const [which, cell] of cells.entries()) {
        setting.progress(`storm: ${contender.name}, ${cell.processes} processes of ${cell.callers} callers`);
        const folder = join(setting.folder, `storm ${contender.name.replaceAll('/', ' ')} ${which}`);
        mkdirSync(folder);
        const database = contender === pkbLinkOnPostgres ? await postgres?.newDatabase() : undefined;
        const place = {
          simulatorUrl: pkb.url,
          folder,
          ...(database !== undefined && { databaseUrl: database }),
        };
        const { refreshes, errors, alive, p99 } = await play(contender, place, pkb, { ...cell, links });
        rows.push([
          contender.name,
          String(cell.processes),
          String(cell.callers),
          String(cell.delayMs),
          refreshes.toFixed(1),
          String(errors),
          `${alive} of ${links}`,
          ms(p99),
        ]);
        if (cell.processes === 2 && cell.delayMs === 0) refreshesOf.set(contender.name, refreshes);
        if (!ours) continue;
        const limit = 1.5 * cell.delayMs + 100;
        targets.push({
          what: `Storm, ${contender.name}, ${cell.processes} x ${cell.callers} callers, ${cell.delayMs} ms at the provider: refreshes a link, errors, links lost, p99`,
          target: `1, 0, 0, at most ${limit} ms`,
          measured: `${refreshes.toFixed(1)}, ${errors}, ${links - alive}, ${ms(p99)}`,
          met: refreshes === 1 && errors === 0 && alive === links && p99 <= limit,
        });
      }
    }
  } finally {
    await pkb.close();
    postgres?.stop();
  }
  return [
    {
      title: 'Storm',
      method: `${links} links one after the other, the token of each just over, asked for by all callers of all processes at once; the simulator ends the session where a refresh token is used twice, as PKB documents. A link is alive where the simulator's session is. p99 is of the calls that got a token.`,
      columns: [
        'client',
        'processes',
        'callers in each',
        'ms at the provider',
        'refreshes a link',
        'errors',
        'links alive',
        'p99',
      ],
      rows,
      targets,
      bars: {
        title: 'Refreshes of one token, asked for 50 times: the second loses the link',
        bars: [...refreshesOf].map(([label, value]) => ({
          label,
          value,
          ours: label.startsWith('pkb-link'),
        })),
      },
    },
  ];
};

interface Storm {
  readonly processes: number;
  readonly callers: number;
  readonly delayMs: number;
  readonly links: number;
}

async function play(
  contender: Contender,
  place: Place,
  pkb: Simulated,
  { processes, callers, delayMs, links }: Storm,
) {
  const all = Array.from({ length: WARM_UP + links }, (_, n) => `account-${n}`);
  const accounts = all.slice(WARM_UP);
  const left = new Map<string, unknown>();
  const opened = await contender.open(place);
  for (const [n, account] of all.entries()) {
    const asked = await opened.start(account);
    await opened.finish(asked, await pkb.approve(asked.url, pkb.publicIds[n] ?? ''));
    left.set(account, opened.leave?.(account));
  }
  await opened.close();

  const children = await Promise.all(Array.from({ length: processes }, () => startProcess(contender, place)));
  const times: number[] = [];
  let errors = 0;
  try {
    // What is stored is aged by the first; the others have clocks of their own.
    for (const child of children) await tell<object>(child, { age: true });
    const callAll = (account: string, calling: number) =>
      Promise.all(
        children.map((child) => tell<Ends>(child, { account, left: left.get(account), callers: calling })),
      );
    for (const account of all.slice(0, WARM_UP)) await callAll(account, callers);
    await pkb.delay(delayMs);
    const before = await pkb.count();
    for (const account of accounts) {
      for (const ends of await callAll(account, callers)) {
        times.push(...ends.times);
        errors += ends.errors;
      }
    }
    const after = await pkb.count();
    return {
      refreshes: after.refreshes / links,
      errors,
      alive: links - (after.ended - before.ended),
      p99: quantile(times, 0.99),
    };
  } finally {
    await pkb.delay(0);
    for (const child of children) {
      child.disconnect();
      await once(child, 'exit');
    }
  }
}

async function startProcess({ name }: Contender, place: Place): Promise<ChildProcess> {
  const opening: Opening = { name, place };
  const child = fork(
    fileURLToPath(new URL('./storm-process.ts', import.meta.url)),
    [JSON.stringify(opening)],
    {
      execArgv: ['--conditions=pkb-link-source'],
    },
  );
  await once(child, 'message');
  return child;
}

async function tell<Answer>(child: ChildProcess, order: Order): Promise<Answer> {
  child.send(order);
  const [answer] = await once(child, 'message');
  return answer;
}
