import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { InvalidRequestError } from '../../src/errors.ts';
import { parameter, requiredParameter } from '../../src/http/parameters.ts';

describe('a parameter', () => {
  it('is read as URLSearchParams writes it, whatever it is beside', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 50 }).filter((text) => !/\p{Cc}/u.test(text)),
        fc.string({ unit: 'binary', maxLength: 50 }),
        (value, other) => {
          const encoded = new URLSearchParams([
            ['other', other],
            ['it', value],
            ['more', other],
          ]).toString();
          assert.equal(parameter(encoded, 'it', 1000), value);
        },
      ),
    );
  });

  it('is refused twice, also where one of the names is written in escapes', () => {
    for (const encoded of ['it=a&it=b', 'it=a&it=a', 'it=a&%69t=b', 'it&it']) {
      assert.throws(
        () => parameter(encoded, 'it', 10),
        (error) => error instanceof InvalidRequestError && error.field === 'it',
      );
    }
  });

  it('is not made wrong by what stands beside it', () => {
    assert.equal(parameter('%FF=1&it=a&x=%FF', 'it', 10), 'a');
    assert.equal(parameter('', 'it', 10), undefined);
    assert.equal(parameter('it=a=b', 'it', 10), 'a=b');
  });

  it('is refused where it is required and empty', () => {
    assert.throws(() => requiredParameter('it=', 'it', 10), InvalidRequestError);
  });
});
