/** Letters about the patient. Each holds its text, so that there is nothing more to fetch. */

import { careOf, instant, meta, several, someLabel } from './elements.ts';
import type { RecordContext, Resource } from './resource.ts';

const titles = ['Clinic letter', 'Discharge summary', 'Care plan', 'Referral letter'];

export function documentReferences(context: RecordContext): readonly Resource[] {
  const { team, professional } = careOf(context);
  return several(context, 'DocumentReference', { from: 0, to: 7 }, (drawn, n) => {
    const title = drawn.oneOf(titles);
    const daysBefore = n * 45 + drawn.number(45);
    const text = `${title} of ${instant(daysBefore).slice(0, 10)}. This is an invented document about an invented person.`;
    return {
      meta: meta(someLabel(drawn)),
      status: 'current',
      docStatus: drawn.percent(90) ? 'final' : 'preliminary',
      type: { text: title },
      subject: context.subject,
      created: instant(daysBefore),
      indexed: instant(daysBefore, 90),
      author: [professional],
      custodian: team,
      description: title,
      content: [
        {
          attachment: {
            contentType: 'text/plain',
            title,
            size: Buffer.byteLength(text),
            data: Buffer.from(text).toString('base64'),
          },
        },
      ],
    };
  });
}
