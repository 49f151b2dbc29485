import { ConfigurationError, Failure } from '../../errors.ts';

/** What one check found. Nothing in it is secret or about a person. */
export interface Finding {
  /** What was looked at, for instance `database`. */
  readonly check: string;
  readonly verdict: 'pass' | 'warn' | 'fail';
  readonly says: string;
  /** What to do about it; there for all but `pass`. */
  readonly remedy?: string;
}

export function pass(check: string, says: string): Finding {
  return { check, verdict: 'pass', says };
}

export function warn(check: string, says: string, remedy: string): Finding {
  return { check, verdict: 'warn', says, remedy };
}

export function fail(check: string, says: string, remedy: string): Finding {
  return { check, verdict: 'fail', says, remedy };
}

/** A failure of ours as a finding: its message says what is wrong and, where it is a setting's, what to do. */
export function failedBy(check: string, thrown: unknown, remedy: string): Finding {
  if (!(thrown instanceof Failure)) {
    const code = thrown instanceof Error && 'code' in thrown ? ` (${String(thrown.code)})` : '';
    return fail(check, `could not be looked at${code}`, remedy);
  }
  const setting = thrown instanceof ConfigurationError ? thrown.setting : undefined;
  const named = setting !== undefined && !thrown.message.includes(setting);
  return fail(check, named ? `${setting}: ${thrown.message}` : thrown.message, remedy);
}
