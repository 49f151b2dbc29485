import { html } from 'hono/html';
import type { IdentityComparison } from '../model.ts';
import { layout } from './layout.ts';
import { type PatientDetails, patientDetails } from './patient-details.ts';
import type { Html, Site } from './site.ts';

export function confirmPage(
  site: Site,
  {
    linkId,
    patient,
    comparison,
  }: {
    readonly linkId: string;
    readonly patient: PatientDetails;
    readonly comparison?: IdentityComparison;
  },
): Html {
  const title = 'Is this your record?';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>This is the record that PKB let us see. Check that it is yours. Nothing is connected until you say yes.</p>
${patientDetails(patient)}
${comparison === undefined ? '' : compared(site, comparison)}
<div class="note">
<p>This must be your own record. If you look after somebody, such as a child or a parent, do not connect their record here.</p>
<p>People who share an email address can get each other's record by mistake. Check the date of birth.</p>
</div>
<div class="actions">
<form method="post" action="${site.basePath}/confirm">
<input type="hidden" name="linkId" value="${linkId}">
<button>Yes, this is my record</button>
</form>
<form method="post" action="${site.basePath}/decline">
<input type="hidden" name="linkId" value="${linkId}">
<button class="quiet">No, this is not my record</button>
</form>
</div>`,
  );
}

const FIELDS: Readonly<Record<keyof IdentityComparison, string>> = {
  birthDate: 'Date of birth',
  familyName: 'Family name',
  nhsNumber: 'NHS number',
};

/** What the partner's own knowledge says for the record. It never says anything against it: such a record is not shown. */
function compared({ brand }: Site, comparison: IdentityComparison): Html {
  const fields = Object.entries(FIELDS) as [keyof IdentityComparison, string][];
  return html`<p>We compared the record with what ${brand.appName} knows about you:</p>
<ul>
${fields.map(([field, name]) => html`<li>${name}: ${comparison[field] === 'match' ? 'the same' : 'we cannot tell'}</li>`)}
</ul>`;
}
