import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openSqliteStore } from '../../src/storage/open-store.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';

describe('the store on disk', () => {
  let directory: string;
  let path: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'pkb-link-kill-'));
    path = join(directory, 'store.db');
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const openStore = () =>
    openSqliteStore({
      path,
      scope: { environment: 'sandbox', clientId: 'client' },
      keyRing: parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`),
    });

  function writer(name: string, ...times: string[]): ChildProcess {
    const file = fileURLToPath(new URL('./writer.ts', import.meta.url));
    return spawn(process.execPath, ['--conditions=pkb-link-source', file, path, name, ...times], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** What the writer acknowledged by its end. `stop` is asked after each line whether to kill it there. */
  async function acknowledged(child: ChildProcess, stop: (lines: number) => boolean = () => false) {
    assert.ok(child.stdout && child.stderr);
    let lines = 0;
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text;
    });
    const ended = once(child, 'close');
    for await (const _line of createInterface({ input: child.stdout })) {
      lines += 1;
      if (stop(lines)) child.kill('SIGKILL');
    }
    const [code, signal] = await ended;
    return { lines, errors, code, signal };
  }

  async function assertAllThere(name: string, lines: number) {
    const store = await openStore();
    for (let n = 0; n < lines; n += 1) {
      const id = `${name}-${n}`;
      const grant = await store.findGrant(id);
      assert.deepEqual([grant?.tokenSet.accessToken, grant?.link.health], [`second-${id}`, 'fresh'], id);
      assert.equal((await store.listEvents(id)).length, 1, id);
    }
    // What was cut off before its acknowledgement is there as a whole or not at all.
    const last = await store.findLinkById(`${name}-${lines}`);
    assert.equal((await store.listEvents(`${name}-${lines}`)).length, last ? 1 : 0);
    await store.close();
  }

  it('has everything it acknowledged after each of 15 kills, and is sound', async () => {
    for (let round = 0; round < 15; round += 1) {
      const name = `round-${round}`;
      const { lines, errors, signal } = await acknowledged(writer(name), (count) => count === 3 + round * 4);
      assert.deepEqual([signal, errors], ['SIGKILL', '']);
      assert.ok(lines >= 3 + round * 4);
      await assertAllThere(name, lines);
    }
    const database = new DatabaseSync(path);
    assert.equal(database.prepare('pragma integrity_check').get()?.integrity_check, 'ok');
    database.close();
  });

  it('serves four processes that create and write it at the same time', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const ended = await Promise.all(names.map((name) => acknowledged(writer(name, '60'))));
    for (const [n, end] of ended.entries()) {
      assert.deepEqual(end, { lines: 60, errors: '', code: 0, signal: null }, names[n]);
      await assertAllThere(names[n] ?? '', 60);
    }
  });
});
