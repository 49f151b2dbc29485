/** A program that ends when whoever started it does, also where that one is killed. */

import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Guarded {
  readonly child: ChildProcess;
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
    child,
    async end() {
      child.stdin?.end();
      await exited;
    },
  };
}
