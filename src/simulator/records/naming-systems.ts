/** What the identifiers in a record are called (PKB, "Identifier systems"). */

import { hashText, uuidFor } from '../people/random.ts';
import type { Resource } from './resource.ts';

const systems = [
  ['NHS number', 'uri', 'https://fhir.nhs.uk/Id/nhs-number'],
  ['CHI number', 'oid', '2.16.840.1.113883.2.1.3.2.4.16.53'],
  ['Health and Care Number', 'uuid', '1479257a-ce8f-482a-89fa-429ac066c158'],
  ['PKB Public ID', 'uri', 'http://fhir.patientsknowbest.com/id/public-id'],
] as const;

export const namingSystems: readonly Resource[] = systems.map(([name, type, value], n) => ({
  resourceType: 'NamingSystem',
  id: uuidFor(hashText('NamingSystem'), n),
  name: name.replaceAll(' ', ''),
  status: 'active',
  kind: 'identifier',
  date: '2025-04-01',
  description: name,
  uniqueId: [{ type, value, preferred: true }],
}));
