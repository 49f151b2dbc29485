/** The part of the store's promise (`store.ts`) that serves the operator's console: how patients fare, and who may look. */

import type { ConsoleRole } from '../model.ts';

/** How far an attempt to link comes, in this order. */
export const ATTEMPT_STEPS = [
  'started',
  'asked',
  'answered',
  'exchanged',
  'identified',
  'confirmed',
] as const;
export type AttemptStep = (typeof ATTEMPT_STEPS)[number];

export interface AttemptTally {
  /** The hour in which they began. */
  readonly hour: Date;
  /** The last step that they came to. */
  readonly step: AttemptStep;
  /**
   * Why they came no further: a failure's code, what the patient said of the proposal, or `never-opened`, `never-asked`,
   * `never-came-back`. Absent: confirmed, or still on the way.
   */
  readonly ending?: string;
  readonly attempts: number;
}

/** One of an account's attempts of the last day. */
export interface Attempt extends Omit<AttemptTally, 'hour' | 'attempts'> {
  readonly createdAt: Date;
}

/** Who has signed in to the console, and by what. */
export interface ConsoleLogin {
  readonly name: string;
  readonly role: ConsoleRole;
  /** `code`, or the subject and issuer of the organisation's sign-in. */
  readonly login: string;
}

export interface ForConsole {
  /**
   * Attempts that began from `from` to before `to`. An attempt is an authorization, or a link session in which none was asked for. What is on the
   * way is read from its own row; of what was deleted a tally is left, without anybody in it, for 400 days.
   */
  countAttempts(period: { readonly from: Date; readonly to: Date }): Promise<readonly AttemptTally[]>;

  /** The newest first, up to 50. */
  listAttempts(appUserId: string): Promise<readonly Attempt[]>;

  /** How many grants that still live are known to end with PKB's API session, by hour, up to `to`. */
  countSessionEnds(period: {
    readonly to: Date;
  }): Promise<readonly { readonly hour: Date; readonly links: number }[]>;

  /** Forgets codes that are over. */
  addConsoleCode(code: {
    readonly codeHash: string;
    readonly name: string;
    readonly role: ConsoleRole;
    readonly expiresAt: Date;
  }): Promise<void>;

  findConsoleCode(codeHash: string): Promise<Pick<ConsoleLogin, 'name' | 'role'> | undefined>;

  /** Once, and not when it is over. */
  takeConsoleCode(codeHash: string): Promise<Pick<ConsoleLogin, 'name' | 'role'> | undefined>;

  addConsoleSession(session: ConsoleLogin & { readonly secretHash: string }): Promise<void>;

  /** Where it was used within `idleMs` and began within `lastsMs`, by the store's clock: notes its use. */
  useConsoleSession(use: {
    readonly secretHash: string;
    readonly idleMs: number;
    readonly lastsMs: number;
  }): Promise<ConsoleLogin | undefined>;

  endConsoleSession(secretHash: string): Promise<void>;
}
