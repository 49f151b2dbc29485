import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { addLink, folder, run, storedStory, values } from './command-line.ts';

async function keyPair(place: string, name: string) {
  const { publicKey, privateKey } = generateKeyPairSync('x25519', {
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const paths = { to: join(place, `${name}.pub.pem`), open: join(place, `${name}.pem`) };
  await writeFile(paths.to, publicKey);
  await writeFile(paths.open, privateKey);
  return paths;
}

async function exported(t: TestContext) {
  const told = await storedStory(t);
  for (const each of ['ada', 'ben', 'cleo']) await addLink(told.app.store, each);
  await addLink(told.app.store, 'waiting', 'proposed');
  const place = await folder(t);
  const key = await keyPair(place, 'theirs');
  const file = join(place, 'links.sealed');
  const { code, stdout, stderr } = await run(['export', file, '--to', key.to, '--json'], told.env);
  assert.equal(code, 0, stderr);
  assert.deepEqual(values(stdout), [{ file, links: 4, unsure: 0 }]);
  return { ...told, place, key, file };
}

describe('export', () => {
  it('seals every link, and another pkb-link imports what its key opens', async (t) => {
    const { app, place, key, file } = await exported(t);
    assert.doesNotMatch(await readFile(file, 'utf8'), /canary|ada|active/);

    const opened = await run(['export', file, '--open', key.open]);
    assert.equal(opened.code, 0, opened.stderr);
    const rows = join(place, 'rows.jsonl');
    await writeFile(rows, opened.stdout);
    const other = await storedStory(t);
    const { code, stdout } = await run(['import', rows, '--json'], other.env);
    assert.equal(code, 0);
    assert.deepEqual(values(stdout), [
      { imported: 3, already_there: 0, refused: 1, report: `${rows}.report.jsonl` },
    ]);
    const there = await app.store.findLink('ada');
    const here = await other.app.store.findLink('ada');
    assert.deepEqual([here?.publicId, here?.grantedAt], [there?.publicId, there?.grantedAt]);
    assert.equal(
      (await other.app.store.findGrant(here?.id ?? ''))?.tokenSet.refreshToken,
      'refresh-canary-ada',
    );
  });

  it('opens with no other key, and not at all where it was changed, moved about or cut off', async (t) => {
    const { place, key, file } = await exported(t);
    const other = await keyPair(place, 'other');
    const lines = (await readFile(file, 'utf8')).trimEnd().split('\n');
    const [head = '', one = '', two = '', ...rest] = lines;
    const flipped = one.replace(/^./, (sign) => (sign === 'A' ? 'B' : 'A'));
    for (const [text, opener] of [
      [lines, other.open],
      [[head, two, one, ...rest], key.open],
      [[head, flipped, two, ...rest], key.open],
      [lines.slice(0, -1), key.open],
      [[head], key.open],
      [['not an export'], key.open],
    ] as const) {
      await writeFile(file, `${text.join('\n')}\n`);
      const { code, stdout, stderr } = await run(['export', file, '--open', opener]);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      assert.match(stderr, /\[bad-input\]/);
    }
  });

  it('writes over no file, and takes no private key for a public one', async (t) => {
    const { env, place, key, file } = await exported(t);
    const before = await readFile(file);
    assert.equal((await run(['export', file, '--to', key.to], env)).code, 2);
    assert.deepEqual(await readFile(file), before);
    const another = join(place, 'another');
    const { code, stderr } = await run(['export', another, '--to', key.open], env);
    assert.equal(code, 2);
    assert.match(stderr, /--to names no X25519 public key/);
    assert.ok(!existsSync(another));
    assert.equal((await run(['export', another], env)).code, 2);
  });
});
