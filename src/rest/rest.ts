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

  client(send: Send): RestClient;
}

/**
 * Measurements, in the caller's own types. UPSTREAM: of every body here only that it is JSON is documented.
 *
 * Each throws InvalidRequestError `not-found`, `refused-by-pkb`, `bad-input`; what `request` throws; FaultError
 * `unexpected-response`.
 */
export interface RestClient {
  /** The catalogue: `GET /v2-beta/measurements/apiRefs`. */
  measurementTypes<Types = unknown>(): Promise<Types>;
  /** Current and past ones of the types named: `GET /v2-beta/measurements?apiRefs=`. */
  measurements<Measurements = unknown>(apiRefs: readonly string[]): Promise<Measurements>;
  /** `GET /v1/measurements/byType/{type}`. */
  measurementsOfType<Measurements = unknown>(type: string): Promise<Measurements>;
  /** `POST /v1/measurements`: one for this patient. Sent once, whatever happens. */
  createMeasurement<Created = unknown>(measurement: object): Promise<Created>;
}

/** Everything of the demographics but the public id, which `/users/self` does not have. */
export type Self = Omit<Demographics, 'publicId'>;
