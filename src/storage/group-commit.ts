/**
 * Whoever writes at the same time shares one commit, and with it one fsync, which is most of what a commit costs. None is
 * told that it is done before that commit is on the disk.
 */

import { AsyncLocalStorage } from 'node:async_hooks';
import type { DatabaseSync } from 'node:sqlite';
import { asFailure, untilFree } from './sqlite-errors.ts';

export interface GroupCommit {
  /**
   * All that `work` does or none of it, after all that came before. Work that fails is undone alone; where the commit
   * fails, so does everybody in it.
   * @param how `outside`: alone, and not in a transaction
   */
  join<T>(work: () => Promise<T>, how?: 'outside'): Promise<T>;
  /** Somebody is in line or at it. */
  busy(): boolean;
}

interface Job {
  readonly work: () => Promise<unknown>;
  readonly outside: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** @param committed called after each commit, before anybody is told of it */
export function groupCommit(connection: DatabaseSync, committed: () => void): GroupCommit {
  const line: Job[] = [];
  let busy = false;

  /** At the end of this turn of the event loop: by then all are in line that its events have called. */
  function next(): void {
    busy = line.length > 0;
    if (busy) setImmediate(turn);
  }

  async function turn(): Promise<void> {
    const border = line.findIndex(({ outside }) => outside);
    const together = line.splice(0, border === -1 ? line.length : Math.max(1, border));
    const [first] = together;
    if (first?.outside) await first.work().then(first.resolve, first.reject);
    else await inOneCommit(connection, together, committed);
    next();
  }

  return {
    join<T>(work: () => Promise<T>, how?: 'outside') {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      line.push({
        // In the context of who called, and not of who was first in line: a log line is an event of its caller’s span.
        work: AsyncLocalStorage.bind(work),
        outside: how === 'outside',
        resolve: resolve as Job['resolve'],
        reject,
      });
      if (!busy) next();
      return promise;
    },
    busy: () => busy,
  };
}

async function inOneCommit(
  connection: DatabaseSync,
  jobs: readonly Job[],
  committed: () => void,
): Promise<void> {
  const ends: (() => void)[] = [];
  try {
    // Immediate: a transaction that reads first and writes later could find its snapshot out of date.
    await untilFree(() => connection.exec('begin immediate'));
    for (const { work, resolve, reject } of jobs) {
      connection.exec('savepoint job');
      try {
        const result = await work();
        ends.push(() => resolve(result));
      } catch (error) {
        // A disk that is full, for one, may have undone all of it.
        if (!connection.isTransaction) throw error;
        connection.exec('rollback to job');
        ends.push(() => reject(asFailure(error)));
      }
      connection.exec('release job');
    }
    connection.exec('commit');
  } catch (error) {
    // Closed, it throws where it is asked anything, and nobody in line would get an answer.
    if (connection.isOpen && connection.isTransaction) connection.exec('rollback');
    for (const { reject } of jobs) reject(asFailure(error));
    return;
  }
  committed();
  for (const end of ends) end();
}
