/**
 * SQLite writes its WAL back to where the pages belong now and then, by whoever commits just then, and with it the whole
 * process waits for the disk. Here a thread of its own does, beside readers and writers, who wait for nothing.
 */

import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/**
 * How many commits the thread lets come together: of a link flow each is some ten pages of 4 KB. While it waits for the disk,
 * so does the next commit, which makes rarely and much better than often and little.
 */
const COMMITS = 1_000;

/** Pages in the WAL at which SQLite goes ahead by itself: where commits are that large, or the thread that far behind. */
export const PAGES_AT_MOST = 16_000;

export interface Checkpoints {
  /** To be told of each commit. */
  committed(): void;
  /** Before the last connection is closed. */
  end(): Promise<void>;
}

/** As text, since whoever bundles us would not have a file of its own where it is looked for. */
const THREAD = `
  const { DatabaseSync } = require('node:sqlite');
  const { parentPort, workerData } = require('node:worker_threads');
  const database = new DatabaseSync(workerData);
  database.exec('pragma synchronous = full');
  parentPort.on('message', (wanted) => {
    if (wanted === 'end') {
      database.close();
      parentPort.close();
      return;
    }
    try {
      database.exec('pragma wal_checkpoint(passive)');
    } catch {
      // The disk is full, for one: whoever commits next finds out, and says so.
    }
    parentPort.postMessage('done');
  });
`;

export function checkpoints(path: string): Checkpoints {
  let thread: Worker | undefined;
  let commits = 0;
  /** Also where the thread is gone, which is nobody's failure: SQLite does it by itself then. */
  let busy = path === ':memory:';

  function start(): Worker {
    const started = new Worker(THREAD, { eval: true, workerData: path });
    started.on('message', () => {
      busy = false;
    });
    started.on('error', () => {
      busy = true;
    });
    started.on('exit', () => {
      thread = undefined;
    });
    // A process ends when it has nothing else to do.
    started.unref();
    return started;
  }

  return {
    committed() {
      commits += 1;
      if (busy || commits < COMMITS) return;
      commits = 0;
      busy = true;
      try {
        thread ??= start();
        thread.postMessage('checkpoint');
      } catch {
        // Node's permission model may forbid threads.
      }
    },

    async end() {
      busy = true;
      if (!thread) return;
      const ended = once(thread, 'exit').catch(() => undefined);
      thread.ref();
      thread.postMessage('end');
      await ended;
    },
  };
}
