/** A program that ends when whoever started it does, also where that one is killed. */

import { type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

export interface Guarded {
  /** Resolves when it does. @throws Error where it ended instead */
  listensAt(port: number): Promise<void>;
  end(): Promise<void>;
}

/** @param signal what the program is told to end with */
export function guarded(words: readonly string[], signal: 'KILL' | 'QUIT', options: SpawnOptions): Guarded {
  // Whichever comes first: the pipe is closed, or the program ends by itself.
  const script = `exec 3<&0; "$@" </dev/null 3<&- & program=$!
    { cat <&3 >/dev/null; kill -${signal} $program; } & wait $program`;
  const child = spawn('sh', ['-c', script, 'guard', ...words], {
    ...options,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  const exited = once(child, 'exit');
  return {
    async listensAt(port) {
      while (!(await answers(port))) {
        if (child.exitCode !== null) throw new Error(`${words[0]} ended`);
        await pause(20);
      }
    },
    async end() {
      child.stdin?.end();
      await exited;
    },
  };
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
