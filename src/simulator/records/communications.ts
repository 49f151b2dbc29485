/** Messages from the patient's team. */

import { careOf, instant, meta, several, someLabel } from './elements.ts';
import type { RecordContext, Resource } from './resource.ts';

const messages = [
  'Your blood test results are back. They are as expected.',
  'Please book a review before your medicines run out.',
  'Your next appointment has been moved. The new time is in your calendar.',
  'Thank you for the readings that you sent.',
];

export function communications(context: RecordContext): readonly Resource[] {
  const { professional } = careOf(context);
  return several(context, 'Communication', { from: 0, to: 6 }, (drawn, n) => ({
    meta: meta(someLabel(drawn)),
    status: 'completed',
    subject: context.subject,
    recipient: [context.subject],
    sent: instant(n * 30 + drawn.number(30), drawn.number(480)),
    sender: professional,
    payload: [{ contentString: drawn.oneOf(messages) }],
  }));
}
