import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { namedPeople as people } from '../../src/simulator/people/named.ts';
import type { Person } from '../../src/simulator/people/person.ts';
import { createWorld } from '../../src/simulator/world.ts';

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

describe('the population', () => {
  const { directory } = createWorld({ patients: 20_000, seed: 'a town' });
  const everybody = Array.from({ length: directory.size }, (_, n) => directory.at(n) as Person);
  const patients = everybody.filter(({ kind }) => kind === 'patient');

  it('is as large as it is asked to be, with the professionals that go with it', () => {
    assert.equal(patients.length, 20_000 + people.length - 1);
    assert.equal(everybody.length - patients.length, 40 + 1);
    assert.equal(directory.at(directory.size), undefined);
    assert.throws(
      () => createWorld({ patients: 900_001 }),
      /patients must be a whole number from 0 to 900000/,
    );
    assert.throws(() => createWorld({ patients: 1.5 }), TypeError);
  });

  it('is found again by public id, user id, e-mail address and NHS number', () => {
    for (const person of everybody.filter((_, n) => n % 37 === 0)) {
      assert.equal(directory.byPublicId(person.publicId)?.userId, person.userId);
      assert.deepEqual(directory.byUserId(person.userId), person);
      if (person.email !== '') {
        assert.ok(
          directory.byEmail(person.email).some(({ userId }) => userId === person.userId),
          person.email,
        );
      }
      for (const { name, value } of person.nationalIds) {
        if (name !== 'CHI number') assert.equal(directory.byNationalId(value)?.userId, person.userId);
      }
    }
    assert.equal(directory.byPublicId('00000000-0000-4000-8000-000000000000'), undefined);
    assert.equal(directory.byUserId('29999999'), undefined);
    assert.equal(directory.byNationalId('9990000000'), undefined);
  });

  it('has ids, numbers and log-in addresses of its own for everybody', () => {
    const unique = (values: readonly string[]) => assert.equal(new Set(values).size, values.length);
    unique(everybody.map(({ publicId }) => publicId));
    unique(everybody.map(({ userId }) => userId));
    unique(everybody.filter(({ emailConfirmed }) => emailConfirmed).map(({ email }) => email));
    unique(
      everybody.slice(people.length).flatMap(({ nationalIds }) => nationalIds.map(({ value }) => value)),
    );
  });

  it('has numbers that pass their check digit, and nobody can have', () => {
    const kinds: Record<string, number> = {};
    for (const { nationalIds, birthDate, gender } of patients) {
      for (const { name, value } of nationalIds) {
        kinds[name] = (kinds[name] ?? 0) + 1;
        assert.ok(checks(value), `${name} ${value}`);
        if (name !== 'CHI number') assert.match(value, /^999/);
        else {
          const [year = '', month, day] = birthDate.split('-');
          assert.equal(value.slice(0, 6), `${day}${month}${year.slice(2)}`);
          assert.equal(Number(value[8]) % 2, gender === 'MALE' ? 1 : 0);
        }
      }
    }
    assert.deepEqual(Object.keys(kinds).sort(), ['CHI number', 'Health and Care Number', 'NHS number']);
    assert.ok(
      Object.values(kinds).every((count) => count > 500),
      JSON.stringify(kinds),
    );
  });

  it("has families on one address, children on a parent's, carers, and every status that people have", () => {
    const shared = new Map<string, number>();
    for (const { email } of patients) if (email) shared.set(email, (shared.get(email) ?? 0) + 1);
    assert.ok([...shared.values()].filter((count) => count === 3).length > 100);
    const cared = patients.filter(({ carers }) => carers.length > 0);
    assert.ok(cared.length > 3000);
    for (const { carers } of cared) assert.equal(directory.byUserId(carers[0] ?? '')?.kind, 'patient');
    const statuses = new Set(patients.map(({ status }) => status));
    assert.deepEqual([...statuses].sort(), ['active', 'deceased', 'deregistered', 'frozen', 'unregistered']);
    assert.ok(patients.some(({ birthDate }) => birthDate > '2015'));
    assert.ok(everybody.some(({ kind, teamId }) => kind === 'professional' && teamId === undefined));
  });

  it('is the same for the same seed, whatever its size, and other people for another', () => {
    const smaller = createWorld({ patients: 10_000, seed: 'a town' }).directory;
    const other = createWorld({ patients: 10_000, seed: 'another town' }).directory;
    for (const n of [19, 500, 9_999]) {
      assert.deepEqual(smaller.at(n), directory.at(n));
      assert.notDeepEqual(other.at(n), directory.at(n));
    }
  });

  it('cannot be written to or called', () => {
    for (const { email, phone, address } of patients) {
      assert.match(email, /^$|^[a-z0-9.]+@example\.com$|^[a-z.-]+@example\.com$/);
      assert.match(phone, /^$|^07700 900\d{3}$/);
      assert.match(address.postalCode, /^ZZ99 /);
    }
  });
});
