import { html } from 'hono/html';
import type { Demographics } from '../model.ts';
import { plainDate } from './plain-date.ts';
import type { Html } from './site.ts';

/** What a patient needs to know their record again, and no more: no address, no phone, no e-mail. */
export type PatientDetails = Pick<
  Demographics,
  'title' | 'givenNames' | 'familyName' | 'birthDate' | 'identifiers'
>;

export function patientDetails(patient: PatientDetails): Html {
  const name = [patient.title, ...patient.givenNames, patient.familyName].filter(Boolean).join(' ');
  return html`<dl class="summary">
<div><dt>Name</dt><dd>${name || 'Not in the record'}</dd></div>
<div><dt>Date of birth</dt><dd>${patient.birthDate ? plainDate(patient.birthDate) : 'Not in the record'}</dd></div>
${patient.identifiers.map((identifier) => html`<div><dt>${identifier.name}</dt><dd>${identifier.display}</dd></div>`)}
</dl>`;
}
