/** Numbers that a health service knows somebody by (PKB, "Identifier systems"). All end in a check digit, modulus 11. */

export interface NationalId {
  readonly value: string;
  /** As `/json/users/self` names the kind of number. */
  readonly name: string;
  readonly countryCodes: readonly string[];
  /** FHIR identifier system. */
  readonly system: string;
}

export const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

export function nhsNumber(value: string): NationalId {
  return { value, name: 'NHS number', countryCodes: ['GB-ENG', 'GB-WLS'], system: NHS_NUMBER };
}

/** Scotland. */
export function chiNumber(value: string): NationalId {
  return {
    value,
    name: 'CHI number',
    countryCodes: ['GB-SCT'],
    system: 'urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53',
  };
}

/** Northern Ireland. */
export function healthAndCareNumber(value: string): NationalId {
  return {
    value,
    name: 'Health and Care Number',
    countryCodes: ['GB-NIR'],
    system: 'urn:uuid:1479257a-ce8f-482a-89fa-429ac066c158',
  };
}

const WEIGHTS = [10, 9, 8, 7, 6, 5, 4, 3, 2];

/** The digit that makes nine digits a number, or undefined where none does. */
export function checkDigit(nine: string): number | undefined {
  const sum = WEIGHTS.reduce((total, weight, at) => total + weight * Number(nine[at]), 0);
  const digit = (11 - (sum % 11)) % 11;
  return digit === 10 ? undefined : digit;
}

/** Whole numbers from nine digits, one of which may be chosen: those that have a check digit, in order. */
function completed(first: string, last: readonly number[]): readonly string[] {
  return last.flatMap((digit) => {
    const nine = `${first}${digit}`;
    const check = checkDigit(nine);
    return check === undefined ? [] : [`${nine}${check}`];
  });
}

/** How many different numbers `testNumber` gives. */
export const TEST_NUMBERS = 900_000;
/** Shares no factor with TEST_NUMBERS, so that steps of it visit every place before one twice. */
const STEP = 523_987;
/** So many steps lead from a place to the next one. */
const STEPS_BACK = 80_923;

/**
 * The n-th number of the 999 range, which is kept for tests: nobody has one. Of every ten with the same first eight
 * digits at least nine can have a check digit.
 */
export function testNumber(seed: number, n: number): string {
  const place = (seed + n * STEP) % TEST_NUMBERS;
  const first = `999${String(Math.floor(place / 9)).padStart(5, '0')}`;
  return completed(first, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])[place % 9] as string;
}

/** The n of a number that `testNumber` gives, or undefined where it is none. */
export function placeOfTestNumber(seed: number, value: string): number | undefined {
  if (!/^999\d{7}$/.test(value)) return undefined;
  const last = completed(value.slice(0, 8), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]).indexOf(value);
  if (last < 0 || last > 8) return undefined;
  const steps = Number(value.slice(3, 8)) * 9 + last - seed;
  return (((steps * STEPS_BACK) % TEST_NUMBERS) + TEST_NUMBERS) % TEST_NUMBERS;
}

/** How many CHI numbers `chiFor` has for one date of birth and sex. */
export const CHI_NUMBERS_A_DAY = 400;

/** The n-th CHI number of somebody born on that day: DDMMYY, two digits, one that is odd for a man, the check digit. */
export function chiFor(birthDate: string, male: boolean, n: number): string {
  const [year = '', month = '', day = ''] = birthDate.split('-');
  const first = `${day}${month}${year.slice(2)}${String(Math.floor(n / 4)).padStart(2, '0')}`;
  return completed(first, male ? [1, 3, 5, 7, 9] : [0, 2, 4, 6, 8])[n % 4] as string;
}
