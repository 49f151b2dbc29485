/** What the command line says. The only place that prints. */

import { ConfigurationError, Failure } from '../errors.ts';
import type { Link, LinkEvent } from '../model.ts';
import { nextAction } from '../model.ts';
import { exitCode } from './exit-code.ts';

let outputError: NodeJS.ErrnoException | undefined;

/** A reader that goes away (`| head -1`) is no reason for a stack trace. */
export function watchOutput(): void {
  process.stdout.on('error', (error) => {
    outputError ??= error;
  });
  process.stderr.on('error', () => {});
}

/** False once nothing written to standard output arrives any more. */
export function isRead(): boolean {
  return outputError === undefined;
}

/** Resolves when all that was printed has been written. Returns 0, also where the reader went away, or an exit code. */
export async function outputWritten(): Promise<number> {
  await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
  if (outputError === undefined || outputError.code === 'EPIPE') return 0;
  remark(`pkb-link: the output could not be written (${outputError.code}).`);
  return 1;
}

export function line(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Progress and remarks: beside the result, never in it. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** Whether what is said beside the result is read by a person, on a terminal. */
export function isTerminal(): boolean {
  return process.stderr.isTTY === true;
}

/** Instead of what the terminal's last line says; `''` leaves it empty. */
export function overwrite(text: string): void {
  process.stderr.write(`\r${text.slice(0, (process.stderr.columns || 80) - 1)}\u001b[K`);
}

/** One JSON value a line: a list is one object a line, so that it can be read as it comes. */
export function json(value: unknown): void {
  line(JSON.stringify(value));
}

/** A message may quote a path, and a path may hold anything. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}

/** One line for the person, none of a stack trace. Returns the exit code. */
export function failure(thrown: unknown): number {
  if (!(thrown instanceof Failure)) {
    const what = thrown instanceof Error ? thrown.name : typeof thrown;
    const code = thrown instanceof Error && 'code' in thrown ? ` ${String(thrown.code)}` : '';
    remark(`pkb-link: something unforeseen went wrong (${what}${code}). Nothing half done is kept.`);
    return 1;
  }
  const { message, code, name } = thrown;
  const setting = thrown instanceof ConfigurationError ? thrown.setting : undefined;
  const named = setting === undefined || message.includes(setting) ? message : `${setting}: ${message}`;
  remark(`pkb-link: ${oneLine(named)} [${code}]`);
  return exitCode(name);
}

/** Columns of one width, and last the one that has any width and may hold spaces. */
export function linkLine(link: Link): string {
  const { publicId, state, health, appUserId } = link;
  return [publicId, state.padEnd(24), health.padEnd(10), nextAction(link).padEnd(11), appUserId].join('  ');
}

export function eventLine(event: LinkEvent): string {
  return `${event.at.toISOString()}  ${event.type}${event.reason ? `  ${event.reason}` : ''}`;
}
