/** A STU3 Patient of the Facade, as far as we read it (PKB, "Facade Patient"). */

import type { NationalIdentifier } from '../model.ts';
import { nationalIdentifier } from '../national-identifier.ts';
import { fields } from '../provider/upstream.ts';
import type { FhirPatient } from './fhir.ts';

export function readPatient(body: Readonly<Record<string, unknown>>): FhirPatient {
  const name = fields(list(body.name)[0]);
  const title = texts(name.prefix)[0];
  const familyName = text(name.family);
  const birthDate = text(body.birthDate);
  return {
    givenNames: texts(name.given),
    deceased: body.deceasedBoolean === true || text(body.deceasedDateTime) !== undefined,
    identifiers: list(body.identifier).map(fields).flatMap(readIdentifier),
    ...(title !== undefined && { title }),
    ...(familyName !== undefined && { familyName }),
    ...(birthDate !== undefined && { birthDate }),
  };
}

function readIdentifier(identifier: Readonly<Record<string, unknown>>): NationalIdentifier[] {
  const system = text(identifier.system);
  const value = text(identifier.value);
  return system === undefined || value === undefined ? [] : [nationalIdentifier({ system, value })];
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function texts(value: unknown): readonly string[] {
  return list(value).flatMap((item) => text(item) ?? []);
}
