/**
 * `npm run bench [-- PART ...] [--quick]`: measures pkb-link beside what a partner would pick instead, prints tables beside
 * targets, and after a whole run writes them into `docs/performance.md` with a chart. Progress is on standard error.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from './chart.ts';
import { freshToken } from './fresh-token.ts';
import { growth } from './growth.ts';
import { linkFlow } from './link-flow.ts';
import { passThrough } from './pass-through.ts';
import { inMarkdown, inText, machine, targetsInMarkdown } from './report.ts';
import { storm } from './storm.ts';
import type { Part, Table } from './table.ts';
import { weight } from './weight.ts';

const PARTS: Readonly<Record<string, Part>> = {
  'fresh-token': freshToken,
  'link-flow': linkFlow,
  storm,
  'pass-through': passThrough,
  growth,
  weight,
};
const REPORT = new URL('../docs/performance.md', import.meta.url);
const CHART = new URL('../docs/images/performance.svg', import.meta.url);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS);
const unknown = chosen.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  console.error(`There is no part ${unknown}: ${Object.keys(PARTS).join(', ')}.`);
  process.exit(2);
}

const folder = mkdtempSync(join(tmpdir(), 'pkb-link-bench-'));
const from = performance.now();
const tables: Table[] = [];
function progress(what: string): void {
  console.error(`${String(Math.round((performance.now() - from) / 1000)).padStart(5)} s  ${what}`);
}

try {
  for (const name of chosen) {
    const own = join(folder, name);
    mkdirSync(own);
    // The filled databases are shared; all else is a part's own.
    for (const table of (await PARTS[name]?.({ quick: values.quick, progress, folder })) ?? []) {
      tables.push(table);
      console.log(inText(values.quick ? { ...table, targets: [] } : table));
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const whole = positionals.length === 0 && !values.quick;
if (whole) {
  writeFileSync(CHART, chart(tables.flatMap(({ bars }) => bars ?? [])));
  const text = readFileSync(REPORT, 'utf8');
  const generated = [
    `Measured ${new Date().toISOString().slice(0, 10)} by \`npm run bench\` in ${Math.round((performance.now() - from) / 60_000)} minutes. ${machine()}.`,
    targetsInMarkdown(tables),
    ...tables.map(inMarkdown),
  ].join('\n\n');
  writeFileSync(
    REPORT,
    text.replace(
      /(<!-- measured -->\n)[\s\S]*(\n<!-- \/measured -->)/,
      (_, begin, end) => `${begin}\n${generated}\n${end}`,
    ),
  );
}
