/** Everybody there is, as they are now: the named, those who registered, and the population. */

import type { State } from '../state.ts';
import { namedPeople, namedProfessional } from './named.ts';
import { createOrganizations, type Organizations } from './organizations.ts';
import type { Person } from './person.ts';
import { createPopulation, type Population, teamsFor } from './population.ts';
import { hashText, mixed } from './random.ts';

export interface Directory {
  readonly organizations: Organizations;
  readonly size: number;
  /** The named people and those who registered. */
  named(): readonly Person[];
  /** The n-th of everybody, the named first. */
  at(n: number): Person | undefined;
  byUserId(userId: string): Person | undefined;
  byPublicId(publicId: string): Person | undefined;
  /** The professional who looks after whoever this is, always the same. */
  professionalFor(userId: string): Person;
  /** All who have the address in their record. @param email in lower case */
  byEmail(email: string): readonly Person[];
  /** @param value NHS number, or Health and Care Number */
  byNationalId(value: string): Person | undefined;
}

export interface DirectoryOptions {
  readonly seed: string;
  readonly patients: number;
}

/** @throws TypeError for more patients than there are test numbers */
export function createDirectory(state: State, { seed, patients }: DirectoryOptions): Directory {
  const organizations = createOrganizations(seed, teamsFor(patients));
  const population: Population = createPopulation({ seed, patients, team: organizations.team, takenNumbers });
  const namedById = new Map(namedPeople.map((person) => [person.userId, person]));

  function now<Found extends Person | undefined>(person: Found): Found {
    const change = person && state.people.get(person.userId);
    return change ? { ...person, ...change } : person;
  }

  const byUserId = (userId: string) =>
    now(namedById.get(userId) ?? state.registered.get(userId) ?? population.byUserId(userId));

  /** Whose public id or e-mail address is another than it was. */
  const changed = () => [...state.people.keys()].map(byUserId).filter((person) => person !== undefined);
  const named = () => [...namedPeople, ...state.registered.values()].map(now);

  return {
    organizations,
    get size() {
      return namedPeople.length + state.registered.size + population.patients + population.professionals;
    },
    named,
    at(n) {
      const first = named();
      const m = n - first.length;
      if (m < 0) return first[n];
      if (m < population.patients) return now(population.patient(m));
      const p = m - population.patients;
      return p < population.professionals ? now(population.professional(p)) : undefined;
    },
    byUserId,
    byPublicId(publicId) {
      const found = now(
        namedPeople.find((one) => one.publicId === publicId) ?? population.byPublicId(publicId),
      );
      return found?.publicId === publicId
        ? found
        : [...changed(), ...state.registered.values().map(now)].find((one) => one.publicId === publicId);
    },
    byNationalId: (value) =>
      named().find(({ nationalIds }) => nationalIds.some((id) => id.value === value)) ??
      now(population.byNationalId(value)),
    professionalFor(userId) {
      const { professionals } = population;
      return professionals === 0
        ? now(namedProfessional)
        : now(population.professional(mixed(hashText(seed), hashText(userId)) % professionals));
    },
    byEmail(email) {
      const candidates = [...named(), ...population.byEmail(email).map(now), ...changed()];
      const found = candidates.filter((person) => person.email === email);
      return [...new Map(found.map((person) => [person.userId, person])).values()];
    },
  };
}

/** The named have these numbers, and PKB's pages print the rest as examples. */
const takenNumbers: ReadonlySet<string> = new Set([
  ...namedPeople.flatMap(({ nationalIds }) => nationalIds.map(({ value }) => value)),
  '9991566171',
  '9994179586',
  '9999999999',
]);
