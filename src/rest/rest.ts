/** PKB's Custom REST API (`/json`). Flow knows this file and none of those beside it. */

import type { Demographics } from '../model.ts';
import type { Send } from '../provider/upstream.ts';

export interface Rest {
  /**
   * The signed-in person: `GET /json/users/self`.
   * @throws IdentityConflictError `not-a-patient` where PKB says the person is none; otherwise the failures of
   * `provider/refusals.ts`
   */
  self(send: Send): Promise<Self>;
}

/** Everything of the demographics but the public id, which `/users/self` does not have. */
export type Self = Omit<Demographics, 'publicId'>;
