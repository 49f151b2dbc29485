/** Those who look after patients, as FHIR STU3. */

import type { Organization } from '../people/organizations.ts';
import type { Person } from '../people/person.ts';
import type { Resource } from './resource.ts';

export function organizationResource({ id, name, partOf }: Organization): Resource {
  return {
    resourceType: 'Organization',
    id,
    active: true,
    name,
    ...(partOf !== undefined && { partOf: { reference: `Organization/${partOf}` } }),
  };
}

export function practitionerResource({ publicId, title, givenNames, familyName }: Person): Resource {
  return {
    resourceType: 'Practitioner',
    id: publicId,
    active: true,
    name: [{ family: familyName, given: givenNames, prefix: [title] }],
  };
}
