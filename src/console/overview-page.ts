import { html } from 'hono/html';
import type { Figures } from '../metrics/figures.ts';
import type { Funnel, FunnelDays } from '../operator/funnel.ts';
import type { Html } from '../pages/site.ts';
import type { StoreCounts } from '../storage/store.ts';
import { bar, columns } from './chart.ts';
import { type Frame, framed, moment } from './frame.ts';
import { numbers, table } from './table.ts';
import { endingOf, HEALTHS, STATES, STEPS } from './words.ts';

export interface Overview {
  readonly now: Date;
  readonly days: FunnelDays;
  readonly funnel: Funnel;
  readonly counts: StoreCounts;
  /** By the hour in which they end. */
  readonly sessionEnds: readonly { readonly hour: Date; readonly links: number }[];
  /** What this process has seen. */
  readonly figures: Figures;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const THIRTY = [...Array(31).keys()];

const PERIODS: Readonly<Record<FunnelDays, string>> = {
  1: 'the last 24 hours',
  7: 'the last 7 days',
  30: 'the last 30 days',
};

export function overviewPage(frame: Frame, overview: Overview): Html {
  return framed(
    frame,
    'Overview',
    html`<h1>Overview</h1>
${atAGlance(overview)}
${onTheWay(overview)}
${grants(overview)}
${ends(overview)}
${pkb(overview)}`,
  );
}

/** The answer in a minute: can patients link, and do their grants live? */
function atAGlance({ funnel, counts, days }: Overview): Html {
  const reached = (step: string) => funnel.steps.find((one) => one.step === step)?.reached ?? 0;
  const links = (which: (line: StoreCounts['links'][number]) => boolean) =>
    counts.links.filter(which).reduce((sum, line) => sum + line.links, 0);
  const count = (which: Parameters<typeof links>[0]) => numbers.format(links(which));
  const unsure = links(({ health }) => health === 'unsure');
  const { deadLetters } = counts;
  return html`<ul class="counts">
<li><b>${share(reached('confirmed'), reached('asked'))}</b>of those who left for PKB in ${PERIODS[days]} have confirmed</li>
<li><b>${count(({ state }) => state === 'active')}</b>active links</li>
<li><b>${count(({ state }) => state === 'reauthorization_required')}</b>links that wait for their patient to grant again</li>
<li class="${unsure > 0 ? 'trouble' : ''}"><b>${numbers.format(unsure)}</b>unsure grants: a refresh was never answered</li>
<li class="${deadLetters > 0 ? 'trouble' : ''}"><b>${numbers.format(deadLetters)}</b>${deadLetters > 0 ? html`<a href="/admin/dead-letters">dead letters</a>` : 'dead letters'}</li>
</ul>`;
}

function onTheWay({ days, funnel }: Overview): Html {
  const [first] = funnel.steps;
  const all = first?.reached ?? 0;
  const label = labelOf(days);
  return html`<h2>Patients on the way to a link</h2>
<nav aria-label="Period"><ul class="places">${([1, 7, 30] as const).map(
    (one) =>
      html`<li><a href="/admin?days=${one}"${one === days ? html` aria-current="page"` : ''}>${PERIODS[one]}</a></li>`,
  )}</ul></nav>
<p>Attempts that began since ${moment(funnel.from)}. An attempt at a page of the app itself begins when the patient leaves for PKB.</p>
${table(
  'How far they came',
  [
    { name: 'Step' },
    { name: 'Came so far', number: true },
    { name: 'Of those who started', bar: true },
    { name: 'Of the step before', number: true },
    { name: 'Came no further, and why' },
    { name: 'Still here', number: true },
  ],
  funnel.steps.map(({ step, reached, lost, underWay }, place) => [
    STEPS[step],
    reached,
    bar(reached, all),
    place === 0 ? '' : share(reached, funnel.steps[place - 1]?.reached ?? 0),
    html`<ul>${lost.map(({ ending, attempts }) => html`<li>${numbers.format(attempts)} ${endingOf(ending).why}</li>`)}</ul>`,
    step === 'confirmed' ? '' : underWay,
  ]),
)}
${columns(
  'Attempts over time',
  ['started', 'confirmed'],
  funnel.periods.map(({ from, reached }) => ({
    label: label(from),
    values: [reached.started, reached.confirmed],
  })),
)}
<details><summary>The numbers over time</summary>
${table(
  'Attempts over time, by when they began',
  [{ name: days === 1 ? 'Hour' : 'Day' }, ...Object.values(STEPS).map((name) => ({ name, number: true }))],
  funnel.periods.map(({ from, reached }) => [label(from), ...Object.values(reached)]),
)}</details>`;
}

function grants({ counts }: Overview): Html {
  const all = counts.links.reduce((sum, { links }) => sum + links, 0);
  return html`<h2>Grants</h2>
${
  all === 0
    ? html`<p>There are no links yet.</p>`
    : table(
        'Links by state and health, now',
        [
          { name: 'State' },
          { name: 'Health' },
          { name: 'Links', number: true },
          { name: 'Of all', bar: true },
        ],
        counts.links.map(({ state, health, links }) => [
          STATES[state].name,
          html`${health}: ${HEALTHS[health]}`,
          links,
          bar(links, all),
        ]),
      )
}`;
}

function ends({ now, sessionEnds }: Overview): Html {
  // Every day of the thirty, so that the distance to an end can be seen.
  const byDay = new Map(THIRTY.map((day) => [dayOf(new Date(now.getTime() + day * DAY_MS)), 0]));
  for (const { hour, links } of sessionEnds) byDay.set(dayOf(hour), (byDay.get(dayOf(hour)) ?? 0) + links);
  const days = [...byDay].map(([label, links]) => ({ label, values: [links] }));
  return html`<h2>API sessions about to end</h2>
${
  sessionEnds.length === 0
    ? html`<p>None is known to end within 30 days. An end is known once it is near: see “Keep grants that nobody uses” in docs/operating.md.</p>`
    : html`<p>These patients must grant again by then. The app was told (<code>link.session_ending</code>).</p>
${columns('Links whose API session ends within 30 days', ['links'], days)}
${table(
  'Links whose API session ends, by day',
  [{ name: 'Day' }, { name: 'Links', number: true }],
  [...byDay].filter(([, links]) => links > 0),
)}`
}`;
}

function pkb({ figures }: Overview): Html {
  const refreshes = figures.refreshes.reduce((sum, { count }) => sum + count, 0);
  return html`<h2>PKB, as this process sees it</h2>
<p>Since this process began, ${moment(figures.since)}. Other processes have counts of their own; your monitoring adds them up.</p>
${table(
  'Refreshes by outcome',
  [{ name: 'Outcome' }, { name: 'Refreshes', number: true }, { name: 'Of all', bar: true }],
  figures.refreshes.map(({ outcome, count }) => [outcome, count, bar(count, refreshes)]),
)}
${
  figures.upstream.length === 0
    ? html`<p>PKB has not been asked for anything yet.</p>`
    : table(
        'Requests to PKB',
        [
          { name: 'Endpoint' },
          { name: 'Requests', number: true },
          { name: 'No answer or 5xx', number: true },
          { name: '4xx', number: true },
          { name: 'On average', number: true },
          { name: '95 of 100 within', number: true },
        ],
        figures.upstream.map(({ endpoint, requests, failed, refused, meanSeconds, within95Seconds }) => [
          endpoint,
          requests,
          `${failed} (${share(failed, requests)})`,
          refused,
          `${meanSeconds.toFixed(2)} s`,
          within95Seconds === undefined ? 'over 30 s' : `${within95Seconds} s`,
        ]),
      )
}`;
}

/** In whole hundredths, rounded down: 100 % is all of them. */
function share(part: number, whole: number): string {
  return whole === 0 ? '-' : `${Math.floor((100 * part) / whole)} %`;
}

const inLondon = { timeZone: 'Europe/London' } as const;
const hours = new Intl.DateTimeFormat('en-GB', {
  ...inLondon,
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
});
const days = new Intl.DateTimeFormat('en-GB', {
  ...inLondon,
  weekday: 'short',
  day: 'numeric',
  month: 'short',
});

function labelOf(period: FunnelDays): (from: Date) => string {
  return (from) => (period === 1 ? hours : days).format(from);
}

function dayOf(instant: Date): string {
  return days.format(instant);
}
