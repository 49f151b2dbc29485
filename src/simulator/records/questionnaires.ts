/** Questionnaires that every team has, the requests to fill one in, and what the patient answered. */

import { hashText, uuidFor } from '../people/random.ts';
import { careOf, instant, several } from './elements.ts';
import type { RecordContext, Resource } from './resource.ts';

/** UPSTREAM: not documented: how a questionnaire names its publisher by reference. */
export const PUBLISHER = 'http://fhir.patientsknowbest.com/structuredefinition/publisher-reference';

interface Asked {
  readonly title: string;
  readonly questions: readonly string[];
}

const asked: readonly Asked[] = [
  { title: 'How are you today?', questions: ['How well do you feel?', 'How well did you sleep?'] },
  { title: 'Before your clinic', questions: ['How much pain do you have?', 'How easily do you get about?'] },
];

const answers = ['Very well', 'Well', 'Not so well', 'Badly'];

/** @param publisher reference to an Organization */
export function questionnaires(publisher: string): readonly Resource[] {
  return asked.map(({ title, questions }, n) => ({
    resourceType: 'Questionnaire',
    id: questionnaireId(n),
    extension: [{ url: PUBLISHER, valueReference: { reference: publisher } }],
    status: 'active',
    title,
    date: '2025-04-01',
    subjectType: ['Patient'],
    item: questions.map((text, at) => ({
      linkId: String(at + 1),
      text,
      type: 'choice',
      option: answers.map((valueString) => ({ valueString })),
    })),
  }));
}

function questionnaireId(n: number): string {
  return uuidFor(hashText('Questionnaire'), n);
}

export function procedureRequests(context: RecordContext): readonly Resource[] {
  const { team } = careOf(context);
  return several(context, 'ProcedureRequest', { from: 0, to: 4 }, (drawn, n) => ({
    status: n === 0 ? 'active' : 'completed',
    intent: 'order',
    code: { text: `Please fill in: ${asked[n % asked.length]?.title}` },
    subject: context.subject,
    authoredOn: instant(n * 50 + drawn.number(50)),
    requester: { agent: team },
  }));
}

/** An answer to every request but the newest. */
export function questionnaireResponses(context: RecordContext): readonly Resource[] {
  return procedureRequests(context)
    .slice(1)
    .map((request, n) => {
      const drawn = context.chance('QuestionnaireResponse', n);
      const which = (n + 1) % asked.length;
      return {
        resourceType: 'QuestionnaireResponse',
        id: context.id('QuestionnaireResponse', n),
        basedOn: [{ reference: `ProcedureRequest/${request.id}` }],
        questionnaire: { reference: `Questionnaire/${questionnaireId(which)}` },
        status: 'completed',
        subject: context.subject,
        authored: request.authoredOn,
        source: context.subject,
        item: asked[which]?.questions.map((text, at) => ({
          linkId: String(at + 1),
          text,
          answer: [{ valueString: drawn.oneOf(answers) }],
        })),
      };
    });
}
