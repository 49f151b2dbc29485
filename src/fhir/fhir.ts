/** The patient's side of PKB's Facade FHIR API (STU3). Flow knows this file and none of those beside it. */

import type { Demographics, PublicId } from '../model.ts';
import type { Send } from '../provider/upstream.ts';

export interface Fhir {
  /**
   * Whose record the token sees: `Consent/$purview`.
   * @throws IdentityConflictError `not-a-patient` where the answer is anything but one `Patient/<uuid>` of this server;
   * otherwise the failures of `provider/refusals.ts`
   */
  purview(send: Send): Promise<PublicId>;

  /** `Patient/<public id>`: the part of the demographics that FHIR tells. */
  patient(send: Send, publicId: PublicId): Promise<FhirPatient>;
}

/** What we read of a STU3 Patient. */
export type FhirPatient = Pick<
  Demographics,
  'title' | 'givenNames' | 'familyName' | 'birthDate' | 'deceased' | 'identifiers'
>;
