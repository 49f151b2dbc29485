const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

/** `2000-01-31` as people read it, "31 January 2000". Any other text is given back: PKB's word is better than none. */
export function plainDate(date: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(date) ?? [];
  const name = MONTHS[Number(month) - 1];
  return year === undefined || name === undefined ? date : `${Number(day)} ${name} ${year}`;
}
