/** What the command line says, and the exit codes that tell who must act next. The only place that prints. */

import {
  AccessRefusedError,
  AuthorizationError,
  ConfigurationError,
  Failure,
  IdentityConflictError,
  InvalidRequestError,
  ReauthorizationRequired,
  UpstreamUnavailableError,
} from '../errors.ts';
import type { Link, LinkEvent } from '../model.ts';
import { nextAction } from '../model.ts';

export function line(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Progress and remarks: beside the result, never in it. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`);
}

/** One JSON value a line: a list is one object a line, so that it can be read as it comes. */
export function json(value: unknown): void {
  line(JSON.stringify(value));
}

/** One line for the person, none of a stack trace. Returns the exit code. */
export function failure(thrown: unknown): number {
  if (!(thrown instanceof Failure)) {
    const what = thrown instanceof Error ? thrown.name : typeof thrown;
    const code = thrown instanceof Error && 'code' in thrown ? ` ${String(thrown.code)}` : '';
    remark(`pkb-link: something unforeseen went wrong (${what}${code}). Nothing half done is kept.`);
    return 1;
  }
  const setting = thrown instanceof ConfigurationError && thrown.setting ? `${thrown.setting} ` : '';
  remark(`pkb-link: ${setting}${thrown.message} [${thrown.code}]`);
  return exitCode(thrown);
}

export function exitCode(thrown: Failure): number {
  if (thrown instanceof InvalidRequestError) return 2;
  if (thrown instanceof AuthorizationError || thrown instanceof ReauthorizationRequired) return 3;
  if (thrown instanceof UpstreamUnavailableError) return 4;
  if (thrown instanceof AccessRefusedError) return 5;
  if (thrown instanceof IdentityConflictError) return 6;
  if (thrown instanceof ConfigurationError) return 78;
  return 1;
}

export function linkLine(link: Link): string {
  const action = nextAction(link);
  const next = action === 'none' ? '' : `  next: ${action}`;
  return `${link.appUserId}  ${link.publicId}  ${link.state}  ${link.health}${next}`;
}

export function eventLine(event: LinkEvent): string {
  return `${event.at.toISOString()}  ${event.type}${event.reason ? `  ${event.reason}` : ''}`;
}
