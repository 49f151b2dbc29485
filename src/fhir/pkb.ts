/** Reads the Facade FHIR API, STU3 (PKB, "Facade"). */

import { FaultError, IdentityConflictError } from '../errors.ts';
import { asPublicId, type PublicId } from '../model.ts';
import { apiRefusal } from '../provider/refusals.ts';
import { type Answer, fields, readAnswer, type Send } from '../provider/upstream.ts';
import { fhirClient } from './client.ts';
import type { Fhir } from './fhir.ts';
import { readPatient } from './patient.ts';
import { readPurview } from './purview.ts';

const JSON_HEADERS = { accept: 'application/fhir+json' };

/** @param baseUrl for instance `https://sandbox.patientsknowbest.com/fhir`, without a slash at the end. */
export function createFhir(baseUrl: string, now: () => Date): Fhir {
  // UPSTREAM: the verb of $purview is not documented. It reads only, so GET first; what works is remembered.
  let purviewVerb: 'GET' | 'POST' = 'GET';

  async function purviewBy(send: Send, verb: 'GET' | 'POST'): Promise<Answer> {
    return readAnswer(
      await send(
        `${baseUrl}/Consent/$purview`,
        verb === 'GET'
          ? { headers: JSON_HEADERS }
          : {
              method: 'POST',
              headers: { ...JSON_HEADERS, 'content-type': 'application/fhir+json' },
              body: JSON.stringify({ resourceType: 'Parameters' }),
            },
      ),
    );
  }

  return {
    client: (send, patient) => fhirClient({ send, baseUrl, patient, now }),

    async purview(send): Promise<PublicId> {
      let answer = await purviewBy(send, purviewVerb);
      if (answer.status === 405 || answer.status === 400) {
        const otherVerb = purviewVerb === 'GET' ? 'POST' : 'GET';
        const second = await purviewBy(send, otherVerb);
        if (ok(second)) purviewVerb = otherVerb;
        answer = second;
      }
      return readPurview(resource(answer, 'Parameters', now()), baseUrl);
    },

    async patient(send, publicId) {
      const answer = await readAnswer(
        await send(`${baseUrl}/Patient/${publicId}`, { headers: JSON_HEADERS }),
      );
      const body = resource(answer, 'Patient', now());
      // The wrong record must never be shown for the right one, whoever mixed them up.
      if (typeof body.id !== 'string' || asPublicId(body.id) !== publicId) {
        throw new IdentityConflictError('different-patient', 'PKB answered with another Patient');
      }
      return readPatient(body);
    },
  };
}

function resource(answer: Answer, type: string, now: Date): Readonly<Record<string, unknown>> {
  const body = fields(answer.json);
  if (ok(answer) && body.resourceType === type) return body;
  throw (
    (ok(answer) ? undefined : apiRefusal(answer, now)) ??
    new FaultError('unexpected-response', `the Facade answered ${answer.status}, without a ${type}`)
  );
}

function ok(answer: Answer): boolean {
  return answer.status >= 200 && answer.status <= 299;
}
