import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FaultError, IdentityConflictError, UpstreamUnavailableError } from '../../src/errors.ts';
import { createRest } from '../../src/rest/pkb.ts';
import { readSelf } from '../../src/rest/self.ts';

const FULL = {
  id: '4194864',
  title: 'Ms',
  firstName: 'Amara',
  lastName: 'Okafor',
  dob: '1984-03-11',
  dateDeceased: null,
  genderMF: 'm',
  gender: 'F',
  address1: '14 Ropewalk Lane',
  address2: '',
  city: 'Kingsmere',
  state: 'Northshire',
  postalCode: 'ZZ99 3VZ',
  nationalIds: [{ value: '9995924226', name: 'NHS number', countryCodes: ['GB-ENG', 'GB-WLS'] }],
  contacts: [
    { contactType: 'EMAIL', contactValue: 'amara@example.com', primary: true, confirmed: true },
    { contactType: 'MOBILE_PHONE', contactValue: '07700 900123', primary: false, confirmed: false },
    { contactType: 'FAX', contactValue: '1' },
    { contactType: 'EMAIL', contactValue: '' },
  ],
  patient: true,
};

describe('/users/self', () => {
  it('tells who the patient is, without the id that is not the public one', () => {
    assert.deepEqual(readSelf(FULL), {
      title: 'Ms',
      givenNames: ['Amara'],
      familyName: 'Okafor',
      birthDate: '1984-03-11',
      deceased: false,
      sexAtBirth: 'female',
      address: ['14 Ropewalk Lane', 'Kingsmere', 'Northshire', 'ZZ99 3VZ'],
      contacts: [
        { kind: 'email', value: 'amara@example.com', primary: true, confirmed: true },
        { kind: 'phone', value: '07700 900123', primary: false, confirmed: false },
        { kind: 'other', value: '1', primary: false, confirmed: false },
      ],
      identifiers: [
        {
          system: 'https://fhir.nhs.uk/Id/nhs-number',
          name: 'NHS number',
          value: '9995924226',
          display: '999 592 4226',
          valid: true,
        },
      ],
    });
  });

  it('does without whatever is null, empty, missing or of another type', () => {
    const nothing = {
      givenNames: [],
      deceased: false,
      sexAtBirth: 'unknown',
      address: [],
      contacts: [],
      identifiers: [],
    };
    assert.deepEqual(readSelf({}), nothing);
    assert.deepEqual(
      readSelf({
        firstName: '',
        lastName: null,
        dob: 7,
        gender: {},
        contacts: null,
        nationalIds: 'x',
        address1: [],
      }),
      nothing,
    );
    assert.deepEqual(
      readSelf({ contacts: [null, 7, {}], nationalIds: [null, { name: 'NHS number' }] }),
      nothing,
    );
  });

  for (const [gender, sexAtBirth] of [
    ['M', 'male'],
    ['male', 'male'],
    ['FEMALE', 'female'],
    ['INDETERMINATE', 'indeterminate'],
    ['UNKNOWN', 'unknown'],
    ['X', 'unknown'],
  ] as const) {
    it(`reads ${gender} as ${sexAtBirth}`, () => {
      assert.equal(readSelf({ gender }).sexAtBirth, sexAtBirth);
    });
  }

  it('says that somebody has died', () => {
    assert.equal(readSelf({ dateDeceased: '2024-10-03' }).deceased, true);
  });

  it('refuses who is no patient', () => {
    assert.throws(() => readSelf({ ...FULL, patient: false }), IdentityConflictError);
  });

  it('tells an outage from an answer that cannot be read', async () => {
    const rest = createRest('https://pkb.example/json', () => new Date());
    const answer = (response: Response) => rest.self(async () => response);
    await assert.rejects(answer(new Response('', { status: 503 })), UpstreamUnavailableError);
    await assert.rejects(answer(new Response('<html>')), FaultError);
    await assert.rejects(answer(Response.json([])), FaultError);
    await assert.rejects(answer(Response.json({}, { status: 404 })), FaultError);
    assert.equal((await answer(Response.json(FULL))).familyName, 'Okafor');
  });
});
