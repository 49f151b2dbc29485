/** Who somebody at the control page looks for. */

import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';

const MOST = 1000;

export interface FoundPeople {
  readonly total: number;
  readonly people: readonly Person[];
}

/** By any one of the ids, which are looked up; or by a part of the name among the named people; or all, in pages. */
export function findPeople(
  directory: Directory,
  { search, from, count }: { readonly search: string; readonly from: number; readonly count: number },
): FoundPeople {
  const wanted = search.trim().toLowerCase();
  if (wanted === '') {
    const last = Math.min(from + Math.min(count, MOST), directory.size);
    const people: Person[] = [];
    for (let n = Math.max(from, 0); n < last; n += 1) people.push(directory.at(n) as Person);
    return { total: directory.size, people };
  }
  const found = [
    directory.byPublicId(wanted),
    directory.byUserId(wanted),
    directory.byNationalId(wanted.replaceAll(' ', '')),
    ...directory.byEmail(wanted),
    ...directory.named().filter((person) => nameOf(person).includes(wanted)),
  ].filter((person) => person !== undefined);
  const people = [...new Map(found.map((person) => [person.userId, person])).values()];
  return { total: people.length, people };
}

function nameOf({ givenNames, familyName }: Person): string {
  return [...givenNames, familyName].join(' ').toLowerCase();
}
