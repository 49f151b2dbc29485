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
  const t = site.texts.details;
  const name = [patient.title, ...patient.givenNames, patient.familyName].filter(Boolean).join(' ');
  const row = (
    term: string,
    words: string,
    compared?: 'match' | 'unknown',
  ) => html`<div><dt>${term}</dt><dd>${words}${
    compared === undefined ? '' : html`<span class="compared ${compared}">${say(site, t[compared])}</span>`
  }</dd></div>
`;
  return html`<dl class="summary">
${row(t.name, name || t.missing, comparison?.familyName)}${row(
  t.birthDate,
  patient.birthDate ? dateInWords(site.language, patient.birthDate) : t.missing,
  comparison?.birthDate,
)}${patient.identifiers.map((identifier) =>
  row(
    identifier.name,
    identifier.display,
    identifier.system === NHS_NUMBER ? comparison?.nhsNumber : undefined,
  ),
)}</dl>`;
}

/** PKB, "Identifier systems". */
const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';
