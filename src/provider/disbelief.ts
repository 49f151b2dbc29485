/**
 * Many grants that end at once are not believed at first: a PKB that has lost its sessions for a while, or a database
 * that was restored from a backup, must not send thousands of patients back to grant again. They are taken for an outage
 * for an hour, in which the operator knows; then for what PKB says.
 */

import { type Failure, ReauthorizationRequired, UpstreamUnavailableError } from '../errors.ts';
import type { Alarm } from './gate.ts';

export interface Disbelief {
  /** A grant was refreshed. */
  alive(): void;
  /** What an end of a grant is taken for; every other failure is what it is. */
  doubt(failure: Failure): Failure;
}

/** So many ends within so many milliseconds, with fewer refreshes among them. */
const MANY = 20;
const WINDOW_MS = 600_000;
const LONGEST_MS = 3_600_000;

export function createDisbelief(now: () => Date, alarm: Alarm): Disbelief {
  let refreshes = 0;
  let ends: { readonly at: number; readonly refreshes: number }[] = [];
  let since: number | undefined;

  return {
    alive() {
      refreshes += 1;
      if (since !== undefined) alarm('alarm.over', { code: 'grants-ending' });
      since = undefined;
    },

    doubt(failure) {
      if (!(failure instanceof ReauthorizationRequired)) return failure;
      const at = now().getTime();
      ends = [...ends, { at, refreshes }].slice(-MANY);
      const [first] = ends;
      const burst =
        first !== undefined &&
        ends.length === MANY &&
        at - first.at <= WINDOW_MS &&
        refreshes - first.refreshes < MANY;
      if (!burst && since === undefined) return failure;
      if (since === undefined) {
        since = at;
        alarm('alarm.raised', { code: 'grants-ending' });
      }
      if (at - since > LONGEST_MS) return failure;
      return new UpstreamUnavailableError('grants-ending', 'PKB ends many grants at once; not believed yet', {
        cause: failure,
        retryAfter: 60,
        notActedOn: true,
      });
    },
  };
}
