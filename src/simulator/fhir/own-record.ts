/** Whose record a caller sees. */

import type { Caller } from '../bearer.ts';
import { type Person, userTypes } from '../people/person.ts';

/** A patient has a record; a professional's grant sees none of their own. */
export function ownRecord({ person }: Caller): Person | undefined {
  return userTypes(person).includes('PATIENT') ? person : undefined;
}
