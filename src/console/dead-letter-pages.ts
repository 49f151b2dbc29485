import { html } from 'hono/html';
import type { ConsoleRole } from '../model.ts';
import type { Html } from '../pages/site.ts';
import type { DeadLetter } from '../storage/outward.ts';
import { button, type Frame, framed, moment } from './frame.ts';
import { table } from './table.ts';

/** @param page.more the id to go on after; @param page.role who looks: an operator may resend */
export function deadLettersPage(
  frame: Frame,
  {
    letters,
    more,
    role,
    canSend,
  }: {
    readonly letters: readonly DeadLetter[];
    readonly more?: string;
    readonly role: ConsoleRole;
    readonly canSend: boolean;
  },
): Html {
  const resends = role === 'operator' && canSend;
  return framed(
    frame,
    'Dead letters',
    html`<h1>Dead letters</h1>
<p>Events that the app’s receiver never accepted, in the order in which they happened. They are in the feed as well.</p>
${role === 'operator' && !canSend ? html`<p>No receiver is set (<code>PKB_LINK_WEBHOOK_URL</code>): nothing can be resent.</p>` : ''}
${
  letters.length === 0
    ? html`<p>There are none.</p>`
    : table(
        'Events never accepted',
        [
          { name: 'Happened' },
          { name: 'Event' },
          { name: 'Link' },
          { name: 'Given up' },
          { name: 'Last attempt met' },
          ...(resends ? [{ name: 'Action' }] : []),
        ],
        letters.map(({ event, diedAt, failure }) => [
          moment(event.at),
          event.type,
          event.linkId === undefined
            ? 'none'
            : html`<a href="/admin/links/${event.linkId}">${event.linkId.slice(0, 8)}</a>`,
          moment(diedAt),
          failure,
          ...(resends ? [html`<a href="/admin/dead-letters/${event.id}/resend">Resend…</a>`] : []),
        ]),
      )
}
${more === undefined ? '' : html`<p><a class="action" href="/admin/dead-letters?after=${more}">The next ones</a></p>`}`,
  );
}

/** @param failure what the attempt just made met */
export function resendPage(frame: Frame, { event, diedAt, failure }: DeadLetter, failed?: string): Html {
  return framed(
    frame,
    'Send this event again?',
    html`<h1>Send this event again?</h1>
${failed === undefined ? '' : html`<div class="note problem" role="alert"><p>It was not accepted: ${failed}. It is still a dead letter.</p></div>`}
<dl class="summary">
<div><dt>Event</dt><dd>${event.type}</dd></div>
<div><dt>Happened</dt><dd>${moment(event.at)}</dd></div>
<div><dt>Given up</dt><dd>${moment(diedAt)}, after ${failure}</dd></div>
<div><dt>Id</dt><dd><code>${event.id}</code></dd></div>
</dl>
<p>It is sent once, now. What happened to the account later may have been accepted long before it.</p>
<div class="actions">
${button(frame, { action: `/admin/dead-letters/${event.id}/resend`, label: 'Yes, send it' })}
<a class="button quiet" href="/admin/dead-letters">No, go back</a>
</div>`,
  );
}
