// Makes `npm start`, `npm test` and `npm run demo` work on a machine that has Node 20, npm and nothing else.
// npm runs this before them, still under the machine's own Node; they themselves run under the Node 24 that it installs.
// Everything it says goes to standard error: the last line of `npm run -s demo` on standard output is JSON.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const say = (line) => process.stderr.write(`${line}\n`);

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

function installChromium() {
  const debian = existsSync('/usr/bin/apt-get');
  if (!debian || process.getuid?.() !== 0) {
    say(
      'No Chromium found: the browser tests will be skipped. Install it (Debian: sudo apt-get install chromium) or set PKB_LINK_CHROMIUM.',
    );
    return;
  }
  say('Installing Chromium for the browser tests ...');
  try {
    execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 2, 2] });
    execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
  } catch {
    say(
      'Chromium could not be installed: the browser tests will be skipped. Install it by hand or set PKB_LINK_CHROMIUM.',
    );
  }
}

if (!dependenciesAreInstalled()) {
  say('Installing dependencies (npm ci), once ...');
  const npm = process.env.npm_execpath;
  const [command, args] = npm?.endsWith('.js') ? [process.execPath, [npm, 'ci']] : ['npm', ['ci']];
  const installed = spawnSync(command, [...args, '--no-audit', '--no-fund'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  if (installed.status !== 0) {
    say('npm ci failed: its message is above. Is the npm registry reachable?');
    process.exit(installed.status ?? 1);
  }
}
if (process.argv.includes('--browser') && !chromium()) installChromium();
