/** The answer of `/users/self`: numbers are strings, absent lists are `null`, empty text is `""`. */

import { IdentityConflictError } from '../errors.ts';
import type { Contact, NationalIdentifier, SexAtBirth } from '../model.ts';
import { nationalIdentifier } from '../national-identifier.ts';
import { fields } from '../provider/upstream.ts';
import type { Self } from './rest.ts';

/**
 * `id` is left out on purpose: it is PKB's own number for the login, not the public id, and nobody promises that it stays.
 * @throws IdentityConflictError `not-a-patient` where `patient` is false
 */
export function readSelf(body: Readonly<Record<string, unknown>>): Self {
  if (body.patient === false) {
    throw new IdentityConflictError('not-a-patient', 'the grant is for somebody who is not a patient');
  }
  const title = text(body.title);
  const givenName = text(body.firstName);
  const familyName = text(body.lastName);
  const birthDate = text(body.dob);
  return {
    givenNames: givenName === undefined ? [] : [givenName],
    deceased: text(body.dateDeceased) !== undefined,
    sexAtBirth: readSex(body.gender),
    address: ['address1', 'address2', 'city', 'state', 'postalCode'].flatMap(
      (line) => text(body[line]) ?? [],
    ),
    contacts: list(body.contacts).flatMap(readContact),
    identifiers: list(body.nationalIds).flatMap(readNationalId),
    ...(title !== undefined && { title }),
    ...(familyName !== undefined && { familyName }),
    ...(birthDate !== undefined && { birthDate }),
  };
}

/** `gender`, not `genderMF`, is the sex at birth. UPSTREAM: its options are not documented; the data model's are these. */
function readSex(gender: unknown): SexAtBirth {
  switch (text(gender)?.toUpperCase()) {
    case 'M':
    case 'MALE':
      return 'male';
    case 'F':
    case 'FEMALE':
      return 'female';
    case 'I':
    case 'INDETERMINATE':
      return 'indeterminate';
    default:
      return 'unknown';
  }
}

function readContact(item: Readonly<Record<string, unknown>>): Contact[] {
  const value = text(item.contactValue);
  if (value === undefined) return [];
  const type = text(item.contactType)?.toUpperCase();
  return [
    {
      kind: type === 'EMAIL' ? 'email' : type?.includes('PHONE') ? 'phone' : 'other',
      value,
      primary: item.primary === true,
      confirmed: item.confirmed === true,
    },
  ];
}

function readNationalId(item: Readonly<Record<string, unknown>>): NationalIdentifier[] {
  const value = text(item.value);
  return value === undefined ? [] : [nationalIdentifier({ name: text(item.name) ?? 'Identifier', value })];
}

function list(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.map(fields) : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}
