/** The state as one JSON file. For one process at a time. */

import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { emptyState, type State } from './state.ts';

const VERSION = 2;

/**
 * The state in `path`, or an empty one where there is no such file.
 * @throws Error naming the file, where it is not one that `writeState` wrote
 */
export function readState(path: string): State {
  if (!existsSync(path)) return emptyState();
  try {
    const stored = JSON.parse(readFileSync(path, 'utf8'));
    if (stored.version !== VERSION) throw new Error(`version ${stored.version} is not ${VERSION}`);
    return {
      clockOffset: stored.clockOffset,
      sessions: new Map(stored.sessions),
      codes: new Map(stored.codes),
      accessTokens: new Map(stored.accessTokens),
      refreshTokens: new Map(stored.refreshTokens),
      people: new Map(stored.people),
      registered: new Map(stored.registered),
      mail: stored.mail,
      measurements: new Map(stored.measurements),
    };
  } catch (cause) {
    throw new Error(`${path} is not a state file of the simulator: delete it to start afresh`, { cause });
  }
}

/**
 * Replaces the file whole. Synchronous, so that no answer can leave before what it tells of is on disk: a token that a
 * client holds and the simulator forgot would look like the client's mistake.
 */
export function writeState(path: string, state: State): void {
  const text = JSON.stringify({
    version: VERSION,
    clockOffset: state.clockOffset,
    sessions: [...state.sessions],
    codes: [...state.codes],
    accessTokens: [...state.accessTokens],
    refreshTokens: [...state.refreshTokens],
    people: [...state.people],
    registered: [...state.registered],
    mail: state.mail,
    measurements: [...state.measurements],
  });
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
  syncFolder(dirname(path));
}

/** Makes the rename itself durable. */
function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
