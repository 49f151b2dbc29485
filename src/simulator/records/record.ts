/** What is in one patient's record, worked out anew each time from the seed and the person, and always the same. */

import type { Person } from '../people/person.ts';
import { chance, hashText, uuidFor } from '../people/random.ts';
import type { World } from '../world.ts';
import { appointments, encounters } from './appointments.ts';
import { communications } from './communications.ts';
import { consents } from './consents.ts';
import { documentReferences } from './document-references.ts';
import { diagnosticReports, observations } from './observations.ts';
import { procedureRequests, questionnaireResponses } from './questionnaires.ts';
import type { RecordContext, Resource } from './resource.ts';

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
