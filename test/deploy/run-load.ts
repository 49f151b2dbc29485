/**
 * `npm run load`: four processes of `pkb-link serve` on one PostgreSQL with a million links, for ten minutes: 95 of 100 calls
 * ask for a token, 4 are passed through to PKB, 1 is a patient who links. A part of it:
 * `npm run load -- --links 10000 --minutes 2`. With `--write` the figures go into docs/sizing.md. Ends with 1 where a call
 * failed, memory grew or calls took longer and longer.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { it } from 'node:test';
import { parseArgs } from 'node:util';
import { folder } from '../cli/command-line.ts';
import { postgresServer } from '../storage/postgres-server.ts';
import { type Loaded, load } from './load.ts';

const { values } = parseArgs({
  options: {
    processes: { type: 'string', default: '4' },
    links: { type: 'string', default: '1000000' },
    minutes: { type: 'string', default: '10' },
    callers: { type: 'string', default: '16' },
    write: { type: 'boolean', default: false },
  },
});
const PAGE = new URL('../../docs/sizing.md', import.meta.url);
const server = postgresServer({ fsync: true });

it('a steady load is answered as fast at its end as at its beginning, and memory stays where it is', async (t) => {
  const others = loadavg()[0]?.toFixed(1);
  const loaded = await load(t, {
    databaseUrl: await server.newDatabase(),
    folder: await folder(t),
    processes: Number(values.processes),
    links: Number(values.links),
    minutes: Number(values.minutes),
    minuteMs: 60_000,
    callers: Number(values.callers),
    say: (line) => process.stdout.write(`${line}\n`),
  });
  const table = figures(loaded, others);
  process.stdout.write(`${table}\n`);
  if (values.write) {
    const page = readFileSync(PAGE, 'utf8');
    writeFileSync(PAGE, page.replace(/(<!-- measured -->\n)[\s\S]*(?=<!-- end -->)/, `$1\n${table}\n\n`));
  }
  assert.deepEqual(loaded.errors.slice(0, 5), []);
  // The first minute warms up.
  const [, early, ...rest] = loaded.minutes;
  const last = rest.at(-1);
  if (!early || !last) return;
  for (const [place, memory] of last.memory.entries()) {
    assert.ok(memory < 1.3 * (early.memory[place] ?? 0) + 16, `process ${place} went to ${memory} MB`);
  }
  assert.ok(last.of.token.median < 2 * early.of.token.median, 'tokens take longer and longer');
});

function figures({ minutes, errors, ...about }: Loaded, others: string | undefined): string {
  const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`;
  const rows = minutes.map(({ of, memory }, n) => {
    const cells = [of.token, of.pass, of.link].map((f) => `${f.calls}: ${f.median} / ${f.p99}`);
    return `| ${n + 1} | ${cells.join(' | ')} | ${memory.join(', ')} |`;
  });
  return [
    `${values.links} links, ${values.processes} processes, ${values.callers} callers, ${values.minutes} minutes, on ${machine}: everything on this one machine,`,
    `PostgreSQL, PKB's stand-in and the callers too, with a load of ${others} from others before it began. ${errors.length} calls failed.`,
    `A link took ${about.bytesPerLink} bytes on disk, indexes included; all processes were ready after ${about.startMs} ms.`,
    '',
    '| Minute | Tokens: calls, median / p99 in ms | Passed through | Linked, start to confirmed | Memory of each process, MB |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}
