import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ConfigurationError, FaultError } from '../../src/errors.ts';
import { keyIdOf, open, parseKeyRing, seal } from '../../src/storage/seal.ts';

const base64 = (byte: number, length = 32) => Buffer.alloc(length, byte).toString('base64');
const ring = parseKeyRing(`k1:${base64(1)}`);
const unreadable = (error: unknown) => error instanceof FaultError && error.code === 'seal-unreadable';

describe('seal', () => {
  it('opens to what was sealed, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (secret, identity) => {
        assert.equal(open(ring, identity, seal(ring, identity, secret)), secret);
      }),
    );
  });

  it('never seals to the same value twice', () => {
    assert.notEqual(seal(ring, 'row', 'secret'), seal(ring, 'row', 'secret'));
  });

  it('does not open as another row or column', () => {
    assert.throws(() => open(ring, 'link:2:token_set', seal(ring, 'link:1:token_set', 'secret')), unreadable);
  });

  it('does not open when any character of it was changed', () => {
    const sealed = seal(ring, 'row', 'a secret');
    for (let place = 0; place < sealed.length; place += 1) {
      const changed = `${sealed.slice(0, place)}${sealed[place] === 'A' ? 'Q' : 'A'}${sealed.slice(place + 1)}`;
      assert.throws(() => open(ring, 'row', changed), unreadable, `character ${place}`);
    }
  });

  it('does not open when it was cut short, or is nothing that was sealed', () => {
    const sealed = seal(ring, 'row', 'a secret');
    for (const cut of ['', '.', 'k1', 'k1.', 'k1..', sealed.slice(0, -4), sealed.slice(0, -24), 'a secret']) {
      assert.throws(() => open(ring, 'row', cut), unreadable, cut);
    }
  });

  it('says which key it lacks, and neither the key nor the secret', () => {
    const other = parseKeyRing(`k2:${base64(2)}`);
    const sealed = seal(other, 'row', 'a secret');
    assert.throws(
      () => open(ring, 'row', sealed),
      (error: unknown) =>
        unreadable(error) && /"k2"/.test(String(error)) && !String(error).includes('a secret'),
    );
  });
});

describe('the key ring', () => {
  it('seals with its first key and opens with all of them', () => {
    const old = seal(ring, 'row', 'secret');
    const rotated = parseKeyRing(`k2:${base64(2)}, k1:${base64(1)}`);
    assert.equal(rotated.current, 'k2');
    assert.equal(open(rotated, 'row', old), 'secret');
    assert.deepEqual([keyIdOf(old), keyIdOf(seal(rotated, 'row', 'secret'))], ['k1', 'k2']);
  });

  it('is refused when a key is missing, short, long, unnamed or named twice, and is not repeated', () => {
    for (const text of [
      '',
      base64(7),
      `k1:${base64(7, 31)}`,
      `k1:${base64(7, 33)}`,
      `:${base64(7)}`,
      `k.1:${base64(7)}`,
      `k1:${base64(7)},k1:${base64(8)}`,
      `k1:${base64(7)},`,
    ]) {
      assert.throws(
        () => parseKeyRing(text),
        (error: unknown) =>
          error instanceof ConfigurationError &&
          error.code === 'no-encryption-key' &&
          error.setting === 'PKB_LINK_ENCRYPTION_KEYS' &&
          !error.message.includes(base64(7).slice(0, 8)),
        text,
      );
    }
  });
});
