import { html } from 'hono/html';
import type { LinkState } from '../model.ts';
import { layout } from './layout.ts';
import { type PatientDetails, patientDetails } from './patient-details.ts';
import type { Html, Site } from './site.ts';

/** What the patient sees of a link that they have confirmed. */
export interface Connection {
  readonly state: Exclude<LinkState, 'proposed' | 'unlinked'>;
  /** Absent where PKB did not tell it just now. */
  readonly patient?: PatientDetails;
  /** PKB sent no refresh token: its API session is about to end. */
  readonly ending: boolean;
}

export function connectionPage(site: Site, connection: Connection): Html {
  const title = TITLES[connection.state];
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
${PARTS[connection.state](site, connection)}
<h2>Stop sharing</h2>
<p><a class="action" href="${site.basePath}/disconnect">Disconnect your PKB record</a></p>`,
  );
}

const TITLES: Record<Connection['state'], string> = {
  active: 'Your connection to PKB',
  suspended: 'Your connection to PKB is paused',
  reauthorization_required: 'Connect your PKB record again',
};

const PARTS: Record<Connection['state'], (site: Site, connection: Connection) => Html> = {
  active: (site, { patient, ending }) => html`<p>Your PKB record is connected to ${site.brand.appName}.</p>
${
  ending
    ? html`<div class="note"><p>PKB will soon end our access. To keep your record connected, <a href="${site.basePath}/start">connect again</a>.</p></div>`
    : ''
}
${
  patient === undefined
    ? html`<div class="note"><h2>We cannot show your details now</h2>
<p>Patients Know Best is not giving us your details right now. Your record is still connected. You do not need to do anything. Try again later.</p></div>`
    : patientDetails(patient)
}
<div class="actions"><a class="button" href="${site.homePath}">Go to ${site.brand.appName}</a></div>`,

  suspended: (site) => html`<p>Patients Know Best is not letting us see your record for now.</p>
<p>We have kept your connection. You do not need to connect again.</p>
<p>If you want to know more, ask the team that looks after you.</p>
<div class="actions"><a class="button" href="${site.homePath}">Go to ${site.brand.appName}</a></div>`,

  reauthorization_required: (
    site,
  ) => html`<p>Patients Know Best has ended our access to your record. This can happen from time to time.</p>
<p>Nothing in your PKB record has changed. To go on using it in ${site.brand.appName}, log in to PKB and approve once more.</p>
<div class="actions"><a class="button" href="${site.basePath}/start">Connect again</a></div>`,
};
