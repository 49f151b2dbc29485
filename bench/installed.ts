/** The package as npm would install it: built, and not run from its source as a checkout is. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OLD_KEY, SCOPE } from './filled.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
export const API_KEY = 'a-key-of-the-bench-that-nobody-guesses';

/** @returns the path of its command; built at the first call */
export function installed(folder: string): string {
  const to = join(folder, 'package');
  const bin = join(to, 'bin', 'pkb-link.js');
  if (existsSync(bin)) return bin;
  execFileSync(process.execPath, [join(ROOT, 'scripts', 'build.js')], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  mkdirSync(to);
  for (const part of ['package.json', 'bin', 'dist'])
    cpSync(join(ROOT, part), join(to, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(to, 'node_modules'));
  return bin;
}

export interface Serving {
  readonly url: URL;
  readonly child: ChildProcess;
  /** From its start until it had answered, in milliseconds. */
  readonly firstAnswerMs: number;
  stop(): Promise<void>;
}

/** `pkb-link serve`, until it has answered a first call. */
export async function serving(
  bin: string,
  databaseUrl: string,
  env: Record<string, string> = {},
): Promise<Serving> {
  const from = performance.now();
  const child = spawn(process.execPath, [bin, 'serve', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: environment(databaseUrl, env),
  });
  const [line] = await once(child.stdout, 'data');
  const url = new URL((JSON.parse(String(line)) as { url: string }).url);
  const answer = await fetch(new URL('/readyz', url));
  if (!answer.ok) throw new Error(`/readyz answered ${answer.status}`);
  return {
    url,
    child,
    firstAnswerMs: performance.now() - from,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

export function environment(databaseUrl: string, env: Record<string, string> = {}): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    PKB_ENVIRONMENT: SCOPE.environment,
    PKB_CLIENT_ID: SCOPE.clientId,
    PKB_REDIRECT_URI: 'http://localhost:8080/pkb/callback',
    PKB_LINK_DATABASE_URL: databaseUrl,
    PKB_LINK_ENCRYPTION_KEYS: OLD_KEY,
    PKB_LINK_API_KEY: API_KEY,
    // One caller asks for all there is.
    PKB_LINK_KEY_PER_SECOND: '999999',
    PORT: '0',
    ...env,
  };
}

/** Resident memory of a process in MB, now and at most (Linux). */
export function megabytes(pid: number | undefined): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024);
  return { now: of('VmRSS'), most: of('VmHWM') };
}

/** Processor time of a process so far, in milliseconds (Linux). */
export function processorMs(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
