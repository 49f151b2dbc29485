/** `/fhir/metadata` and the definition of `$purview`: what of PKB's Facade the simulator has, said as PKB says it. */

import type { Toggles } from '../toggles.ts';
import { statementResources } from './statement-resources.ts';

/** @param base of the FHIR API, for instance `http://localhost:8181/fhir` */
export function capabilityStatement(base: string): object {
  return {
    resourceType: 'CapabilityStatement',
    url: 'http://fhir.patientsknowbest.com/capabilitystatement/facade',
    title: 'PKB Facade FHIR API',
    status: 'active',
    experimental: false,
    date: '2026-07-21T01:32:11+01:00',
    publisher: 'Patients Know Best Ltd.',
    kind: 'instance',
    implementation: { description: 'Simulator: this is not Patients Know Best', url: base },
    fhirVersion: '3.0.2',
    acceptUnknown: 'no',
    format: ['application/fhir+json'],
    implementationGuide: ['http://fhir.patientsknowbest.com'],
    rest: [
      {
        mode: 'server',
        resource: statementResources,
        operation: [{ name: 'purview', definition: { reference: 'OperationDefinition/Consent-t-purview' } }],
      },
    ],
  };
}

/** UPSTREAM: not documented, but for its id, canonical address, status and what comes out. */
export function purviewDefinition(verb: Toggles['purviewVerb']): object {
  return {
    resourceType: 'OperationDefinition',
    id: 'Consent-t-purview',
    url: 'http://fhir.patientsknowbest.com/operation/purview',
    name: 'purview',
    status: 'active',
    kind: 'operation',
    // FHIR STU3 allows GET for an idempotent operation only.
    idempotent: verb !== 'post',
    code: 'purview',
    resource: ['Consent'],
    system: false,
    type: true,
    instance: false,
    parameter: [
      {
        name: 'purview',
        use: 'out',
        min: 1,
        max: '1',
        documentation: 'The grantee that consents would name for the authenticated user.',
        type: 'Reference',
      },
    ],
  };
}
