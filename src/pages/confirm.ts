import { html } from 'hono/html';
import { layout } from './layout.ts';
import { type PatientDetails, patientDetails } from './patient-details.ts';
import type { Html, Site } from './site.ts';

export function confirmPage(
  site: Site,
  { linkId, patient }: { readonly linkId: string; readonly patient: PatientDetails },
): Html {
  const title = 'Is this your record?';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>This is the record that PKB let us see. Check that it is yours. Nothing is connected until you say yes.</p>
${patientDetails(patient)}
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
