/** Somebody who has, or does not have, a record at the simulator. */

import type { Scope } from '../oauth/clients.ts';
import type { NationalId } from './national-id.ts';

export type PersonStatus = 'active' | 'unregistered' | 'deceased' | 'frozen' | 'deregistered' | 'deleted';

export const personStatuses: readonly PersonStatus[] = [
  'active',
  'unregistered',
  'deceased',
  'frozen',
  'deregistered',
  'deleted',
];

export interface Address {
  readonly address1: string;
  readonly city: string;
  readonly county: string;
  readonly postalCode: string;
  readonly country: 'GB-ENG' | 'GB-WLS' | 'GB-SCT' | 'GB-NIR';
}

export interface Person {
  /** UUID, lower case; the id of the FHIR Patient, or of a professional's Practitioner. */
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
  readonly password: string;
  readonly phone: string;
  readonly address: Address;
  readonly heightCm: number;
  readonly weightKg: number;
  readonly nationalIds: readonly NationalId[];
  readonly sharingDisabled: boolean;
  /** User ids of those who care for the person and see the record through their own account. */
  readonly carers: readonly string[];
  /** A professional's team: what `$purview` names for them. */
  readonly teamId?: string;
  /** The case this person is there for. */
  readonly note: string;
}

/** Everybody's password at first. Meets PKB's rule: ten characters or more with upper case, lower case, digit and another. */
export const simulatorPassword = 'Simulator-2026';

export function isPasswordAllowed(password: string): boolean {
  return [/^.{10,}$/s, /[a-z]/, /[A-Z]/, /[0-9]/, /[^A-Za-z0-9]/].every((rule) => rule.test(password));
}

/** The user types (PKB calls them scopes) somebody can act as. */
export function userTypes(person: Person): readonly Scope[] {
  return person.kind === 'patient' ? ['PATIENT'] : ['CLINICIAN', 'TEAMCOORD'];
}

/** A frozen patient can log in and grant; it is the API that refuses them. */
export function canLogIn(person: Person): boolean {
  return person.status === 'active' || person.status === 'frozen';
}

export function fullName({ title, givenNames, familyName }: Person): string {
  return [title, ...givenNames, familyName].join(' ');
}
