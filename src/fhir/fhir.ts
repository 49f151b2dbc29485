/** The patient's side of PKB's Facade FHIR API (STU3). Flow knows this file and none of those beside it. */

import type { Demographics, PublicId } from '../model.ts';
import type { Send } from '../provider/upstream.ts';
import type { Paging, Searchable, SearchParameters } from './search-parameters.ts';

export interface Fhir {
  /**
   * Whose record the token sees: `Consent/$purview`.
   * @throws IdentityConflictError `not-a-patient` where the answer is anything but one `Patient/<uuid>` of this server;
   * otherwise the failures of `provider/refusals.ts`
   */
  purview(send: Send): Promise<PublicId>;

  /** `Patient/<public id>`: the part of the demographics that FHIR tells. */
  patient(send: Send, publicId: PublicId): Promise<FhirPatient>;

  /** @param patient the public id of the patient whose record it is, asked for where a search needs it. */
  client(send: Send, patient: () => Promise<PublicId>): FhirClient;
}

/** What we read of a STU3 Patient. */
export type FhirPatient = Pick<
  Demographics,
  'title' | 'givenNames' | 'familyName' | 'birthDate' | 'deceased' | 'identifiers'
>;

/** What all resources share. For the rest use your own types, for instance those of `@types/fhir`. */
export interface Resource {
  readonly resourceType: string;
  readonly id?: string;
}

export interface Bundle<R extends Resource = Resource> extends Resource {
  readonly resourceType: 'Bundle';
  readonly total?: number;
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
  readonly entry?: readonly {
    readonly fullUrl?: string;
    readonly resource?: R;
    readonly search?: { readonly mode?: 'match' | 'include' | 'outcome' };
  }[];
}

export interface Reference {
  readonly reference?: string;
}

export interface FhirClient {
  /**
   * `GET [base]/{type}/{id}`.
   * @throws InvalidRequestError `not-found`, `refused-by-pkb` (its `outcome` is PKB's OperationOutcome), `bad-input`; what
   * `request` throws; FaultError `unexpected-response` where the answer is no such resource
   */
  read<R extends Resource>(type: R['resourceType'], id: string): Promise<R>;

  /** What was found, page after page, each page asked for when it is wanted. @throws as `read` */
  search<R extends Resource, Type extends Searchable = Searchable>(
    type: Type,
    parameters: SearchParameters[Type] & Paging,
  ): AsyncGenerator<R, void>;

  /** The pages themselves: with the total, what was included, and PKB's remarks on the search. @throws as `read` */
  pages<R extends Resource, Type extends Searchable = Searchable>(
    type: Type,
    parameters: SearchParameters[Type] & Paging,
  ): AsyncGenerator<Bundle<R>, void>;

  /**
   * The resource that a reference names: contained in `within`, an entry of it where it is a Bundle, or read from PKB.
   * @throws as `read`; InvalidRequestError `bad-input` where the reference is to another server or names none
   */
  resolve<R extends Resource>(reference: Reference, within?: Resource): Promise<R>;
}
