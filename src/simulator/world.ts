/** What every endpoint is given: who is registered, how it behaves, what it remembers, what time it is. */

import { type Client, registered, type SimulatorClient } from './oauth/clients.ts';
import { createDirectory, type Directory } from './people/directory.ts';
import { emptyState, type State } from './state.ts';
import { defaultToggles, type Toggles } from './toggles.ts';

export interface World {
  /** Public origin, no trailing slash. */
  origin: string;
  readonly seed: string;
  readonly clients: Map<string, Client>;
  readonly toggles: Toggles;
  readonly state: State;
  readonly directory: Directory;
  /** Epoch milliseconds. */
  now(): number;
  /** Called after every change of `state` and before the answer that tells of it. */
  save(): void;
}

export interface WorldOptions {
  readonly origin?: string;
  readonly clients?: readonly SimulatorClient[];
  readonly toggles?: Partial<Toggles>;
  readonly state?: State;
  readonly seed?: string;
  readonly patients?: number;
  /** Epoch milliseconds, to which `state.clockOffset` is added. */
  now?(): number;
  save?(): void;
}

/** @throws TypeError for a client nobody could use, or more patients than there can be */
export function createWorld(options: WorldOptions = {}): World {
  const { seed = '1', patients = 0, now = Date.now, save = () => {}, state = emptyState() } = options;
  return {
    origin: options.origin ?? '',
    seed,
    clients: new Map((options.clients ?? []).map((client) => [client.clientId, registered(client)])),
    toggles: { ...defaultToggles, ...options.toggles },
    state,
    directory: createDirectory(state, { seed, patients }),
    now: () => now() + state.clockOffset,
    save,
  };
}
