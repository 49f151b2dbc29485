/** Whether PKB's clock and ours agree: its answers carry a `Date` (RFC 9110 section 6.6.1). Harmless, and worth knowing. */

import type { Alarm } from './gate.ts';

/** Less than this, in milliseconds, is the age of the answer and the second that `Date` leaves out. */
const TOLERANCE_MS = 60_000;

/** @returns a function to call with each answer's headers and the instants between which it was made */
export function createSkewWatch(alarm: Alarm): (headers: Headers, sent: Date, answered: Date) => void {
  let wrong = false;
  return (headers, sent, answered) => {
    const theirs = Date.parse(headers.get('date') ?? '');
    if (Number.isNaN(theirs)) return;
    const ahead =
      theirs < sent.getTime() ? theirs - sent.getTime() : Math.max(0, theirs - answered.getTime());
    const isWrong = Math.abs(ahead) > TOLERANCE_MS;
    if (isWrong === wrong) return;
    wrong = isWrong;
    alarm(wrong ? 'alarm.raised' : 'alarm.over', { code: 'clock-skew', seconds: Math.round(ahead / 1000) });
  };
}
