/** What is in one patient's record, worked out anew each time from the seed and the person, and always the same. */

import type { Directory } from '../people/directory.ts';
import type { Person } from '../people/person.ts';
import { type Chance, chance, hashText, uuidFor } from '../people/random.ts';
import type { World } from '../world.ts';
import { appointments, encounters } from './appointments.ts';
import { communications } from './communications.ts';
import { consents } from './consents.ts';
import { documentReferences } from './document-references.ts';
import { diagnosticReports, observations } from './observations.ts';
import { procedureRequests, questionnaireResponses } from './questionnaires.ts';

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

const types = {
  Appointment: appointments,
  Communication: communications,
  Consent: consents,
  DiagnosticReport: diagnosticReports,
  DocumentReference: documentReferences,
  Encounter: encounters,
  Observation: observations,
  ProcedureRequest: procedureRequests,
  QuestionnaireResponse: questionnaireResponses,
} satisfies Record<string, (context: RecordContext) => readonly Resource[]>;

export type RecordType = keyof typeof types;

export function isRecordType(type: string): type is RecordType {
  return Object.hasOwn(types, type);
}

export function resourcesOf(
  { seed, directory }: World,
  person: Person,
  type: RecordType,
): readonly Resource[] {
  const key = [hashText(seed), hashText(person.userId)];
  return types[type]({
    person,
    directory,
    subject: { reference: `Patient/${person.publicId}` },
    chance: (kind, n) => chance(...key, hashText(kind), n),
    id: (kind, n) => uuidFor(...key, hashText(kind), n),
  });
}
