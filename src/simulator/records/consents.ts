/** Who may see which parts of the record: the team and those who care for the patient; nobody where sharing is disabled. */

import { careOf, day, privacyCoding, privacyLabels } from './elements.ts';
import type { RecordContext, Resource } from './resource.ts';

export function consents(context: RecordContext): readonly Resource[] {
  const { person, directory } = context;
  if (person.sharingDisabled) return [];
  const carers = person.carers
    .map((userId) => directory.byUserId(userId))
    .filter((carer) => carer !== undefined)
    .map((carer) => ({ reference: `Patient/${carer.publicId}` }));
  return [careOf(context).team, ...carers].map((grantee, n) => {
    const drawn = context.chance('Consent', n);
    const labels = privacyLabels.filter((label) => label === 'GENERAL_HEALTH' || drawn.percent(60));
    return {
      resourceType: 'Consent',
      id: context.id('Consent', n),
      status: 'active',
      patient: context.subject,
      dateTime: day(400 + drawn.number(900)),
      consentingParty: [context.subject],
      actor: [
        {
          role: { coding: [{ system: 'http://hl7.org/fhir/v3/ParticipationType', code: 'IRCP' }] },
          reference: grantee,
        },
      ],
      policyRule: 'http://hl7.org/fhir/ConsentPolicy/opt-in',
      except: [{ type: 'permit', securityLabel: labels.map(privacyCoding) }],
    };
  });
}
