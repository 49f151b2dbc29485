/** A real nginx with the file that we ship, on free ports before processes on free ports. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Ends } from '../hosted.ts';
import { type Guarded, guarded } from '../storage/guarded.ts';

const PATH = `${process.env.PATH}:/usr/sbin`;
const installed = spawnSync('nginx', ['-v'], { env: { PATH } }).status === 0;

/** For `describe`: the reason to skip where there is none. In CI there must be one. */
export const withoutNginx = {
  skip: !installed && process.env.CI !== 'true' ? 'needs nginx (Debian: apt-get install nginx-light)' : false,
} as const;

export const SHIPPED = fileURLToPath(new URL('../../deploy/nginx/pkb-link.conf', import.meta.url));

export interface Nginx {
  /** All that it has logged. */
  logged(): string;
}

/** @param places.patients, places.backEnds the ports that it listens on */
export async function startNginx(
  t: Ends,
  places: { readonly patients: number; readonly backEnds: number; readonly processes: readonly number[] },
): Promise<Nginx> {
  const folder = mkdtempSync('/tmp/pkb-link-nginx-');
  const servers = places.processes.map((port) => `server 127.0.0.1:${port} fail_timeout=1s;`);
  const file = replaced(readFileSync(SHIPPED, 'utf8'), [
    ['server 127.0.0.1:8080 fail_timeout=1s;', servers.join('\n    ')],
    ['listen 443 ssl;', `listen 127.0.0.1:${places.patients};`],
    ['    ssl_certificate /etc/ssl/LINK.pem;\n    ssl_certificate_key /etc/ssl/LINK.key;\n', ''],
    ['listen 127.0.0.1:8090;', `listen 127.0.0.1:${places.backEnds};`],
    ['/var/log/nginx/', `${folder}/`],
  ]);
  writeFileSync(join(folder, 'pkb-link.conf'), file);
  const nginx = run(folder, 'pkb-link.conf');
  t.after(async () => {
    await nginx.end();
    rmSync(folder, { recursive: true });
  });
  await nginx.listensAt(places.backEnds);
  return {
    logged: () =>
      ['pkb-link.log', 'pkb-link.error.log', 'error.log']
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join(''),
  };
}

function run(folder: string, include: string): Guarded {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (what) => `${what}_temp_path ${folder}/${what};`,
  );
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${user} daemon off; pid ${folder}/pid; error_log ${folder}/error.log; worker_processes 1;
events { worker_connections 512; }
http { ${temporary.join(' ')} include ${folder}/${include}; }
`,
  );
  return guarded(['nginx', '-p', folder, '-c', join(folder, 'nginx.conf')], 'QUIT', { env: { PATH } });
}

/** Each must be there: a file that has changed is not tested by what it was. */
export function replaced(text: string, changes: readonly (readonly [string, string])[]): string {
  return changes.reduce((changed, [from, to]) => {
    if (!changed.includes(from)) throw new Error(`the file has no ${from}`);
    return changed.replaceAll(from, to);
  }, text);
}
