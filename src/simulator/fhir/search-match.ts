/** Whether a resource is one that a search asks for. */

import { PUBLISHER } from '../records/questionnaires.ts';
import type { Resource } from '../records/resource.ts';
import type { Criterion } from './search-query.ts';

/** Where in a resource each parameter looks, by `type.parameter`, or by the parameter alone. */
const places: Readonly<Record<string, (resource: Resource) => unknown>> = {
  identifier: ({ identifier = [] }) =>
    (identifier as { system: string; value: string }[]).map(({ system, value }) => ({
      coding: [{ system, code: value }],
    })),
  patient: ({ subject, patient, participant }) =>
    subject ?? patient ?? (participant as { actor: unknown }[]).map(({ actor }) => actor),
  category: ({ category }) => category,
  'Appointment.date': ({ start }) => start,
  'Encounter.date': ({ period }) => period,
  date: ({ effectiveDateTime }) => effectiveDateTime,
  sent: ({ sent }) => sent,
  created: ({ created }) => created,
  indexed: ({ indexed }) => indexed,
  authored: ({ authored }) => authored,
  'document-status': ({ docStatus }) => docStatus,
  'source-organisation': ({ custodian }) => custodian,
  'based-on': ({ basedOn }) => basedOn,
  questionnaire: ({ questionnaire }) => questionnaire,
  'publisher-reference': ({ extension }) =>
    (extension as { url: string; valueReference: unknown }[])
      .filter(({ url }) => url === PUBLISHER)
      .map(({ valueReference }) => valueReference),
  value: ({ uniqueId }) => (uniqueId as { value: string }[]).map(({ value }) => value),
};

export function matches(resource: Resource, criterion: Criterion, fhirBase: string): boolean {
  const { name, type } = criterion.rule;
  const place = places[`${resource.resourceType}.${name}`] ?? places[name];
  const found: unknown = place?.(resource);
  const values: readonly unknown[] = Array.isArray(found) ? found : found === undefined ? [] : [found];
  return values.some((value) => comparisons[type](value as never, criterion, fhirBase));
}

type Comparison = (value: never, criterion: Criterion, fhirBase: string) => boolean;

const comparisons: Readonly<Record<Criterion['rule']['type'], Comparison>> = {
  date: isWhen,
  reference: ({ reference }: { reference: string }, criterion, fhirBase) =>
    reference === referenceOf(criterion, fhirBase),
  string: (value: string, { modifier, value: wanted }) =>
    modifier === 'exact' ? value === wanted : startsLike(value, wanted),
  token: isToken,
};

/** `Type/id`, of an id alone or an address on this server too. */
export function referenceOf({ value, rule, modifier }: Criterion, fhirBase: string): string {
  const relative = value.startsWith(`${fhirBase}/`) ? value.slice(fhirBase.length + 1) : value;
  if (relative.includes('/')) return relative;
  return `${modifier ?? rule.modifiers[0] ?? 'Organization'}/${relative}`;
}

/** `code`, `system|code`, `|code` or `system|`, of a code or a CodeableConcept. */
function isToken(
  value: string | { coding: { system?: string; code: string }[] },
  { value: wanted }: Criterion,
): boolean {
  const codings: { system?: string; code: string }[] =
    typeof value === 'string' ? [{ code: value }] : value.coding;
  const [first = '', second] = wanted.split('|', 2);
  if (second === undefined) return codings.some(({ code }) => code === first);
  return codings.some(({ system = '', code }) => system === first && (second === '' || code === second));
}

function startsLike(value: string, wanted: string): boolean {
  return value.toLowerCase().startsWith(wanted.toLowerCase());
}

/** FHIR STU3, search, "date": both sides are spans of time, as long as they are exact. */
function isWhen(
  value: string | { start: string; end: string },
  { value: wanted, prefix }: Criterion,
): boolean {
  const [from, to] = typeof value === 'string' ? span(value) : [span(value.start)[0], span(value.end)[1]];
  const [after, before] = span(wanted);
  switch (prefix) {
    case 'gt':
      return to > before;
    case 'ge':
      return to > before || (from >= after && to <= before);
    case 'lt':
      return from < after;
    case 'le':
      return from < after || (from >= after && to <= before);
    default:
      return from >= after && to <= before;
  }
}

/** The first millisecond of a date or dateTime, and the first one after it. */
function span(text: string): readonly [number, number] {
  const from = Date.parse(/T/.test(text) && !/(Z|[+-]\d\d:\d\d)$/.test(text) ? `${text}Z` : text);
  const next = new Date(from);
  if (text.length === 4) next.setUTCFullYear(next.getUTCFullYear() + 1);
  else if (text.length === 7) next.setUTCMonth(next.getUTCMonth() + 1);
  else if (text.length === 10) next.setUTCDate(next.getUTCDate() + 1);
  else return [from, from + (/:\d\d:\d\d/.test(text) ? (text.includes('.') ? 1 : 1000) : 60_000)];
  return [from, next.getTime()];
}
