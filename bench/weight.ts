/** What comes with it: packages, their size, the time until it can be used, and its memory when it is not. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { median, ms } from './figures.ts';
import { installed, megabytes, serving } from './installed.ts';
import type { Part } from './table.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const BENCH = fileURLToPath(new URL('.', import.meta.url));

export const weight: Part = async (setting) => {
  const own = installed(setting.folder);
  const runs = setting.quick ? 1 : 7;
  setting.progress('weight: pkb-link');
  const packed = JSON.parse(
    execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
      cwd: ROOT,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }),
  );
  const [{ unpackedSize }] = Array.isArray(packed) ? packed : Object.values(packed);
  const ours = packagesOf(
    ROOT,
    Object.keys(JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')).dependencies),
  );
  const size = Number(unpackedSize) + ours.bytes;
  const rows = [
    [
      'pkb-link',
      megabytesOf(size),
      String(ours.packages + 1),
      ...imported(join(own, '../../dist/index.js'), runs),
    ],
  ];
  const { dependencies } = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8'));
  for (const [name, version] of Object.entries<string>(dependencies)) {
    setting.progress(`weight: ${name}`);
    const { bytes, packages } = packagesOf(BENCH, [name]);
    rows.push([`${name} ${version}`, megabytesOf(bytes), String(packages), ...imported(name, runs)]);
  }

  setting.progress('weight: serve');
  const starts: number[] = [];
  let idle = 0;
  for (let n = 0; n < runs; n += 1) {
    const service = await serving(own, `file:${join(setting.folder, 'weight.db')}`);
    starts.push(service.firstAnswerMs);
    if (n === runs - 1) {
      await delay(setting.quick ? 0 : 5_000);
      idle = megabytes(service.child.pid).now;
    }
    await service.stop();
  }
  return [
    {
      title: 'Weight',
      method:
        'As npm installs it without devDependencies: the published files and, from the lock file, every package that comes with them. Loading is a new process that imports the library and ends; memory is that process’s, Node itself included.',
      columns: ['package', 'installed', 'packages', 'to load it', 'memory then'],
      rows: [
        ...rows,
        ['pkb-link serve', '', '', `${ms(median(starts))} to its first answer`, `${idle} MB idle`],
      ],
      targets: [
        {
          what: 'Install without devDependencies',
          target: 'under 30 MB',
          measured: megabytesOf(size),
          met: size < 30 * 2 ** 20,
        },
      ],
    },
  ];
};

function megabytesOf(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MB`;
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** All that `names` bring, from what is installed in `folder`. */
function packagesOf(
  folder: string,
  names: readonly string[],
): { readonly bytes: number; readonly packages: number } {
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, Locked>>;
  };
  const seen = new Set<string>();
  function visit(name: string, from: string): void {
    // As Node looks for it: beside the one that asks, then further out.
    for (let place = from; ; place = place.slice(0, place.lastIndexOf('node_modules/')).replace(/\/$/, '')) {
      const path = place === '' ? `node_modules/${name}` : `${place}/node_modules/${name}`;
      if (packages[path] && existsSync(join(folder, path))) {
        if (seen.has(path)) return;
        seen.add(path);
        const { dependencies, optionalDependencies } = packages[path];
        for (const next of Object.keys({ ...dependencies, ...optionalDependencies })) visit(next, path);
        return;
      }
      // Of an optional one for another system there is nothing.
      if (place === '') return;
    }
  }
  for (const name of names) visit(name, '');
  const bytes = [...seen].reduce((sum, path) => sum + bytesIn(join(folder, path)), 0);
  return { bytes, packages: seen.size };
}

/** Without packages inside it, which are counted themselves. */
function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesIn(path);
    return entry.isFile() ? sum + statSync(path).size : sum;
  }, 0);
}

function imported(name: string, runs: number): [string, string] {
  const script = `const from = performance.now(); await import(${JSON.stringify(name)});
    console.log(JSON.stringify([performance.now() - from, process.memoryUsage.rss()]))`;
  const found = Array.from({ length: runs }, () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      cwd: BENCH,
      encoding: 'utf8',
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout) as [number, number];
  });
  return [ms(median(found.map(([took]) => took))), megabytesOf(median(found.map(([, bytes]) => bytes)))];
}
