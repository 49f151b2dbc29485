import type { App } from '../app.ts';
import { ATTEMPT_STEPS, type AttemptStep, type AttemptTally } from '../storage/console.ts';

export const FUNNEL_DAYS = [1, 7, 30] as const;
export type FunnelDays = (typeof FUNNEL_DAYS)[number];

/** PKB's patients are in the United Kingdom: their days and hours are those of London. */
const TIME_ZONE = 'Europe/London';
const HOUR_MS = 60 * 60 * 1000;

export interface FunnelStep {
  readonly step: AttemptStep;
  /** How many attempts came at least so far. */
  readonly reached: number;
  /** How many came no further and will not, by why. The most frequent first. */
  readonly lost: readonly { readonly ending: string; readonly attempts: number }[];
  /** How many are here and may still go on. */
  readonly underWay: number;
}

export interface FunnelPeriod {
  /** When the hour or the day began. */
  readonly from: Date;
  readonly reached: Readonly<Record<AttemptStep, number>>;
}

export interface Funnel {
  readonly from: Date;
  readonly to: Date;
  readonly steps: readonly FunnelStep[];
  /** Every hour of a day, every day of more, also where nobody came. */
  readonly periods: readonly FunnelPeriod[];
}

/**
 * How far patients came who began in the last 24 hours, or on the last 7 or 30 days with today: each attempt counts in the
 * period in which it began, however much later it ended.
 */
export async function funnel(
  app: Pick<App, 'store' | 'now'>,
  { days }: { readonly days: FunnelDays },
): Promise<Funnel> {
  const to = app.now();
  const beginnings = days === 1 ? lastHours(to, 24) : lastDays(to, days);
  const [from = to] = beginnings;
  // To the end of this hour: what begins while we count is in it.
  const tallies = await app.store.countAttempts({ from, to: new Date(to.getTime() + HOUR_MS) });
  return {
    from,
    to,
    steps: ATTEMPT_STEPS.map((step) => stepOf(tallies, step)),
    periods: beginnings.map((beginning, place) => {
      const end = beginnings[place + 1];
      const own = tallies.filter(({ hour }) => hour >= beginning && (end === undefined || hour < end));
      const reached = ATTEMPT_STEPS.map((step) => [step, stepOf(own, step).reached]);
      return { from: beginning, reached: Object.fromEntries(reached) };
    }),
  };
}

function stepOf(tallies: readonly AttemptTally[], step: AttemptStep): FunnelStep {
  const place = ATTEMPT_STEPS.indexOf(step);
  const here = tallies.filter((tally) => tally.step === step);
  const lost = new Map<string, number>();
  for (const { ending, attempts } of here) {
    if (ending !== undefined) lost.set(ending, (lost.get(ending) ?? 0) + attempts);
  }
  return {
    step,
    reached: sum(tallies.filter((tally) => ATTEMPT_STEPS.indexOf(tally.step) >= place)),
    lost: [...lost]
      .map(([ending, attempts]) => ({ ending, attempts }))
      .sort((one, other) => other.attempts - one.attempts || (one.ending < other.ending ? -1 : 1)),
    underWay: step === 'confirmed' ? 0 : sum(here.filter(({ ending }) => ending === undefined)),
  };
}

function sum(tallies: readonly AttemptTally[]): number {
  return tallies.reduce((total, { attempts }) => total + attempts, 0);
}

function lastHours(now: Date, hours: number): readonly Date[] {
  const last = Math.floor(now.getTime() / HOUR_MS) * HOUR_MS;
  return Array.from({ length: hours }, (_, ago) => new Date(last - ago * HOUR_MS)).reverse();
}

/** London's days begin with an hour of UTC, in summer with another one than in winter. */
function lastDays(now: Date, days: number): readonly Date[] {
  const hours = lastHours(now, (days + 1) * 25);
  const midnights = hours.filter(
    (hour, place) => place > 0 && dayOf(hour) !== dayOf(hours[place - 1] as Date),
  );
  return midnights.slice(-days);
}

const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: TIME_ZONE, dateStyle: 'short' });

/** `2026-11-24`. */
function dayOf(instant: Date): string {
  return calendar.format(instant);
}
