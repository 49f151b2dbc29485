/**
 * Any number of invented people, none of them kept: each is worked out from the seed and their number whenever somebody
 * asks, and comes out the same. They live in households of ten, in which each place is a part: a couple, their children,
 * somebody who cares for a parent, and others.
 */

import { familyNames, femaleNames, maleNames, regions, streetKinds, streets } from './name-lists.ts';
import {
  CHI_NUMBERS_A_DAY,
  chiFor,
  chiNumber,
  healthAndCareNumber,
  type NationalId,
  nhsNumber,
  placeOfTestNumber,
  TEST_NUMBERS,
  testNumber,
} from './national-id.ts';
import { type Address, type Person, type PersonStatus, simulatorPassword } from './person.ts';
import { type Chance, chance, hashText, mixed, numberOfUuid, uuidOfNumber } from './random.ts';

export interface Population {
  readonly patients: number;
  readonly professionals: number;
  /** @param n from 0 */
  patient(n: number): Person;
  professional(n: number): Person;
  byUserId(userId: string): Person | undefined;
  byPublicId(publicId: string): Person | undefined;
  /** All who have the address in their record, whoever confirmed it. */
  byEmail(email: string): readonly Person[];
  /** @param value NHS number, or Health and Care Number */
  byNationalId(value: string): Person | undefined;
}

export interface PopulationOptions {
  readonly seed: string;
  readonly patients: number;
  /** Public id of the n-th team. */
  team(n: number): string;
  /** Numbers that somebody else has. */
  readonly takenNumbers: ReadonlySet<string>;
}

const HOUSEHOLD = 10;
const PATIENTS_A_PROFESSIONAL = 500;
const PROFESSIONALS_A_TEAM = 5;
const FIRST_PATIENT = 20_000_000;
const FIRST_PROFESSIONAL = 10_000_000;
/** Ages count from here, so that nobody grows older while a test runs. */
const TODAY = Date.UTC(2026, 0, 1);
const DAY = 86_400_000;
const YEAR = 365;

interface Part {
  /** Age in years. */
  readonly from: number;
  readonly to: number;
  readonly what: string;
}

const parts: readonly Part[] = [
  { from: 30, to: 50, what: 'A parent.' },
  { from: 30, to: 50, what: 'A parent.' },
  { from: 1, to: 13, what: "A child's record on a parent's e-mail address." },
  { from: 13, to: 18, what: 'A teenager with an e-mail address of their own.' },
  { from: 18, to: 35, what: 'Lives alone.' },
  { from: 45, to: 65, what: 'Cares for a parent, and has a record of their own.' },
  { from: 75, to: 99, what: 'Is cared for by a child.' },
  { from: 35, to: 60, what: 'Lives alone.' },
  { from: 50, to: 75, what: 'Lives alone.' },
  { from: 18, to: 90, what: 'Lives alone.' },
];
const [FIRST_PARENT, SECOND_PARENT, CHILD, TEENAGER, CARER, CARED_FOR] = [0, 1, 2, 3, 5, 6];

export function professionalsFor(patients: number): number {
  return Math.ceil(patients / PATIENTS_A_PROFESSIONAL);
}

export function teamsFor(patients: number): number {
  return Math.ceil(professionalsFor(patients) / PROFESSIONALS_A_TEAM);
}

/** @throws TypeError where there are not enough test numbers for so many */
export function createPopulation(options: PopulationOptions): Population {
  const { patients, team, takenNumbers } = options;
  if (!Number.isSafeInteger(patients) || patients < 0 || patients > TEST_NUMBERS) {
    throw new TypeError(`patients must be a whole number from 0 to ${TEST_NUMBERS}`);
  }
  const seed = hashText(options.seed);
  const [patientKey, professionalKey] = [mixed(seed, 1), mixed(seed, 2)];
  const professionals = professionalsFor(patients);

  function patient(n: number): Person {
    const place = n % HOUSEHOLD;
    const household = (n - place) / HOUSEHOLD;
    const part = parts[place] as Part;
    const own = chance(seed, 3, n);
    const gender = own.percent(50) ? 'FEMALE' : 'MALE';
    const givenNames = someNames(own, gender);
    const familyName = chance(seed, 4, household, homeOf(place)).oneOf(familyNames);
    const country = countryOf(household);
    const birthDate = dayOf(seed, place, household);
    const status = statusOf(own, place);
    const email = status === 'deregistered' ? '' : emailOf(n, place, givenNames, familyName);
    return {
      publicId: uuidOfNumber(patientKey, n),
      userId: String(FIRST_PATIENT + n),
      kind: 'patient',
      status,
      title: gender === 'FEMALE' ? (part.from < 18 ? 'Miss' : 'Ms') : part.from < 13 ? 'Master' : 'Mr',
      givenNames,
      familyName,
      birthDate,
      dateDeceased: status === 'deceased' ? isoDay(TODAY - (30 + own.number(700)) * DAY) : null,
      gender,
      email,
      emailConfirmed:
        email !== '' &&
        status !== 'unregistered' &&
        place !== CHILD &&
        !(place === SECOND_PARENT && sharesAddress(household)) &&
        !own.percent(1.5),
      password: simulatorPassword,
      phone: part.from < 13 ? '' : `07700 900${String(own.number(1000)).padStart(3, '0')}`,
      address: addressOf(chance(seed, 5, household, homeOf(place)), country),
      heightCm: part.from < 13 ? 75 + own.number(70) : (gender === 'MALE' ? 164 : 152) + own.number(28),
      weightKg: part.from < 13 ? 10 + own.number(30) : 50 + own.number(50),
      nationalIds: nationalIdsOf(n, birthDate, gender === 'MALE', country),
      sharingDisabled: own.percent(1),
      carers: carersOf(n, place),
      note: part.what,
    };
  }

  function emailOf(n: number, place: number, givenNames: readonly string[], familyName: string): string {
    if (place === CHILD) return patient(n - CHILD).email;
    const household = Math.floor(n / HOUSEHOLD);
    if (place <= SECOND_PARENT && sharesAddress(household)) {
      return `${slug(familyName)}.family.${n - place}@example.com`;
    }
    return `${slug(givenNames[0] ?? '')}.${slug(familyName)}.${n}@example.com`;
  }

  function sharesAddress(household: number): boolean {
    return chance(seed, 6, household).percent(40);
  }

  function nationalIdsOf(
    n: number,
    birthDate: string,
    male: boolean,
    country: Address['country'],
  ): readonly NationalId[] {
    const place = n % HOUSEHOLD;
    if (country === 'GB-SCT') {
      // One household in ten is in Scotland, and the days run out after so many of those.
      const { from, to } = parts[place] as Part;
      const sameDay = Math.floor(n / HOUSEHOLD / 10 / ((to - from) * YEAR));
      return [chiNumber(chiFor(birthDate, male, place * (CHI_NUMBERS_A_DAY / HOUSEHOLD) + sameDay))];
    }
    const value = testNumber(seed, n);
    if (takenNumbers.has(value) || chance(seed, 7, n).percent(2)) return [];
    return [country === 'GB-NIR' ? healthAndCareNumber(value) : nhsNumber(value)];
  }

  function carersOf(n: number, place: number): readonly string[] {
    if (place === CHILD) return [FIRST_PARENT, SECOND_PARENT].map((parent) => userIdOf(n - place + parent));
    return place === CARED_FOR ? [userIdOf(n - place + CARER)] : [];
  }

  function userIdOf(n: number): string {
    return String(FIRST_PATIENT + n);
  }

  function professional(n: number): Person {
    const own = chance(seed, 8, n);
    const gender = own.percent(50) ? 'FEMALE' : 'MALE';
    const givenNames = someNames(own, gender);
    const familyName = own.oneOf(familyNames);
    return {
      publicId: uuidOfNumber(professionalKey, n),
      userId: String(FIRST_PROFESSIONAL + n),
      kind: 'professional',
      status: 'active',
      title: own.percent(50) ? 'Dr' : gender === 'FEMALE' ? 'Ms' : 'Mr',
      givenNames,
      familyName,
      birthDate: isoDay(TODAY - (25 * YEAR + own.number(40 * YEAR)) * DAY),
      dateDeceased: null,
      gender,
      email: `${slug(givenNames[0] ?? '')}.${slug(familyName)}.staff${n}@example.com`,
      emailConfirmed: true,
      password: simulatorPassword,
      phone: '',
      address: addressOf(own, 'GB-ENG'),
      heightCm: 170,
      weightKg: 70,
      nationalIds: [],
      sharingDisabled: false,
      carers: [],
      ...(n % PROFESSIONALS_A_TEAM !== 4 && { teamId: team(Math.floor(n / PROFESSIONALS_A_TEAM)) }),
      note:
        n % PROFESSIONALS_A_TEAM === 4
          ? 'A professional without a team.'
          : 'A professional, member of a team.',
    };
  }

  const patientAt = (n: number) => (isBelow(n, patients) ? patient(n) : undefined);
  const professionalAt = (n: number) => (isBelow(n, professionals) ? professional(n) : undefined);

  return {
    patients,
    professionals,
    patient,
    professional,
    byUserId(userId) {
      const number = /^\d{8}$/.test(userId) ? Number(userId) : Number.NaN;
      return patientAt(number - FIRST_PATIENT) ?? professionalAt(number - FIRST_PROFESSIONAL);
    },
    byPublicId: (publicId) =>
      patientAt(numberOfUuid(patientKey, publicId) ?? Number.NaN) ??
      professionalAt(numberOfUuid(professionalKey, publicId) ?? Number.NaN),
    byNationalId(value) {
      const person = patientAt(placeOfTestNumber(seed, value) ?? Number.NaN);
      return person?.nationalIds.some((id) => id.value === value) ? person : undefined;
    },
    byEmail(email) {
      const [, staff, digits] = /\.(staff)?(\d+)@example\.com$/.exec(email) ?? [];
      const n = digits === undefined ? Number.NaN : Number(digits);
      const who = staff
        ? [professionalAt(n)]
        : [patientAt(n), patientAt(n + SECOND_PARENT), patientAt(n + CHILD)];
      return who.filter((person) => person?.email === email) as readonly Person[];
    },
  };
}

/** Who lives together: the couple with their children, and whoever is cared for with their carer. */
function homeOf(place: number): number {
  if (place <= TEENAGER) return FIRST_PARENT;
  return place === CARED_FOR ? CARER : place;
}

function countryOf(household: number): Address['country'] {
  if (household % 10 === 3) return 'GB-SCT';
  if (household % 20 === 7) return 'GB-WLS';
  return household % 20 === 11 ? 'GB-NIR' : 'GB-ENG';
}

/** Each place of neighbouring households gets days far apart, and none the same before all days are used. */
function dayOf(seed: number, place: number, household: number): string {
  const { from, to } = parts[place] as Part;
  const day = (seed + place * 1237 + household * 7919) % ((to - from) * YEAR);
  return isoDay(TODAY - (from * YEAR + day) * DAY);
}

function statusOf(own: Chance, place: number): PersonStatus {
  if (place === TEENAGER && own.percent(10)) return 'frozen';
  if (place === CARED_FOR && own.percent(15)) return 'deceased';
  if (own.percent(place === CARED_FOR ? 20 : 4)) return 'unregistered';
  return own.percent(1) ? 'deregistered' : 'active';
}

function someNames(own: Chance, gender: Person['gender']): readonly string[] {
  const names = gender === 'FEMALE' ? femaleNames : maleNames;
  const first = own.oneOf(names);
  const second = own.oneOf(names);
  return own.percent(60) && second !== first ? [first, second] : [first];
}

function addressOf(own: Chance, country: Address['country']): Address {
  const { county, towns, postalCode } = regions[country];
  return {
    address1: `${1 + own.number(180)} ${own.oneOf(streets)} ${own.oneOf(streetKinds)}`,
    city: own.oneOf<string>(towns),
    county,
    postalCode,
    country,
  };
}

/** A name as part of an e-mail address. */
function slug(name: string): string {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('ł', 'l')
    .replace(/[^a-z]/g, '');
}

function isoDay(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function isBelow(n: number, limit: number): boolean {
  return Number.isInteger(n) && n >= 0 && n < limit;
}
