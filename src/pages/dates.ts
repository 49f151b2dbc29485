import type { Language } from './texts.ts';

const LOCALE: Readonly<Record<Language, string>> = { en: 'en-GB', cy: 'cy' };

/** PKB's patients are in the United Kingdom; the servers of an app may be anywhere. */
const TIME_ZONE = 'Europe/London';

/** `2000-01-31` as people read it, "31 January 2000". Any other text is given back: PKB's word is better than none. */
export function dateInWords(language: Language, date: string): string {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(date) ? new Date(date) : undefined;
  // The engine rolls 31 February over to March.
  if (!day || Number.isNaN(day.getTime()) || !day.toISOString().startsWith(date)) return date;
  return new Intl.DateTimeFormat(LOCALE[language], { dateStyle: 'long', timeZone: 'UTC' }).format(day);
}

/** The day of an instant, "31 January 2000". */
export function dayOf(language: Language, instant: Date): string {
  return new Intl.DateTimeFormat(LOCALE[language], { dateStyle: 'long', timeZone: TIME_ZONE }).format(
    instant,
  );
}

/** Day and time of an instant, "31 January 2000 at 14:05". */
export function momentOf(language: Language, instant: Date): string {
  return new Intl.DateTimeFormat(LOCALE[language], {
    dateStyle: 'long',
    timeStyle: 'short',
    timeZone: TIME_ZONE,
  }).format(instant);
}

/** "60 minutes", "1 minute". */
export function minutesInWords(language: Language, minutes: number): string {
  const style = { style: 'unit', unit: 'minute', unitDisplay: 'long' } as const;
  return new Intl.NumberFormat(LOCALE[language], style).format(minutes);
}
