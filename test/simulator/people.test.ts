import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedPeople as people } from '../../src/simulator/people/named.ts';

const weights = [10, 9, 8, 7, 6, 5, 4, 3, 2];

/** The check of NHS and CHI numbers: modulus 11 over ten digits. */
function checks(number: string): boolean {
  const digits = [...number].map(Number);
  const sum = weights.reduce((total, weight, at) => total + weight * (digits[at] ?? Number.NaN), 0);
  return digits.length === 10 && (11 - (sum % 11)) % 11 === digits[9];
}

describe('people', () => {
  it('have numbers that pass their check digit, NHS numbers in the range kept for tests', () => {
    const ids = people.flatMap(({ nationalIds }) => nationalIds);
    assert.ok(ids.length > 10);
    for (const { name, value } of ids) {
      assert.ok(checks(value), value);
      if (name === 'NHS number') assert.match(value, /^999/);
    }
  });

  it('share no public id and no user id, and no address that logs in', () => {
    const logins = people.filter(({ emailConfirmed }) => emailConfirmed).map(({ email }) => email);
    for (const ids of [people.map((one) => one.publicId), people.map((one) => one.userId), logins]) {
      assert.equal(new Set(ids).size, ids.length);
    }
  });

  it('can only be written to at addresses that nobody has', () => {
    for (const { email } of people) assert.match(email, /^$|@example\.com$/);
  });
});
