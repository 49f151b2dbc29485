import { html } from 'hono/html';
import type { LinkState } from '../model.ts';
import { accessList } from './access.ts';
import { dayOf } from './dates.ts';
import { layout } from './layout.ts';
import { type PatientDetails, patientRows, row, summary } from './patient-details.ts';
import { say } from './say.ts';
import type { Html, Site } from './site.ts';

/** What the patient sees of a link that they have confirmed. */
export interface Connection {
  readonly state: Exclude<LinkState, 'proposed' | 'unlinked'>;
  /** Absent where PKB did not tell it just now. */
  readonly patient?: PatientDetails;
  readonly since?: Date;
  /** Absent where the app has not used it since it was connected. */
  readonly lastUsedAt?: Date;
  readonly grantedAt: Date;
  /** Only where that is near: when PKB's API session ends, as far as anybody knows. */
  readonly sessionEndsAt?: Date;
}

export function connectionPage(site: Site, connection: Connection): Html {
  const t = site.texts.connection;
  const { title } = t[connection.state];
  return layout(
    site,
    { title },
    html`<h1>${title}</h1>
${PARTS[connection.state](site, connection)}
<p>${say(site, t.history, { history: `${site.basePath}/history` })}</p>
<h2>${t.canTitle}</h2>
<p>${say(site, t.can)}</p>
${accessList(site)}
<h2>${t.stopTitle}</h2>
<p><a class="action" href="${site.basePath}/disconnect">${t.stop}</a></p>`,
  );
}

const PARTS: Record<Connection['state'], (site: Site, connection: Connection) => Html> = {
  active: (site, connection) => {
    const t = site.texts.connection;
    const { patient } = connection;
    return html`<p>${say(site, t.active.text)}</p>
${ending(site, connection)}
${
  patient === undefined
    ? html`<div class="note"><h2>${t.awayTitle}</h2>
<p>${t.away}</p></div>
`
    : ''
}${summary([...(patient ? patientRows(site, patient) : []), ...dates(site, connection)])}
${home(site)}`;
  },

  suspended: (site, connection) => {
    const t = site.texts.connection.suspended;
    return html`<p>${t.text}</p>
<p>${t.kept}</p>
<p>${t.more}</p>
${summary(dates(site, connection))}
${home(site)}`;
  },

  reauthorization_required: (site, connection) => {
    const t = site.texts.connection.reauthorization_required;
    return html`<p>${t.text}</p>
<p>${say(site, t.kept)}</p>
<p>${t.same}</p>
<div class="actions"><a class="button" href="${site.basePath}/start">${t.again}</a></div>
${summary(dates(site, connection))}`;
  },
};

function home(site: Site): Html {
  const { home } = site.texts.connection;
  return html`<div class="actions"><a class="button" href="${site.homePath}">${say(site, home)}</a></div>`;
}

function ending(site: Site, { sessionEndsAt }: Connection): Html | '' {
  if (sessionEndsAt === undefined) return '';
  const day = dayOf(site.language, sessionEndsAt);
  const again = `${site.basePath}/start`;
  return html`<div class="note"><p>${say(site, site.texts.connection.ending, { day, again })}</p></div>`;
}

function dates(site: Site, { since, lastUsedAt, grantedAt }: Connection): readonly Html[] {
  const t = site.texts.connection;
  const rows = [
    [t.since, since],
    [t.lastUsed, lastUsedAt],
    [t.approved, grantedAt],
  ] as const;
  return rows.flatMap(([term, at]) => (at ? [row(term, dayOf(site.language, at))] : []));
}
