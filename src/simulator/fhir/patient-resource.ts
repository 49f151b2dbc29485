/** A person as a FHIR STU3 Patient (PKB, "Facade Patient"). */

import type { Person } from '../people/person.ts';
import type { Resource } from '../records/resource.ts';

/** The public id is the resource's id and is not among its identifiers. */
export function patientResource(person: Person): Resource {
  const { address1, city, county, postalCode, country } = person.address;
  return {
    resourceType: 'Patient',
    id: person.publicId,
    extension: [
      {
        url: 'http://fhir.patientsknowbest.com/structuredefinition/sharing-disabled',
        valueBoolean: person.sharingDisabled,
      },
    ],
    ...some(
      'identifier',
      person.nationalIds.map(({ system, value }) => ({ system, value })),
    ),
    name: [{ family: person.familyName, given: person.givenNames, prefix: [person.title] }],
    ...some('telecom', [...contact('email', person.email), ...contact('phone', person.phone)]),
    gender: person.gender.toLowerCase(),
    birthDate: person.birthDate,
    ...(person.dateDeceased === null
      ? { deceasedBoolean: false }
      : { deceasedDateTime: person.dateDeceased }),
    address: [{ line: [address1], city, state: county, postalCode, country }],
  };
}

function contact(system: string, value: string): readonly object[] {
  return value === '' ? [] : [{ system, value }];
}

/** FHIR has no empty lists. */
function some(name: string, list: readonly object[]): object {
  return list.length === 0 ? {} : { [name]: list };
}
