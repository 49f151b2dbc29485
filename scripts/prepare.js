// Makes `npm start`, `npm test` and `npm run demo` work on a machine that has Node 20, npm and nothing else.
// npm runs this before them, still under the machine's own Node; they themselves run under the Node 24 that it installs.
// Everything it says goes to standard error: the last line of `npm run -s demo` on standard output is JSON.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => process.stderr.write(`${line}\n`);
const debianRoot = existsSync('/usr/bin/apt-get') && process.getuid?.() === 0;

/** npm writes node_modules/.package-lock.json last, so a half-finished install does not pass for a finished one. */
function dependenciesAreInstalled() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed) || !existsSync(join(root, 'node_modules', '.bin', 'node'))) return false;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(installed, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || present[path]?.version === entry.version,
  );
}

/** The first Chromium or Chrome on this machine, or undefined. PKB_LINK_CHROMIUM names another one. */
function chromium() {
  if (process.env.PKB_LINK_CHROMIUM) return process.env.PKB_LINK_CHROMIUM;
  const found = spawnSync('sh', ['-c', 'command -v chromium chromium-browser google-chrome | head -n 1'], {
    encoding: 'utf8',
  });
  return found.stdout.trim() || undefined;
}

/** Whether the store's tests find a PostgreSQL to start: where test/storage/postgres-server.ts looks. */
function postgres() {
  const found = spawnSync('sh', ['-c', 'command -v initdb || ls /usr/lib/postgresql/*/bin/initdb'], {
    stdio: 'ignore',
  });
  return found.status === 0;
}

/** Where test/storage/pooler.ts and test/deploy look. */
function command(name) {
  return spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${name}`], { stdio: 'ignore' }).status === 0;
}

function install(name, packageName, otherwise) {
  if (!debianRoot) {
    say(
      `No ${name} found: its tests will be skipped. Install it (Debian: sudo apt-get install ${packageName})${otherwise}.`,
    );
    return;
  }
  say(`Installing ${name} for the tests ...`);
  try {
    const quietly = { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
    execFileSync('apt-get', ['update', '-qq'], quietly);
    execFileSync('apt-get', ['install', '-y', '-qq', packageName], quietly);
  } catch {
    say(`${name} could not be installed: its tests will be skipped. Install it by hand${otherwise}.`);
  }
}

/** Debian's package would also make a cluster and start it. The tests make their own. */
function installPostgres() {
  const settings = '/etc/postgresql-common/createcluster.d';
  const noCluster = join(settings, 'pkb-link-tests.conf');
  if (debianRoot) {
    mkdirSync(settings, { recursive: true });
    writeFileSync(noCluster, 'create_main_cluster = false\n');
  }
  install('PostgreSQL', 'postgresql', '');
  if (debianRoot) rmSync(noCluster);
}

/** What only some tests need, in a folder with a lock file of its own: none of it is a dependency of ours. */
function installApart(folder, what) {
  const path = join(root, ...folder.split('/'));
  if (existsSync(join(path, 'node_modules', '.package-lock.json'))) return;
  say(`Installing ${what} for ${folder} (npm ci), once ...`);
  const installed = npm(['ci', '--ignore-scripts'], path);
  if (installed.status !== 0) say(`Not installed: the tests of ${folder} will be skipped.`);
}

function npm(args, cwd) {
  const path = process.env.npm_execpath;
  const [command, first] = path?.endsWith('.js') ? [process.execPath, [path]] : ['npm', []];
  return spawnSync(command, [...first, ...args, '--no-audit', '--no-fund'], { cwd, stdio: ['ignore', 2, 2] });
}

if (!dependenciesAreInstalled()) {
  say('Installing dependencies (npm ci), once ...');
  const installed = npm(['ci'], root);
  if (installed.status !== 0) {
    say('npm ci failed: its message is above. Is the npm registry reachable?');
    process.exit(installed.status ?? 1);
  }
}
// What only the tests need.
if (process.argv.includes('--for-tests')) {
  if (!chromium()) install('Chromium', 'chromium', ' or set PKB_LINK_CHROMIUM');
  if (!postgres()) installPostgres();
  if (!command('pgbouncer')) install('PgBouncer', 'pgbouncer', '');
  if (!command('nginx')) install('nginx', 'nginx-light', '');
  if (!command('caddy')) install('Caddy', 'caddy', '');
  installApart('bench', 'the other clients (also for test/peers)');
  // 340 MB: where it is not there, its tests are skipped.
  if (process.env.CI === 'true') installApart('examples/embed-next', 'Next.js');
}
