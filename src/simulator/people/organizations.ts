/** Teams and the places they belong to. A team is a FHIR Organization (PKB, "Consent"). */

import { chance, hashText, mixed, numberOfUuid, uuidOfNumber } from './random.ts';

export interface Organization {
  /** Public id. */
  readonly id: string;
  readonly name: string;
  /** Id of the organisation that a team is part of. */
  readonly partOf?: string;
}

export interface Organizations {
  /** Public id of the n-th team. */
  team(n: number): string;
  /** A team for whoever this is, always the same. */
  teamFor(userId: string): Organization;
  byId(id: string): Organization | undefined;
}

const towns = ['Kingsmere', 'Aldercombe', 'Wrenbury', 'Thornwick', 'Netherfold', 'Eastmoor'];
const kinds = [
  'Diabetes',
  'Heart',
  'Kidney',
  'Respiratory',
  'Community',
  'Cancer',
  'Mental Health',
  'Maternity',
];

/** Where the named professional works: these are there whatever the seed is. */
const namedHospital = { id: '0f0c1a58-6f0e-4d3a-9a35-2b9f2f0f6a11', name: 'Kingsmere Hospital' };
export const namedTeam: Organization = {
  id: '77efbc61-48ab-4431-b8d3-b9ec9bb36ba8',
  name: 'Kingsmere Diabetes Team',
  partOf: namedHospital.id,
};

/** @param teams how many there are beside the named one */
export function createOrganizations(seedText: string, teams: number): Organizations {
  const seed = hashText(seedText);
  const [teamKey, hospitalKey] = [mixed(seed, 20), mixed(seed, 21)];

  const hospital = (n: number): Organization => ({
    id: uuidOfNumber(hospitalKey, n),
    name: `${towns[n]} Hospital`,
  });

  function team(n: number): Organization {
    const drawn = chance(seed, 22, n);
    const place = drawn.number(towns.length);
    return {
      id: uuidOfNumber(teamKey, n),
      name: `${towns[place]} ${drawn.oneOf(kinds)} Team ${n + 1}`,
      partOf: hospital(place).id,
    };
  }

  return {
    team: (n) => team(n).id,
    teamFor: (userId) => (teams === 0 ? namedTeam : team(mixed(seed, 23, hashText(userId)) % teams)),
    byId(id) {
      const named = [namedTeam, namedHospital].find((one) => one.id === id);
      if (named) return named;
      const n = numberOfUuid(teamKey, id);
      if (n !== undefined && n < teams) return team(n);
      const h = numberOfUuid(hospitalKey, id);
      return h !== undefined && h < towns.length ? hospital(h) : undefined;
    },
  };
}
