/** `GET /json/users/self`, in the shape of PKB's sample ("Patient Identifier and Demographic Retrieval"). */

import type { Caller } from '../bearer.ts';
import type { Person } from '../people/person.ts';
import { type Handler, json } from '../wire.ts';
import type { World } from '../world.ts';
import { forPatient } from './for-patient.ts';

export function usersSelf(world: World): Handler {
  return forPatient(world, (_, caller) => json(self(caller.person, userIdFor(world, caller))));
}

function userIdFor({ toggles }: World, { person, session }: Caller): string {
  if (toggles.usersSelfId === 'stable') return person.userId;
  return String(40_000_000 + (Number.parseInt(session.id.slice(0, 6), 16) % 10_000_000));
}

/** Numbers are strings, an absent list is null, absent text is empty; the public id is nowhere in it. */
function self(person: Person, id: string): object {
  const totalInches = Math.round(person.heightCm / 2.54);
  const gender = person.gender === 'MALE' ? 'M' : 'F';
  const { address1, city, county, postalCode, country } = person.address;
  return {
    id,
    userType: null,
    heightCm: String(person.heightCm),
    heightFeet: String(Math.floor(totalInches / 12)),
    heightInches: String(totalInches % 12),
    heightInchesTotal: String(totalInches),
    weightKg: String(person.weightKg),
    weightLbs: String(Math.round(person.weightKg * 22.0462) / 10),
    title: person.title,
    firstName: person.givenNames[0] ?? '',
    lastName: person.familyName,
    dob: person.birthDate,
    dateDeceased: person.dateDeceased,
    genderMF: gender.toLowerCase(),
    gender,
    email: person.email,
    phone: person.phone,
    address1,
    address2: '',
    city,
    state: county,
    postalCode,
    country,
    jobTitle: null,
    organizationName: null,
    teamName: null,
    nationalIds: orNull(
      person.nationalIds.map(({ value, name, countryCodes }) => ({ value, name, countryCodes })),
    ),
    orgLevelIds: null,
    teamLevelIds: null,
    contacts: orNull(contacts(person)),
    patient: person.kind === 'patient',
  };
}

function contacts({ userId, email, emailConfirmed }: Person): readonly object[] {
  if (email === '') return [];
  return [
    {
      id: `1${userId}`,
      contactType: 'EMAIL',
      contactValue: email,
      phoneUseType: null,
      primary: true,
      confirmed: emailConfirmed,
    },
  ];
}

function orNull<T>(list: readonly T[]): readonly T[] | null {
  return list.length === 0 ? null : list;
}
