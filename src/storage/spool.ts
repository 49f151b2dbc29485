/**
 * Answers to refreshes on the local disk, each a sealed file: written as soon as it is read, and deleted after the database
 * was told. Whoever dies in between, or finds the database away, leaves the file to be replayed. One folder may be shared by
 * all processes of a machine, of several clients too: each sees its own files only, and so can drop no other's live token.
 */

import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open as openFile, readdir, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { TokenSet } from '../model.ts';
import { sha256 } from '../sha256.ts';
import { type KeyRing, keyIdOf, open, seal } from './seal.ts';
import type { RefreshLease, StoreScope } from './store.ts';
import { tokenSetFrom } from './token-set.ts';

/** What PKB answered, and to whose refresh. */
export interface SpooledAnswer {
  readonly lease: RefreshLease;
  readonly tokenSet: TokenSet;
}

export interface Spool {
  /** Written when it returns: a crash of this process loses nothing from then on. One of the machine still may. */
  keep(answer: SpooledAnswer): void;
  /** On the disk, whatever happens next, when its promise resolves; kept first where it is not. @returns the name to `drop` it by */
  secure(answer: SpooledAnswer): Promise<string>;
  drop(name: string): Promise<void>;
  /** The names of what is kept: of one link, or of all. */
  names(linkId?: string): Promise<readonly string[]>;
  /** Undefined where another process has dropped it. */
  read(name: string): Promise<SpooledAnswer | 'unreadable' | undefined>;
  linkIdOf(name: string): string;
  /** The names of what each key seals. */
  sealedWith(): Promise<ReadonlyMap<string, readonly string[]>>;
}

/** @param folder made with mode 0700 where it is missing. */
export async function openSpool(folder: string, keyRing: KeyRing, scope: StoreScope): Promise<Spool> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ending = spoolEnding(scope);

  async function names(linkId?: string): Promise<readonly string[]> {
    const files = await readdir(folder);
    return files.filter((file) => file.endsWith(ending) && (!linkId || file.startsWith(`${linkId}.`)));
  }

  // Without waiting for anything: between PKB's answer and this file there must be no turn of the event loop.
  function keep(answer: SpooledAnswer): void {
    const name = nameOf(answer, ending);
    const path = join(folder, name);
    const unfinished = `${path}.${process.pid}`;
    try {
      writeFileSync(unfinished, seal(keyRing, identity(name), JSON.stringify(answer)), { mode: 0o600 });
      renameSync(unfinished, path);
    } catch (error) {
      // A full disk leaves part of it behind, and takes up the room that the next one needs.
      rmSync(unfinished, { force: true });
      throw error;
    }
  }

  return {
    keep,

    async secure(answer) {
      const name = nameOf(answer, ending);
      if (!(await sync(join(folder, name)))) {
        keep(answer);
        await sync(join(folder, name));
      }
      // A new name is only there after a power cut if its folder was written too.
      await sync(folder);
      return name;
    },

    drop: (name) => unlink(join(folder, name)).catch(unlessMissing),

    names,

    async read(name) {
      const sealed = await readFile(join(folder, name), 'utf8').catch(unlessMissing);
      return sealed === undefined ? undefined : opened(keyRing, name, sealed);
    },

    linkIdOf: (name) => name.split('.')[0] ?? name,

    async sealedWith() {
      const sealedWith = new Map<string, string[]>();
      for (const name of await names()) {
        const sealed = await readFile(join(folder, name), 'utf8').catch(unlessMissing);
        if (sealed === undefined) continue;
        const keyId = keyIdOf(sealed);
        sealedWith.set(keyId, [...(sealedWith.get(keyId) ?? []), name]);
      }
      return sealedWith;
    },
  };
}

function opened(keyRing: KeyRing, name: string, sealed: string): SpooledAnswer | 'unreadable' {
  try {
    const { lease, tokenSet } = JSON.parse(open(keyRing, identity(name), sealed));
    return {
      lease: { ...lease, tokenSet: tokenSetFrom(lease.tokenSet) },
      tokenSet: tokenSetFrom(tokenSet),
    };
  } catch {
    return 'unreadable';
  }
}

/** How the names of a scope's files end: the same for the same environment and client, whatever characters these have. */
export function spoolEnding({ environment, clientId }: StoreScope): string {
  return `.${sha256(JSON.stringify([environment, clientId])).slice(0, 32)}.sealed`;
}

function nameOf({ lease }: SpooledAnswer, ending: string): string {
  return `${lease.linkId}.${lease.fence}${ending}`;
}

function identity(name: string): string {
  return `spool:${name}`;
}

/** False where there is no such file. */
async function sync(path: string): Promise<boolean> {
  const handle = await openFile(path, 'r').catch(unlessMissing);
  if (!handle) return false;
  try {
    await handle.sync();
    return true;
  } finally {
    await handle.close();
  }
}

function unlessMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
  return undefined;
}
