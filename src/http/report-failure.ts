import { randomBytes } from 'node:crypto';
import type { Context } from 'hono';
import type { App } from '../app.ts';
import { Failure, FaultError } from '../errors.ts';
import { connectionOf } from './connection.ts';

export interface ReportedFailure {
  readonly failure: Failure;
  /** 8 hexadecimal digits, the same in the log and in the answer. */
  readonly reference: string;
}

/**
 * Writes one log line about whatever was thrown, and gives it the reference that the answer shows.
 * The line holds the failure's class and code: messages and causes may hold what is nobody's to read.
 */
export function reportFailure(c: Context, app: Pick<App, 'log'>, thrown: unknown): ReportedFailure {
  const failure =
    thrown instanceof Failure
      ? thrown
      : new FaultError('unforeseen', 'something was thrown that is no failure of ours', { cause: thrown });
  const reference = randomBytes(4).toString('hex');
  const { requestId } = connectionOf(c);
  app.log('failure', {
    class: failure.name,
    code: failure.code,
    reference,
    ...(requestId !== undefined && { request_id: requestId }),
    ...(failure !== thrown && { thrown: thrown instanceof Error ? thrown.constructor.name : typeof thrown }),
  });
  return { failure, reference };
}

export function isReference(text: string): boolean {
  return /^[0-9a-f]{8}$/.test(text);
}
