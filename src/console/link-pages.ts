/** One account or record: what was found, one link, and the question before it is unlinked. */

import { html } from 'hono/html';
import { type Link, type LinkEvent, nextAction } from '../model.ts';
import type { LookedUp } from '../operator/look-up.ts';
import type { Html } from '../pages/site.ts';
import type { Attempt } from '../storage/console.ts';
import { button, type Frame, framed, moment } from './frame.ts';
import { table } from './table.ts';
import { endingOf, HEALTHS, STATES, STEPS, told } from './words.ts';

/** @param search what was looked for, and what was found; absent before anything was */
export function searchPage(
  frame: Frame,
  search?:
    | { readonly id: string; readonly found: LookedUp }
    | { readonly id: string; readonly wrong: string },
): Html {
  const wrong = search !== undefined && 'wrong' in search ? search.wrong : undefined;
  return framed(
    frame,
    'Find a link',
    html`<h1>Find a link</h1>
<form method="post" action="/admin/search">
<input type="hidden" name="form" value="${frame.formToken}">
<div class="field${wrong === undefined ? '' : ' wrong'}">
<div><label for="id">Account (<code>app_user_id</code>) or public id of the record</label>
${wrong === undefined ? '' : html`<p class="wrong-text" id="wrong">${wrong}</p>`}
<input type="text" id="id" name="id" value="${search?.id ?? ''}" required maxlength="255" autocomplete="off" spellcheck="false"${wrong === undefined ? '' : html` aria-invalid="true" aria-describedby="wrong"`}></div>
<button>Find</button>
</div>
</form>
${search !== undefined && 'found' in search ? foundFor(search.id, search.found) : ''}`,
  );
}

function foundFor(id: string, { links, attempts, events }: LookedUp): Html {
  const current = links.find(({ state }) => state !== 'unlinked');
  return html`<h2>Found for ${id}</h2>
<div class="note"><p>${answer(current, links[0], attempts)}</p></div>
${
  links.length === 0
    ? html`<p>There is no link with this account or record, nor is a former one held.</p>`
    : table(
        'Links',
        [{ name: 'Link' }, { name: 'Account' }, { name: 'State' }, { name: 'Granted' }],
        links.map((link) => [
          html`<a href="/admin/links/${link.id}">${link.id.slice(0, 8)}</a>`,
          link.appUserId,
          STATES[link.state].name,
          moment(link.grantedAt),
        ]),
      )
}
${attemptsTable(attempts)}
${links.length === 0 && events.length > 0 ? timeline(events) : ''}`;
}

/** Why the record is not connected, and what to tell the patient. */
function answer(current: Link | undefined, last: Link | undefined, attempts: readonly Attempt[]): Html {
  if (current && current.state !== 'proposed') {
    return html`<b>${STATES[current.state].name}.</b> ${STATES[current.state].means} Tell the patient: “${STATES[current.state].tell}”`;
  }
  // A proposal that can still be confirmed comes before whatever the patient has tried since.
  if (current && attempts.some(({ step, ending }) => step === 'identified' && ending === undefined)) {
    return html`<b>Not connected yet.</b> ${STATES.proposed.means} Tell the patient: “${STATES.proposed.tell}”`;
  }
  const [newest] = attempts;
  if (newest?.ending !== undefined) {
    const { why, tell } = endingOf(newest.ending);
    return html`<b>Not connected.</b> The latest attempt, ${moment(newest.createdAt)}: ${why}. Tell the patient: “${tell}”`;
  }
  if (newest) {
    return html`<b>On the way.</b> The latest attempt began ${moment(newest.createdAt)} and has come to “${STEPS[newest.step]}”. Tell the patient: “Please finish in the browser in which you began.”`;
  }
  if (last) {
    const { tell } = endingOf(last.reason ?? '');
    return html`<b>Not connected any more.</b> Tell the patient: “${tell}”`;
  }
  return html`<b>Nothing is known.</b> Within the last day nobody began to connect this account. Check the id; then tell the patient: “Please open the app and connect your record there.”`;
}

function attemptsTable(attempts: readonly Attempt[]): Html | '' {
  if (attempts.length === 0) return '';
  return table(
    'Attempts of the last day',
    [{ name: 'Began' }, { name: 'Came to' }, { name: 'Why no further' }],
    attempts.map(({ createdAt, step, ending }) => [
      moment(createdAt),
      STEPS[step],
      ending === undefined ? (step === 'confirmed' ? '' : 'still on the way') : endingOf(ending).why,
    ]),
  );
}

export function linkPage(
  frame: Frame,
  { link, attempts, events }: Omit<LookedUp, 'links'> & { readonly link: Link },
): Html {
  const { name, means, tell } = STATES[link.state];
  const title = `Link ${link.id.slice(0, 8)}`;
  return framed(
    frame,
    title,
    html`<h1>${title}</h1>
<div class="note"><p><b>${name}.</b> ${means}${link.reason === undefined ? '' : html` Why: ${endingOf(link.reason).why}.`}</p>
<p>Tell the patient: “${link.state === 'unlinked' ? endingOf(link.reason ?? 'asked').tell : tell}”</p></div>
<dl class="summary">
${row('Account', link.appUserId)}
${row('Public id', html`<code>${link.publicId}</code>`)}
${row('Reference', html`<code>${link.id}</code>`)}
${row('Next action', nextAction(link))}
${link.state === 'unlinked' ? '' : row('Health of the grant', `${link.health}: ${HEALTHS[link.health]}`)}
${row('Granted', moment(link.grantedAt))}
${when('Confirmed', link.confirmedAt)}
${when('Last used', link.lastUsedAt)}
${when('API session ends', link.sessionEndsAt)}
${when('Unlinked', link.unlinkedAt)}
</dl>
${
  link.state === 'unlinked'
    ? ''
    : html`<div class="actions"><a class="button quiet" href="/admin/links/${link.id}/unlink">Unlink…</a></div>`
}
${timeline(events, link)}
${attemptsTable(attempts)}`,
  );
}

function row(term: string, value: string | Html): Html {
  return html`<div><dt>${term}</dt><dd>${value}</dd></div>`;
}

function when(term: string, instant: Date | undefined): Html | '' {
  return instant === undefined ? '' : row(term, moment(instant));
}

function timeline(events: readonly LinkEvent[], link?: Link): Html {
  return html`<h2>What happened</h2>
<ol class="timeline">${events.toReversed().map(
    (event) => html`<li>${moment(event.at)}${
      link && event.linkId !== undefined && event.linkId !== link.id
        ? html` (<a href="/admin/links/${event.linkId}">another link ${event.linkId.slice(0, 8)}</a>)`
        : ''
    }<p>${told(event)}</p></li>
`,
  )}</ol>`;
}

export function unlinkPage(frame: Frame, link: Link): Html {
  return framed(
    frame,
    'Unlink this account?',
    html`<h1>Unlink this account?</h1>
<dl class="summary">
${row('Account', link.appUserId)}
${row('State', STATES[link.state].name)}
${row('Reference', html`<code>${link.id}</code>`)}
</dl>
<ul>
<li>Its tokens are destroyed at once. The app can read nothing of the record any more, and is told so (<code>link.unlinked</code>).</li>
<li>Only the patient can connect the record again.</li>
<li>PKB is not told: it documents no way to revoke. Its API session ends by itself.</li>
</ul>
<div class="actions">
${button(frame, { action: `/admin/links/${link.id}/unlink`, label: 'Yes, unlink', look: 'danger' })}
<a class="button quiet" href="/admin/links/${link.id}">No, go back</a>
</div>`,
  );
}
