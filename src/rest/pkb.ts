/** Reads PKB's Custom REST API (PKB, "Patient Identifier and Demographic Retrieval"). */

import { FaultError } from '../errors.ts';
import { apiRefusal } from '../provider/refusals.ts';
import { fields, readAnswer } from '../provider/upstream.ts';
import { restClient } from './client.ts';
import type { Rest } from './rest.ts';
import { readSelf } from './self.ts';

/** @param baseUrl for instance `https://sandbox.patientsknowbest.com/json`, without a slash at the end. */
export function createRest(baseUrl: string, now: () => Date): Rest {
  return {
    client: (send) => restClient({ send, baseUrl, now }),

    async self(send) {
      const answer = await readAnswer(
        await send(`${baseUrl}/users/self`, { headers: { accept: 'application/json' } }),
      );
      const body = fields(answer.json);
      if (answer.status === 200 && Object.keys(body).length > 0) return readSelf(body);
      throw (
        (answer.status === 200 ? undefined : apiRefusal(answer, now())) ??
        new FaultError('unexpected-response', `/users/self answered ${answer.status}, without a person`)
      );
    },
  };
}
