import { html } from 'hono/html';
import type { LinkEvent, LinkEventType } from '../model.ts';
import { momentOf } from './dates.ts';
import { layout } from './layout.ts';
import type { Html, Site } from './site.ts';
import type { Texts } from './texts.ts';

type Told = keyof Texts['history'];

/** @param events oldest first, as they are kept */
export function historyPage(site: Site, { events }: { readonly events: readonly LinkEvent[] }): Html {
  const t = site.texts.history;
  return layout(
    site,
    { title: t.title },
    html`<h1>${t.title}</h1>
${
  events.length === 0
    ? html`<p>${t.empty}</p>`
    : html`<p>${t.text}</p>
<ol class="history">
${events.toReversed().map(
  (event) => html`<li><time datetime="${event.at.toISOString()}">${momentOf(site.language, event.at)}</time>
<p>${t[tell(event)]}</p></li>
`,
)}</ol>`
}
<div class="actions"><a class="button" href="${site.basePath}">${t.back}</a></div>`,
  );
}

function tell({ type, reason }: LinkEvent): Told {
  return type === 'link.unlinked' ? (UNLINKED[reason ?? ''] ?? 'unlinked') : EVENTS[type];
}

const EVENTS: Readonly<Record<Exclude<LinkEventType, 'link.unlinked'>, Told>> = {
  'link.proposed': 'proposed',
  'link.active': 'active',
  'link.recovered': 'recovered',
  'link.suspended': 'suspended',
  'link.session_ending': 'sessionEnding',
  'link.reauthorization_required': 'reauthorizationRequired',
  'link.identity_conflict': 'conflict',
  'link.completion_refused': 'completionRefused',
};

/** By the reason of the event: who wanted it. */
const UNLINKED: Readonly<Record<string, Told>> = {
  asked: 'asked',
  'not-my-record': 'notMyRecord',
  operator: 'operator',
  'proposal-expired': 'expired',
};
