/**
 * docs/deploying.md as it is printed: its `sh` blocks, in a folder of their own in place of `/`, with a real PostgreSQL,
 * the settings that we ship and nginx in front. What needs a machine of one's own (`console`) is done by hand here.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '../../src/simulator.ts';
import { spawned } from '../cli/command-line.ts';
import { freePort } from '../hosted.ts';
import { postgresServer, withoutPostgres } from '../storage/postgres-server.ts';
import { replaced, startNginx, withoutNginx } from './nginx.ts';

const server = postgresServer({ fsync: true });
const checkout = fileURLToPath(new URL('../../', import.meta.url));
const page = readFileSync(join(checkout, 'docs/deploying.md'), 'utf8');
const skip = withoutPostgres.skip || withoutNginx.skip;

describe('docs/deploying.md', { skip }, () => {
  it('leads to a service behind nginx with PostgreSQL that doctor finds well', {
    timeout: 110_000,
  }, async (t) => {
    const machine = mkdtempSync('/tmp/pkb-link-walk-');
    t.after(() => rmSync(machine, { recursive: true }));
    const at = (path: string) => join(machine, path);
    for (const folder of ['usr/bin', 'usr/local/bin', 'opt', 'etc', 'var/lib/pkb-link', 'repository']) {
      mkdirSync(at(folder), { recursive: true });
    }
    const kept = ['bin', 'src', 'scripts', 'deploy', 'package.json', 'package-lock.json'];
    for (const name of [...kept, 'tsconfig.json', 'tsconfig.build.json', 'CHANGELOG.md']) {
      cpSync(join(checkout, name), at(`repository/${name}`), { recursive: true });
    }
    symlinkSync(process.execPath, at('usr/bin/node'));
    const [patients, backEnds, port] = [await freePort(), await freePort(), await freePort()];
    const pages = `http://localhost:${patients}`;
    const here = (printed: string) =>
      printed
        .replaceAll(
          /(?<=[\s="])\/(etc\/pkb-link|opt\/pkb-link|usr\/local|usr\/bin|var\/lib)/g,
          `${machine}/$1`,
        )
        .replaceAll('https://link.example/pkb', `${pages}/pkb`)
        .replaceAll('https://link.example', pages)
        .replaceAll('127.0.0.1:8090', `127.0.0.1:${backEnds}`);

    // Not synchronously: the simulator is in this process.
    async function run(block: string, input = ''): Promise<string> {
      const path = [at('usr/local/bin'), dirname(process.execPath), process.env.PATH].join(delimiter);
      const child = spawn('bash', ['-euo', 'pipefail', '-c', here(block)], {
        cwd: at('repository'),
        env: { ...process.env, PATH: path },
      });
      child.stdin.end(input);
      const [said, failed] = await Promise.all([
        text(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ]);
      assert.equal(child.exitCode, 0, `${block}\n${said}${failed}`);
      return said;
    }
    const guide = page.slice(page.indexOf('## A machine'), page.indexOf('## Docker'));
    const blocks = [...guide.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block);
    assert.equal(blocks.length, 5);
    const [packaged = '', secrets = '', settings = '', look = '', seen = ''] = blocks;

    // The Dockerfile's test installs it all.
    symlinkSync(join(checkout, 'node_modules'), at('repository/node_modules'));
    await run(replaced(packaged, [['npm ci --ignore-scripts\n', '']]));
    await run(secrets, 'what PKB gave us\n');
    const url = new URL(await server.newDatabase());
    const secret = at('etc/pkb-link/secrets/database_url');
    const printed = new URL(readFileSync(secret, 'utf8').trim());
    await server.query(`create role pkb_link login password '${printed.password}'`);
    await server.query(`alter database ${url.pathname.slice(1)} owner to pkb_link`);
    // Not Debian's port, nor its own cluster.
    printed.host = url.host;
    printed.pathname = url.pathname;
    writeFileSync(secret, `${printed.href}\n`);
    await run(settings);

    // What the reader changes: here PKB is a simulator.
    const clientId = 'walked';
    const simulator = await startSimulator({
      clients: [
        {
          clientId,
          owner: 'Ridgeway Clinic',
          product: 'Ridgeway',
          redirectUris: [`${pages}/pkb/callback`],
          auth: 'post',
          secret: 'what PKB gave us',
        } as never,
      ],
    });
    t.after(() => simulator.close());
    const file = at('etc/pkb-link/pkb-link.env');
    const changed = replaced(here(readFileSync(file, 'utf8')), [
      ['PKB_ENVIRONMENT=sandbox', `PKB_ENVIRONMENT=simulator\nPKB_SIMULATOR_URL=${simulator.url}`],
      ['CLIENT-ID', clientId],
      ['PKB_LINK_DRAIN_SECONDS=3', 'PKB_LINK_DRAIN_SECONDS=0'],
    ]);
    writeFileSync(file, changed);
    const command = at('usr/local/bin/pkb-link');
    writeFileSync(command, here(readFileSync(command, 'utf8')), { mode: 0o755 });

    const doctor = await run(look);
    const service = spawned(
      ['--env-file', file, at('opt/pkb-link/node_modules/pkb-link/bin/pkb-link.js'), 'serve'],
      {
        PORT: String(port),
      },
    );
    t.after(async () => {
      service.child.kill('SIGTERM');
      assert.equal((await service.ended).code, 0);
    });
    await startNginx(t, { patients, backEnds, processes: [port] });
    while (!(await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.ok) {
      assert.equal(
        service.child.exitCode,
        null,
        (await Promise.race([service.ended, pause(1, undefined)]))?.stderr,
      );
      await pause(50);
    }
    assert.match(doctor, /^pass +token endpoint/m);
    assert.equal(await run(seen), '{"status":"ok"}{"links":[],"next_after":null}404\n404\n');
    assert.match(readFileSync(at('repository/page'), 'utf8'), /404 Not Found/);
  });
});
