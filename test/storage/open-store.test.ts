import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { ConfigurationError } from '../../src/errors.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';

describe('openStore', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pkb-link-open-'));
  after(() => rmSync(directory, { recursive: true }));

  const open = (url: string) =>
    openStore({
      url,
      scope: { environment: 'sandbox', clientId: 'client' },
      keyRing: parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`),
    });

  function refusal(code: string, message: RegExp) {
    return (error: unknown) => {
      assert.ok(error instanceof ConfigurationError);
      assert.deepEqual([error.code, error.setting], [code, 'PKB_LINK_DATABASE_URL']);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /s3cret/);
      return true;
    };
  }

  it('opens a file by file:path, by a whole file URL and by its plain path', async () => {
    for (const [name, url] of [
      ['a.db', `file:${directory}/a.db`],
      ['b.db', String(pathToFileURL(join(directory, 'b.db')))],
      ['c.db', join(directory, 'c.db')],
    ] as const) {
      await (await open(url)).close();
      assert.ok(existsSync(join(directory, name)), url);
    }
  });

  it('refuses any other address, naming the setting and not the address', async () => {
    for (const url of [
      'mysql://pkb:s3cret@db/pkb',
      '',
      'file:',
      'file:x.db?key=s3cret',
      'file://elsewhere/s3cret',
    ]) {
      await assert.rejects(open(url), refusal('bad-configuration', /PKB_LINK_DATABASE_URL must be file:/));
    }
  });

  it('refuses a file that is no database and a path that is no file', async () => {
    const text = join(directory, 'notes.txt');
    writeFileSync(text, 'not a database, but long enough to look at '.repeat(40));
    await assert.rejects(open(`file:${text}`), refusal('store-unusable', /cannot be opened/));
    await assert.rejects(open(`file:${directory}`), refusal('store-unusable', /cannot be opened/));
  });
});
