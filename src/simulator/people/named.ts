/**
 * The people who have, or do not have, a record at the simulator. All invented: names, numbers, addresses. The NHS
 * numbers are in the 999 range kept for tests and pass their check digit; nobody has them.
 */

export type PersonStatus = 'active' | 'unregistered' | 'deceased' | 'frozen' | 'deregistered' | 'deleted';

export interface NationalId {
  readonly value: string;
  /** As `/json/users/self` names the kind of number. */
  readonly name: string;
  readonly countryCodes: readonly string[];
  /** FHIR identifier system (PKB, "Identifier systems"). */
  readonly system: string;
}

export interface Address {
  readonly address1: string;
  readonly city: string;
  readonly county: string;
  readonly postalCode: string;
  readonly country: 'GB-ENG' | 'GB-WLS' | 'GB-SCT';
}

export interface Person {
  /** UUID, lower case; the id of the FHIR Patient. */
  readonly publicId: string;
  /** The numeric `id` of `/json/users/self`: another id, never the public id. */
  readonly userId: string;
  readonly kind: 'patient' | 'professional';
  readonly status: PersonStatus;
  readonly title: string;
  readonly givenNames: readonly string[];
  readonly familyName: string;
  /** `YYYY-MM-DD`. */
  readonly birthDate: string;
  /** `YYYY-MM-DD`, or null. */
  readonly dateDeceased: string | null;
  readonly gender: 'MALE' | 'FEMALE';
  /** Empty where the record has none. */
  readonly email: string;
  /** An address logs in only the one record that confirmed it. */
  readonly emailConfirmed: boolean;
  readonly phone: string;
  readonly address: Address;
  readonly heightCm: number;
  readonly weightKg: number;
  readonly nationalIds: readonly NationalId[];
  readonly sharingDisabled: boolean;
  /** A professional's team: what `$purview` names for them. */
  readonly teamId?: string;
  /** The case this person is there for. */
  readonly note: string;
}

/** Everybody's password. Meets PKB's rule: ten characters or more with upper case, lower case, digit and another. */
export const simulatorPassword = 'Simulator-2026';

function nhsNumber(value: string, countryCodes: readonly string[] = ['GB-ENG', 'GB-WLS']): NationalId {
  return { value, name: 'NHS number', countryCodes, system: 'https://fhir.nhs.uk/Id/nhs-number' };
}

function chiNumber(value: string): NationalId {
  return {
    value,
    name: 'CHI number',
    countryCodes: ['GB-SCT'],
    system: 'urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53',
  };
}

type Told = 'publicId' | 'userId' | 'givenNames' | 'familyName' | 'birthDate' | 'gender' | 'email' | 'note';

function person(told: Pick<Person, Told> & Partial<Person>): Person {
  return {
    kind: 'patient',
    status: 'active',
    title: told.gender === 'FEMALE' ? 'Ms' : 'Mr',
    dateDeceased: null,
    emailConfirmed: told.email !== '',
    phone: '',
    address: {
      address1: '14 Ropewalk Lane',
      city: 'Kingsmere',
      county: 'Northshire',
      postalCode: 'ZZ99 3VZ',
      country: 'GB-ENG',
    },
    heightCm: 168,
    weightKg: 70,
    nationalIds: [],
    sharingDisabled: false,
    ...told,
  };
}

export const people: readonly Person[] = [
  person({
    publicId: '7c0369c8-325a-4480-934f-88d230e770d0',
    userId: '4194864',
    givenNames: ['Amara', 'Chidinma'],
    familyName: 'Okafor',
    birthDate: '1984-03-11',
    gender: 'FEMALE',
    email: 'amara.okafor@example.com',
    phone: '07700 900123',
    nationalIds: [nhsNumber('9995924226')],
    note: 'An ordinary record.',
  }),
  person({
    publicId: '6dee6de8-dc55-4609-9a99-90ce2e0c7ec5',
    userId: '6927211',
    givenNames: ['Thomas'],
    familyName: 'Whitfield',
    birthDate: '1957-11-02',
    gender: 'MALE',
    email: 'thomas.whitfield@example.com',
    heightCm: 181,
    weightKg: 87,
    nationalIds: [nhsNumber('9996137856')],
    note: 'Another ordinary record.',
  }),
  person({
    publicId: '22a0117b-fa3f-4ef3-9790-cdd3c24bd3f0',
    userId: '6700496',
    givenNames: ['Helen', 'Margaret'],
    familyName: 'Barraclough',
    birthDate: '1962-06-24',
    gender: 'FEMALE',
    email: 'barraclough.family@example.com',
    nationalIds: [nhsNumber('9992174889')],
    note: 'Shares an e-mail address with Peter. She confirmed it, so the address logs in to her record.',
  }),
  person({
    publicId: '185496d9-351c-48c6-beb5-958c898bb3f0',
    userId: '9310578',
    givenNames: ['Peter', 'John'],
    familyName: 'Barraclough',
    birthDate: '1960-01-30',
    gender: 'MALE',
    email: 'barraclough.family@example.com',
    emailConfirmed: false,
    nationalIds: [nhsNumber('9995367149')],
    note: "Shares Helen's e-mail address: whoever logs in with it gets Helen's record, not his.",
  }),
  person({
    publicId: '1d68cc27-15d6-441e-bb46-f3864275a43d',
    userId: '6436222',
    title: 'Miss',
    givenNames: ['Poppy', 'Rose'],
    familyName: 'Lindqvist-Shaw',
    birthDate: '2017-08-19',
    gender: 'FEMALE',
    email: 'jo.shaw@example.com',
    heightCm: 128,
    weightKg: 26,
    nationalIds: [nhsNumber('9999521347')],
    note: "A child's record on a parent's e-mail address: the parent logs in and grants the child's record.",
  }),
  person({
    publicId: '879dec35-68e4-47a9-9ec2-f18dd32c6820',
    userId: '9197362',
    title: 'Mrs',
    givenNames: ['Ruth', 'Abimbola'],
    familyName: 'Adeyemi',
    birthDate: '1971-12-05',
    gender: 'FEMALE',
    email: 'ruth.adeyemi@example.com',
    nationalIds: [nhsNumber('9993809721')],
    note: 'Cares for her father at PKB. A grant is for her own record, never for his.',
  }),
  person({
    publicId: '9fe6622d-8df4-4bc4-87ea-78ab4bd1a787',
    userId: '5265392',
    givenNames: ['Callum'],
    familyName: 'Prentice',
    birthDate: '2010-04-27',
    gender: 'MALE',
    email: 'callum.prentice@example.com',
    status: 'frozen',
    nationalIds: [nhsNumber('9995262207')],
    note: 'Access is frozen: he can grant, and every API call is then refused.',
  }),
  person({
    publicId: 'b1441dcc-bad4-4194-a570-07e74ca04e46',
    userId: '5502335',
    givenNames: ['Nadia'],
    familyName: 'Rahman',
    birthDate: '1990-09-14',
    gender: 'FEMALE',
    email: 'nadia.rahman@example.com',
    sharingDisabled: true,
    nationalIds: [nhsNumber('9991599142')],
    note: 'Sharing is disabled: teams and carers see nothing, she herself still has access.',
  }),
  person({
    publicId: '0f5c7369-721f-4d3e-a563-a60ff6de9dda',
    userId: '4560965',
    givenNames: ['Arthur', 'Edwin'],
    familyName: 'Pemberton',
    birthDate: '1931-02-08',
    dateDeceased: '2024-10-03',
    gender: 'MALE',
    email: 'arthur.pemberton@example.com',
    status: 'deceased',
    nationalIds: [nhsNumber('9993928933')],
    note: 'Has died: nobody can log in.',
  }),
  person({
    publicId: '7f86d429-a878-4e28-b31a-8a0e2ba06065',
    userId: '7329282',
    givenNames: ['Sophie'],
    familyName: 'Marlowe',
    birthDate: '1999-05-17',
    gender: 'FEMALE',
    email: 'sophie.marlowe@example.com',
    emailConfirmed: false,
    status: 'unregistered',
    nationalIds: [nhsNumber('9990860513')],
    note: 'A hospital made her record and she never registered: she cannot log in.',
  }),
  person({
    publicId: '912ba50a-18f2-4a51-87d2-5a089fce30e2',
    userId: '9460270',
    givenNames: ['Declan', 'Patrick'],
    familyName: 'Murphy',
    birthDate: '1978-07-21',
    gender: 'MALE',
    email: '',
    status: 'deregistered',
    nationalIds: [nhsNumber('9992754257')],
    note: 'Stopped using PKB: the e-mail address was taken off his record and he cannot log in.',
  }),
  person({
    publicId: '6a12b1da-2322-4544-8c95-efcfc7515ea2',
    userId: '5655737',
    givenNames: ['Grace'],
    familyName: 'Tolliver',
    birthDate: '1988-10-29',
    gender: 'FEMALE',
    email: 'grace.tolliver@example.com',
    emailConfirmed: false,
    nationalIds: [nhsNumber('9991725407')],
    note: 'Registered, but never clicked the link in the confirmation e-mail: the address does not log in.',
  }),
  person({
    publicId: '86b1800a-5f3f-4a67-a396-8ac08e409579',
    userId: '7798649',
    givenNames: ['Yusuf'],
    familyName: 'Demir',
    birthDate: '1995-01-06',
    gender: 'MALE',
    email: 'yusuf.demir@example.com',
    note: 'Has no NHS number.',
  }),
  person({
    publicId: '14d1c6e0-6eb7-45fe-bfab-99083bfa59f3',
    userId: '8353787',
    givenNames: ['Siân', 'Mair'],
    familyName: 'Llywelyn-Rhys',
    birthDate: '1969-03-01',
    gender: 'FEMALE',
    email: 'sian.llywelyn-rhys@example.com',
    address: {
      address1: '3 Heol y Felin',
      city: 'Llanfair-y-Cwm',
      county: 'Gwentshire',
      postalCode: 'ZZ99 3CZ',
      country: 'GB-WLS',
    },
    nationalIds: [nhsNumber('9996938034')],
    note: 'Lives in Wales, with an accent in her name.',
  }),
  person({
    publicId: '317ccec2-3fb0-430b-a9a7-4ad718bc2985',
    userId: '7018631',
    givenNames: ['Eilidh'],
    familyName: 'MacAskill',
    birthDate: '1968-04-17',
    gender: 'FEMALE',
    email: 'eilidh.macaskill@example.com',
    address: {
      address1: '27 Shore Wynd',
      city: 'Strathcarron Bay',
      county: 'Wester Glen',
      postalCode: 'ZZ99 1WZ',
      country: 'GB-SCT',
    },
    nationalIds: [chiNumber('1704688469')],
    note: 'Lives in Scotland: a CHI number and no NHS number.',
  }),
  person({
    publicId: '62ff472f-aa5b-4aac-90f6-80bf750db1b2',
    userId: '4047553',
    title: 'Dr',
    givenNames: ['Maximiliana-Éloïse', 'Bernadette', 'Désirée', 'Wilhelmina'],
    familyName: "Núñez-O'Shaughnessy D'Arcy van der Westhuizen-Featherstonehaugh",
    birthDate: '1979-02-28',
    gender: 'FEMALE',
    email: 'maximiliana@example.com',
    nationalIds: [nhsNumber('9995573148')],
    note: 'A very long name with accents, hyphens and apostrophes.',
  }),
  person({
    publicId: 'd985f0a2-0754-4acc-91f5-84988058e2ca',
    userId: '5249477',
    title: 'Mrs',
    givenNames: ['Karen', 'Joyce'],
    familyName: 'Holloway',
    birthDate: '1966-08-08',
    gender: 'FEMALE',
    email: 'karen.holloway@example.com',
    nationalIds: [nhsNumber('9995665069')],
    note: 'One person with two records under the same NHS number: the first record.',
  }),
  person({
    publicId: 'bda86bf6-b2e6-4c4a-a28e-802c155a9cac',
    userId: '4896200',
    title: 'Mrs',
    givenNames: ['Karen'],
    familyName: 'Holloway',
    birthDate: '1966-08-08',
    gender: 'FEMALE',
    email: 'kj.holloway@example.com',
    nationalIds: [nhsNumber('9995665069')],
    note: 'One person with two records under the same NHS number: the second record.',
  }),
  person({
    publicId: '8f72ec2f-6569-4128-b1ea-b521d7f3ac13',
    userId: '8137986',
    kind: 'professional',
    title: 'Dr',
    givenNames: ['Imogen'],
    familyName: 'Castellane',
    birthDate: '1975-06-02',
    gender: 'FEMALE',
    email: 'imogen.castellane@example.com',
    teamId: '77efbc61-48ab-4431-b8d3-b9ec9bb36ba8',
    note: 'A professional, member of a team: no patient record.',
  }),
];
