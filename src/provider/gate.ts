/**
 * Stands before the token endpoint for all links together: what is wrong for everybody is not asked about once per link.
 *
 * A refused client, or an endpoint that is not there, shuts it at once; an endpoint that does not answer, after a few
 * tries. While it is shut one caller at a time asks, at growing intervals, and the first real answer opens it: no restart.
 * Callers are let through a few at a time, and one more with every success, so that after an outage nobody is run over.
 */

import { ConfigurationError, Failure, FaultError, UpstreamUnavailableError } from '../errors.ts';

export interface Gate {
  /** Runs `work` once there is a place for it. @throws what the gate is shut for, and `work` is not run */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
  /**
   * Asks, and learns from what comes back. `urgent`: asks even where the gate is shut, since a person waits for it.
   * @throws what `ask` throws, or what the gate is shut for
   */
  ask<T>(ask: () => Promise<T>, urgent?: boolean): Promise<T>;
  /** What it is shut for, until somebody may try again. */
  shutFor(): Failure | undefined;
}

export type Alarm = (
  event: 'alarm.raised' | 'alarm.over',
  fields: Readonly<Record<string, string | number>>,
) => void;

interface Shut {
  readonly failure: Failure;
  /** Epoch milliseconds: from then on somebody may try. */
  readonly until: number;
  readonly times: number;
  /** The code of the alarm that was raised: what shuts it may change meanwhile. */
  readonly alarmed: string | undefined;
}

/** How long it stays shut, in milliseconds: at first, and doubling up to. */
const CONFIGURATION = { first: 60_000, longest: 900_000, alarm: true };
const OUTAGE = { first: 1_000, longest: 60_000, alarm: true };
const RATE_LIMIT_MS = 10_000;

const TRIES_BEFORE_OUTAGE = 4;
const FEWEST_PLACES = 2;
const MOST_PLACES = 256;
/** After so long without a caller, in milliseconds, nothing is known of the endpoint any more. */
const IDLE_MS = 60_000;

export function createGate(now: () => Date, alarm: Alarm): Gate {
  let shut: Shut | undefined;
  let probing = false;
  let unanswered = 0;
  let places = FEWEST_PLACES;
  let inside = 0;
  let lastCall = 0;
  const queue: { readonly enter: () => void; readonly turnAway: (failure: Failure) => void }[] = [];

  function mayProbe(): boolean {
    return !probing && shut !== undefined && now().getTime() >= shut.until;
  }

  function close(failure: Failure, how: { first: number; longest: number; alarm: boolean }): void {
    const times = (shut?.times ?? 0) + 1;
    const wait = Math.min(how.longest, how.first * 2 ** (times - 1)) * (1 + Math.random() / 4);
    const alarmed = shut?.alarmed ?? (how.alarm ? failure.code : undefined);
    if (alarmed !== undefined && shut?.alarmed === undefined) alarm('alarm.raised', { code: alarmed });
    shut = { failure, until: now().getTime() + wait, times, alarmed };
    places = FEWEST_PLACES;
    for (const { turnAway } of queue.splice(0)) turnAway(turnedAway(shut, now()));
  }

  function open(): void {
    if (shut?.alarmed !== undefined) alarm('alarm.over', { code: shut.alarmed });
    shut = undefined;
    unanswered = 0;
    places = Math.min(MOST_PLACES, places + 1);
  }

  function learn(failure: unknown): void {
    if (failure instanceof ConfigurationError) close(failure, CONFIGURATION);
    else if (failure instanceof UpstreamUnavailableError && failure.code === 'rate-limited') {
      const wait = failure.retryAfter === undefined ? RATE_LIMIT_MS : failure.retryAfter * 1000;
      close(failure, { first: wait, longest: wait, alarm: false });
    } else if (failure instanceof UpstreamUnavailableError || failure instanceof FaultError) {
      unanswered += 1;
      if (unanswered >= TRIES_BEFORE_OUTAGE) close(failure, OUTAGE);
    } else if (failure instanceof Failure) {
      // It refused one code or one grant: whoever can do that is well and knows us.
      open();
    }
  }

  function letIn(): void {
    while (inside < places && queue.length > 0) {
      inside += 1;
      queue.shift()?.enter();
    }
  }

  return {
    async inTurn(work) {
      if (shut && !mayProbe()) throw turnedAway(shut, now());
      if (now().getTime() - lastCall > IDLE_MS) places = FEWEST_PLACES;
      lastCall = now().getTime();
      if (inside < places) inside += 1;
      else await new Promise<void>((enter, turnAway) => queue.push({ enter, turnAway }));
      try {
        return await work();
      } finally {
        inside -= 1;
        letIn();
      }
    },

    async ask(ask, urgent = false) {
      const probe = mayProbe();
      if (shut && !probe && !urgent) throw turnedAway(shut, now());
      if (probe) probing = true;
      try {
        const answer = await ask();
        open();
        return answer;
      } catch (failure) {
        learn(failure);
        throw failure;
      } finally {
        if (probe) probing = false;
      }
    },

    shutFor: () => (shut && now().getTime() < shut.until ? shut.failure : undefined),
  };
}

/** The failure that shut the gate, as the failure of a request that was never sent. */
function turnedAway({ failure, until }: Shut, now: Date): Failure {
  if (failure instanceof ConfigurationError) {
    const { setting } = failure;
    return new ConfigurationError(failure.code, failure.message, {
      cause: failure,
      ...(setting !== undefined && { setting }),
    });
  }
  return new UpstreamUnavailableError(
    failure instanceof UpstreamUnavailableError ? failure.code : 'server-error',
    failure.message,
    {
      cause: failure,
      retryAfter: Math.max(1, Math.ceil((until - now.getTime()) / 1000)),
      notActedOn: true,
    },
  );
}
