/** What a record is made of, and with. */

import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import type { Chance } from '../people/random.ts';

/** A FHIR STU3 resource. */
export interface Resource {
  readonly resourceType: string;
  readonly id: string;
  readonly [element: string]: unknown;
}

/** What the resources of one record are made with. */
export interface RecordContext {
  readonly person: Person;
  readonly directory: Directory;
  /** For instance `Patient/7c0369c8-325a-4480-934f-88d230e770d0`. */
  readonly subject: { readonly reference: string };
  /** Chance for the n-th resource of a type. */
  chance(type: string, n: number): Chance;
  id(type: string, n: number): string;
}
