import { IdentityConflictError, InvalidRequestError } from '../errors.ts';
import type { Compared, Demographics, ExpectedIdentity, IdentityComparison } from '../model.ts';
import { nationalIdentifier } from '../national-identifier.ts';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
const MAX_NAME = 255;

/**
 * Whom the partner expects beside whom PKB shows.
 *
 * A date of birth and an NHS number stay for life, so a different one is somebody else. A family name does not: people
 * marry, and two registers spell one person in two ways. It can only ever speak for a record, never against it. What one
 * side does not say, or PKB says in a form that we do not know, is `unknown` too.
 *
 * @throws IdentityConflictError `demographics-mismatch`, which does not say in what they differ
 */
export function compare(
  expected: ExpectedIdentity,
  seen: Pick<Demographics, 'birthDate' | 'familyName' | 'identifiers'>,
): IdentityComparison {
  const birthDate = /^\d{4}-\d{2}-\d{2}/.exec(seen.birthDate ?? '')?.[0];
  const nhsNumbers = seen.identifiers
    .filter(({ system }) => system === NHS_NUMBER)
    .map(({ value }) => digits(value));
  return {
    birthDate: forLife(expected.birthDate, birthDate === undefined ? [] : [birthDate]),
    familyName:
      expected.familyName !== undefined &&
      seen.familyName !== undefined &&
      letters(expected.familyName) === letters(seen.familyName)
        ? 'match'
        : 'unknown',
    nhsNumber: forLife(expected.nhsNumber, nhsNumbers),
  };
}

function forLife(expected: string | undefined, seen: readonly string[]): Compared {
  if (expected === undefined || seen.length === 0) return 'unknown';
  if (seen.includes(expected)) return 'match';
  throw new IdentityConflictError('demographics-mismatch', 'the record is not of whom the partner expects');
}

/**
 * What the partner expects, in the form that is compared: an NHS number without spaces.
 * @throws InvalidRequestError `bad-input` for what nobody can have
 */
export function checkedExpected({ birthDate, familyName, nhsNumber }: ExpectedIdentity): ExpectedIdentity {
  if (birthDate !== undefined && !isDate(birthDate)) throw bad('birth_date', 'must be a date, YYYY-MM-DD');
  if (familyName !== undefined && (familyName.length > MAX_NAME || letters(familyName) === '')) {
    throw bad('family_name', `must have letters, and no more than ${MAX_NAME}`);
  }
  if (nhsNumber !== undefined && !nationalIdentifier({ system: NHS_NUMBER, value: nhsNumber }).valid) {
    throw bad('nhs_number', 'must be ten digits of which the last one checks the others');
  }
  return {
    ...(birthDate !== undefined && { birthDate }),
    ...(familyName !== undefined && { familyName }),
    ...(nhsNumber !== undefined && { nhsNumber: digits(nhsNumber) }),
  };
}

function isDate(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 10) === text;
}

function digits(text: string): string {
  return text.replaceAll(/[\s-]/g, '');
}

/** "O’Connor-Núñez" as "oconnornunez". Letters alone count; an accent is written in one register and not in another. */
function letters(name: string): string {
  return name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll(/[^\p{L}]/gu, '');
}

function bad(field: string, trouble: string): InvalidRequestError {
  const name = `expected.${field}`;
  return new InvalidRequestError('bad-input', `${name} ${trouble}`, { field: name });
}
