/** When the patient is to be seen, and when they were. */

import { careOf, instant, meta, several, someLabel } from './elements.ts';
import type { RecordContext, Resource } from './resource.ts';

const reasons = ['Clinic review', 'Blood test', 'Telephone review', 'X-ray', 'Annual check'];

export function appointments(context: RecordContext): readonly Resource[] {
  const { professional } = careOf(context);
  return several(context, 'Appointment', { from: 1, to: 8 }, (drawn, n) => {
    const daysBefore = (n - 2) * 40 + drawn.number(40);
    const minutes = drawn.number(32) * 15;
    return {
      meta: meta(someLabel(drawn)),
      status: daysBefore < 0 ? 'booked' : drawn.oneOf(['fulfilled', 'fulfilled', 'cancelled', 'noshow']),
      description: drawn.oneOf(reasons),
      start: instant(daysBefore, minutes),
      end: instant(daysBefore, minutes + 15),
      participant: [
        { actor: context.subject, status: 'accepted' },
        { actor: professional, status: 'accepted' },
      ],
    };
  });
}

export function encounters(context: RecordContext): readonly Resource[] {
  const { team, professional } = careOf(context);
  return several(context, 'Encounter', { from: 0, to: 6 }, (drawn, n) => {
    const daysBefore = n * 60 + drawn.number(60);
    const minutes = drawn.number(480);
    return {
      meta: meta(someLabel(drawn)),
      status: 'finished',
      class: { system: 'http://hl7.org/fhir/v3/ActCode', code: 'AMB', display: 'ambulatory' },
      subject: context.subject,
      participant: [{ individual: professional }],
      period: { start: instant(daysBefore, minutes), end: instant(daysBefore, minutes + 30) },
      reason: [{ text: drawn.oneOf(reasons) }],
      serviceProvider: team,
    };
  });
}
