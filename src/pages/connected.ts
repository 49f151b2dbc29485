import { html } from 'hono/html';
import { layout } from './layout.ts';
import { type PatientDetails, patientDetails } from './patient-details.ts';
import type { Html, Site } from './site.ts';

/** The end of linking. `continueTo`: the registered address to go on to. */
export function connectedPage(
  site: Site,
  { patient, continueTo }: { readonly patient: PatientDetails | undefined; readonly continueTo: string },
): Html {
  const { appName } = site.brand;
  const title = 'Your record is connected';
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
<p>${appName} can now use your PKB record.</p>
${patient === undefined ? html`<p>We cannot show your details right now.</p>` : patientDetails(patient)}
<h2>What happens next</h2>
<p>You do not need to do this each time. If PKB ends our access one day, we ask you to connect again.</p>
<p>You can <a href="${site.basePath}">see your connection or disconnect</a> at any time.</p>
<div class="actions"><a class="button" href="${continueTo}">Continue</a></div>`,
  );
}
