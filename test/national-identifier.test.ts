import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { nationalIdentifier } from '../src/national-identifier.ts';

describe('a national identifier', () => {
  it('shows an NHS number as people read it, by its system and by its name', () => {
    const bySystem = nationalIdentifier({ system: 'https://fhir.nhs.uk/Id/nhs-number', value: '9990000018' });
    assert.deepEqual(bySystem, {
      system: 'https://fhir.nhs.uk/Id/nhs-number',
      name: 'NHS number',
      value: '9990000018',
      display: '999 000 0018',
      valid: true,
    });
    assert.deepEqual(nationalIdentifier({ name: 'NHS number', value: '9990000018' }), bySystem);
  });

  it('accepts the spaces that people write, and keeps the value as it came', () => {
    const { value, display } = nationalIdentifier({ name: 'NHS Number', value: '999 000 0018' });
    assert.equal(value, '999 000 0018');
    assert.equal(display, '999 000 0018');
  });

  for (const wrong of ['9990000019', '999000001', '99900000180', 'ABC', '']) {
    it(`does not dress up ${JSON.stringify(wrong)} as a valid one`, () => {
      const { valid, display } = nationalIdentifier({ name: 'NHS number', value: wrong });
      assert.equal(valid, false);
      assert.equal(display, wrong);
    });
  }

  it('catches every single wrong digit', () => {
    for (let place = 0; place < 10; place += 1) {
      for (let digit = 0; digit < 10; digit += 1) {
        const digits = [...'9990000018'];
        if (digits[place] === String(digit)) continue;
        digits[place] = String(digit);
        assert.equal(nationalIdentifier({ name: 'NHS number', value: digits.join('') }).valid, false);
      }
    }
  });

  it('refuses a number whose check would be ten', () => {
    // Nine digits whose weighted sum leaves 1 have no check digit: no such number is ever issued.
    for (let check = 0; check < 10; check += 1) {
      assert.equal(nationalIdentifier({ name: 'NHS number', value: `999000000${check}` }).valid, false);
    }
  });

  it('knows Scottish and Northern Irish numbers by name, and says nothing of their check digits', () => {
    const chi = nationalIdentifier({ name: 'CHI number', value: '0101010101' });
    assert.equal(chi.system, 'urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53');
    assert.ok(!('valid' in chi));
  });

  it('passes on what it does not know', () => {
    assert.deepEqual(nationalIdentifier({ name: 'Hospital number', value: 'H1' }), {
      name: 'Hospital number',
      value: 'H1',
      display: 'H1',
    });
    assert.equal(nationalIdentifier({ system: 'urn:x', value: '1' }).name, 'Identifier');
  });
});
