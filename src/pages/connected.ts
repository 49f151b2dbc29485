import { html } from 'hono/html';
import { layout } from './layout.ts';
import { type PatientDetails, patientDetails } from './patient-details.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

/** The end of linking. `continueTo`: the registered address to go on to. */
export function connectedPage(
  site: Site,
  { patient, continueTo }: { readonly patient: PatientDetails | undefined; readonly continueTo: string },
): Html {
  const t = site.texts.connected;
  return layout(
    site,
    { title: t.title },
    html`<div class="done"><h1>${t.title}</h1>
<p>${say(site, t.text)}</p></div>
${patient === undefined ? html`<p>${t.withoutDetails}</p>` : patientDetails(site, patient)}
<h2>${t.nextTitle}</h2>
<p>${t.once}</p>
<p>${say(site, t.connection, { connection: site.basePath })}</p>
<div class="actions"><a class="button" href="${continueTo}">${t.continue}</a></div>`,
  );
}
