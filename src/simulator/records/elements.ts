/** Parts that several resources have. */

import type { Chance } from '../people/random.ts';
import type { RecordContext, Resource } from './resource.ts';

const PRIVACY_LABEL = 'http://fhir.patientsknowbest.com/codesystem/privacy-label';

const labels = {
  GENERAL_HEALTH: 'General health',
  MENTAL_HEALTH: 'Mental health',
  SEXUAL_HEALTH: 'Sexual health',
  SOCIAL_CARE: 'Social care',
} as const;

export type PrivacyLabel = keyof typeof labels;

export const privacyLabels = Object.keys(labels) as readonly PrivacyLabel[];

export function privacyCoding(label: PrivacyLabel): object {
  return { system: PRIVACY_LABEL, code: label, display: labels[label] };
}

/** Most of a record is general health. */
export function someLabel(drawn: Chance): PrivacyLabel {
  return drawn.percent(85) ? 'GENERAL_HEALTH' : drawn.oneOf(privacyLabels);
}

/** UPSTREAM: not documented where a resource carries its privacy label; `meta.security` is what FHIR has for it. */
export function meta(label: PrivacyLabel): object {
  return { security: [privacyCoding(label)] };
}

/** So many resources of a type, the newest first. @param key tells the ids of one kind of them from those of another */
export function several(
  { chance, id }: RecordContext,
  type: string,
  count: { readonly from: number; readonly to: number },
  make: (drawn: Chance, n: number) => Omit<Resource, 'resourceType' | 'id'>,
  key = type,
): readonly Resource[] {
  const total = count.from + chance(`${key} count`, 0).number(count.to - count.from + 1);
  return Array.from({ length: total }, (_, n) => ({
    resourceType: type,
    id: id(key, n),
    ...make(chance(key, n), n),
  }));
}

const NEWEST = Date.UTC(2026, 0, 1, 9);
const DAY = 86_400_000;

/** In the daytime, so many days before 2026; after, where it is negative. ISO 8601 with its zone. */
export function instant(daysBefore: number, minutes = 0): string {
  return new Date(NEWEST - daysBefore * DAY + minutes * 60_000).toISOString();
}

export function day(daysBefore: number): string {
  return instant(daysBefore).slice(0, 10);
}

export function codeable(system: string, code: string, display: string): object {
  return { coding: [{ system, code, display }], text: display };
}

/** The patient's team, and a professional who looks after the patient. */
export function careOf({ directory, person }: RecordContext): {
  readonly team: { readonly reference: string; readonly display: string };
  readonly professional: { readonly reference: string; readonly display: string };
} {
  const team = directory.organizations.teamFor(person.userId);
  const who = directory.professionalFor(person.userId);
  return {
    team: { reference: `Organization/${team.id}`, display: team.name },
    professional: {
      reference: `Practitioner/${who.publicId}`,
      display: [who.title, ...who.givenNames, who.familyName].join(' '),
    },
  };
}
