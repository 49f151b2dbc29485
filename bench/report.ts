/** Tables as text for a terminal and as Markdown for the report. */

import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import type { Table, Target } from './table.ts';

export function inText(table: Table): string {
  const lines = [table.columns, ...table.rows];
  const widths = table.columns.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    `  ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ')}`.trimEnd();
  return [
    `\n${table.title}`,
    ...lines.map(line),
    ...(table.targets ?? []).map((target) => `  ${verdict(target)}: ${sentence(target)}`),
  ].join('\n');
}

export function inMarkdown(table: Table): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const aligned = table.columns.map((_, column) => (column === 0 ? '---' : '---:'));
  return [
    `### ${table.title}`,
    table.method,
    [row(table.columns), row(aligned), ...table.rows.map(row)].join('\n'),
  ].join('\n\n');
}

export function targetsInMarkdown(tables: readonly Table[]): string {
  const targets = tables.flatMap((table) => table.targets ?? []);
  return [
    '| What | Target | Measured | |',
    '| --- | --- | ---: | --- |',
    ...targets.map(
      (target) => `| ${target.what} | ${target.target} | ${target.measured} | ${verdict(target)} |`,
    ),
  ].join('\n');
}

export function machine(): string {
  const [cpu] = cpus();
  const version = (program: string) => {
    try {
      return execFileSync('sh', ['-c', program], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      return '';
    }
  };
  return [
    `${cpus().length} processors (${cpu?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB of memory`,
    version('. /etc/os-release && echo "$PRETTY_NAME"'),
    `Node ${process.version}, SQLite ${process.versions.sqlite}, OpenSSL ${process.versions.openssl}`,
    version('ls -d /usr/lib/postgresql/*/bin | tail -1 | xargs -I{} {}/postgres --version'),
    `load average at the start and the end of the run: ${startLoad} and ${loadavg()[0]?.toFixed(1)}`,
  ]
    .filter(Boolean)
    .join('; ');
}

const startLoad = loadavg()[0]?.toFixed(1);

function verdict({ met }: Target): string {
  return met ? 'met' : 'missed';
}

function sentence({ what, target, measured }: Target): string {
  return `${what}: ${measured} (${target})`;
}
