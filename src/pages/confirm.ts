import { html } from 'hono/html';
import type { IdentityComparison } from '../model.ts';
import { layout } from './layout.ts';
import { type PatientDetails, patientDetails } from './patient-details.ts';
import type { Html, Site } from './site.ts';

export interface Question {
  readonly linkId: string;
  readonly patient: PatientDetails;
  /** Absent where the partner knows nothing to compare. */
  readonly comparison?: IdentityComparison;
}

export function confirmPage(site: Site, { linkId, patient, comparison }: Question): Html {
  const t = site.texts.confirm;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
<p>${t.text}</p>
${patientDetails(site, patient, comparison)}
<div class="note">
<p><strong>${t.own}</strong></p>
<ul>
<li>${t.child}</li>
<li>${t.carer}</li>
<li>${t.email}</li>
</ul>
</div>
<div class="actions">
<form method="post" action="${site.basePath}/confirm">
<input type="hidden" name="linkId" value="${linkId}">
<button>${t.yes}</button>
</form>
<form method="post" action="${site.basePath}/decline">
<input type="hidden" name="linkId" value="${linkId}">
<button class="quiet">${t.no}</button>
</form>
</div>`,
  );
}
