/**
 * A Dockerfile carried out without a container engine: each stage in a folder of its own, from nothing but what the
 * context gives. It knows the instructions that ours has, and refuses any other.
 */

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Image {
  /** What is `/` in it. */
  readonly root: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly healthcheck: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
}

interface Step {
  readonly word: string;
  readonly rest: string;
}

/** @param ignored whether `.dockerignore` keeps a file out of the context */
export function build(
  dockerfile: string,
  { context, folder, ignored }: { context: string; folder: string; ignored: (path: string) => boolean },
): Image {
  const stages = new Map<string, string>();
  let image = {
    root: '',
    environment: {},
    user: 'root',
    healthcheck: [],
    entrypoint: [],
    command: [],
  } as Image;
  let cwd = '/';
  let place = 0;
  const within = (path: string) => join(image.root, path.startsWith('/') ? path : join(cwd, path));

  for (const { word, rest } of steps(dockerfile)) {
    switch (word) {
      case 'FROM': {
        const [, name] = / AS (\w+)$/.exec(rest) ?? [];
        image = { ...image, root: join(folder, `stage-${place++}`), environment: {} };
        cwd = '/';
        mkdirSync(image.root);
        if (name !== undefined) stages.set(name, image.root);
        break;
      }
      case 'WORKDIR':
        cwd = rest;
        mkdirSync(within('.'), { recursive: true });
        break;
      case 'COPY': {
        const [, from] = /^--from=(\w+) /.exec(rest) ?? [];
        const words = rest.split(' ').slice(from === undefined ? 0 : 1);
        const to = words.pop() ?? '';
        for (const source of words) {
          if (from === undefined && ignored(source)) throw new Error(`.dockerignore keeps ${source} out`);
          const path = join(from === undefined ? context : (stages.get(from) ?? ''), source);
          const into = to.endsWith('/') ? join(within(to), basename(source)) : within(to);
          cpSync(path, into, { recursive: true });
        }
        break;
      }
      case 'RUN':
        execFileSync('sh', ['-ec', inside(rest, image.root)], {
          cwd: within('.'),
          stdio: ['ignore', 'ignore', 'pipe'],
          // npm reaches its registry as it does on this machine.
          env: process.env,
        });
        break;
      case 'ENV':
        image = {
          ...image,
          environment: {
            ...image.environment,
            ...Object.fromEntries(rest.split(' ').map((pair) => pair.split('='))),
          },
        };
        break;
      case 'USER':
        image = { ...image, user: rest };
        break;
      case 'HEALTHCHECK':
        image = { ...image, healthcheck: JSON.parse(/CMD (\[.*\])$/.exec(rest)?.[1] ?? '[]') };
        break;
      case 'ENTRYPOINT':
        image = { ...image, entrypoint: JSON.parse(rest) };
        break;
      case 'CMD':
        image = { ...image, command: JSON.parse(rest) };
        break;
      case 'EXPOSE':
      case 'VOLUME':
        break;
      default:
        throw new Error(`the Dockerfile has a ${word}`);
    }
  }
  return image;
}

/** Absolute paths of the image are in its folder; its accounts are not on this machine. */
function inside(command: string, root: string): string {
  return command
    .replaceAll(/(?<= )\/var\//g, `${root}/var/`)
    .replaceAll('mkdir ', 'mkdir -p ')
    .replaceAll(/chown node:node [^&]*/g, 'true ');
}

function steps(dockerfile: string): Step[] {
  return dockerfile
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [, word = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
      return { word, rest };
    });
}

/** What `.dockerignore` says, of a file that starts with `*` and lets in what follows. */
export function ignoredBy(file: string): (path: string) => boolean {
  const [first, ...rest] = readFileSync(file, 'utf8').trim().split('\n');
  if (first !== '*' || !rest.every((line) => line.startsWith('!')))
    throw new Error('.dockerignore lets in by default');
  const allowed = rest.map((line) => line.slice(1));
  return (path) => !allowed.some((one) => path === one || path.startsWith(`${one}/`));
}
