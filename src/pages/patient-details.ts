import { html } from 'hono/html';
import type { Demographics, IdentityComparison } from '../model.ts';
import { dateInWords } from './dates.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

/** What a patient needs to know their record again, and no more: no address, no phone, no e-mail. */
export type PatientDetails = Pick<
  Demographics,
  'title' | 'givenNames' | 'familyName' | 'birthDate' | 'identifiers'
>;

export function patientDetails(site: Site, patient: PatientDetails, comparison?: IdentityComparison): Html {
  return summary(patientRows(site, patient, comparison));
}

export function summary(rows: readonly Html[]): Html {
  return html`<dl class="summary">
${rows}</dl>`;
}

export function row(term: string, words: string | Html): Html {
  return html`<div><dt>${term}</dt><dd>${words}</dd></div>
`;
}

export function patientRows(
  site: Site,
  patient: PatientDetails,
  comparison?: IdentityComparison,
): readonly Html[] {
  const t = site.texts.details;
  const { title, givenNames, familyName, birthDate, identifiers } = patient;
  const name = [title, ...givenNames, familyName].filter(Boolean).join(' ');
  const compared = (words: string, result?: 'match' | 'unknown') =>
    result === undefined
      ? words
      : html`${words}<span class="compared ${result}">${say(site, t[result])}</span>`;
  return [
    row(t.name, compared(name || t.missing, comparison?.familyName)),
    row(
      t.birthDate,
      compared(birthDate ? dateInWords(site.language, birthDate) : t.missing, comparison?.birthDate),
    ),
    ...identifiers.map(({ system, name, display }) =>
      system === NHS_NUMBER ? row(t.nhsNumber, compared(display, comparison?.nhsNumber)) : row(name, display),
    ),
  ];
}

/** PKB, "Identifier systems". */
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
