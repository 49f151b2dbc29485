/** What a partner could link patients with, as the bench drives it: this package, or another client with the glue around it. */

import type { App } from '../../src/app.ts';

export interface Contender {
  readonly name: string;
  /** Where it keeps tokens, and whether they are sealed there. */
  readonly keeps: string;
  readonly redirectUri: string;
  open(place: Place): Promise<Opened>;
}

export interface Place {
  /** Origin. */
  readonly simulatorUrl: string;
  /** For its files. Another process may have the same one open. */
  readonly folder: string;
  /** `postgres://…`, for those that can use it. */
  readonly databaseUrl?: string;
}

/** As it is in one process. */
export interface Opened {
  /** The patient presses "link": where their browser goes, and what its cookies hold. */
  start(account: string): Promise<Asked>;
  /** The browser is back with a code: it is exchanged, and the tokens are stored. */
  finish(asked: Asked, back: URL): Promise<void>;
  /** Fresh: refreshed first where the stored one is over. */
  accessToken(account: string): Promise<string>;
  /** From now on the stored access tokens are over, as they are half an hour later. */
  age(): Promise<void>;
  /** Stores what it has of `from` for these accounts too. */
  multiply?(from: string, accounts: readonly string[]): Promise<void>;
  /** What a signed-in browser brings along, or the partner's app knows: for another process that is to serve it too. */
  leave?(account: string): unknown;
  resume?(account: string, left: unknown): void;
  close(): Promise<void>;
  /** Of this package only. */
  readonly app?: App;
}

export interface Asked {
  readonly account: string;
  readonly url: string;
  readonly cookies: unknown;
}

export const CLIENT_ID = 'app';
export const SCOPE = 'PATIENT';
