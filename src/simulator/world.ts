/** What every endpoint is given: who is registered, how it behaves, what it remembers, what time it is. */

import type { Client, Scope } from './oauth/clients.ts';
import { type Person, people } from './people/named.ts';
import type { State } from './state.ts';
import type { Toggles } from './toggles.ts';

export interface World {
  /** Public origin, no trailing slash. */
  origin: string;
  readonly clients: Map<string, Client>;
  readonly toggles: Toggles;
  readonly state: State;
  /** Epoch milliseconds. */
  now(): number;
  /** Called after every change of `state` and before the answer that tells of it. */
  save(): void;
}

/** Everybody as they are now, changes by an administrator included. */
export function peopleNow(state: State): readonly Person[] {
  return people.map((person) => ({ ...person, ...state.people.get(person.userId) }));
}

export function personByUserId(state: State, userId: string): Person | undefined {
  return peopleNow(state).find((person) => person.userId === userId);
}

/** The user types (PKB calls them scopes) somebody can act as. */
export function userTypes(person: Person): readonly Scope[] {
  return person.kind === 'patient' ? ['PATIENT'] : ['CLINICIAN', 'TEAMCOORD'];
}

/** A frozen patient can log in and grant; it is the API that refuses them. */
export function canLogIn(person: Person): boolean {
  return person.status === 'active' || person.status === 'frozen';
}
