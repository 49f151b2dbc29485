/**
 * What the Facade can be searched by, as its own CapabilityStatement says (STU3 3.0.2): a key for each resource with a
 * `search-type` interaction, and in it each parameter that is listed there.
 */

type Prefixed<Prefix extends string> = `${Prefix | ''}${number}-${string}` | `${Prefix | ''}${number}`;

/** A date or a time (FHIR STU3, "Search": date), with a prefix or without. */
type Dated = Prefixed<'eq' | 'gt' | 'lt' | 'ge' | 'le'>;
type All<Value> = Value | readonly Value[];

export interface SearchParameters {
  readonly Appointment: OfPatient & { readonly date?: All<Dated> };
  readonly Communication: OfPatient & { readonly sent?: All<Dated> };
  readonly Consent: OfPatient;
  /** `category`: a token, `system|code`. */
  readonly DiagnosticReport: OfPatient & { readonly category: string; readonly date?: All<Dated> };
  readonly DocumentReference: OfPatient & {
    readonly created?: All<Dated>;
    readonly 'document-status'?: string;
    readonly indexed?: Prefixed<'eq'>;
    readonly 'source-organisation'?: string;
  };
  readonly Encounter: OfPatient & { readonly date?: All<Prefixed<'gt' | 'lt' | 'eq'>> };
  readonly NamingSystem: { readonly value: string } | { readonly 'value:exact': string };
  /** `category`: for instance `http://fhir.patientsknowbest.com/codesystem/observation-category|LABORATORY`. */
  readonly Observation: OfPatient & { readonly category: string; readonly date?: All<Dated> };
  /** Of all systems PKB takes the NHS number's: `https://fhir.nhs.uk/Id/nhs-number|9990000018`. */
  readonly Patient: { readonly identifier: string };
  readonly Questionnaire: { readonly 'publisher-reference'?: string };
  readonly QuestionnaireResponse: OfPatient & {
    readonly authored?: All<Dated>;
    readonly 'based-on'?: string;
    readonly questionnaire?: string;
    readonly _include?: All<
      'QuestionnaireResponse:basedOn:ProcedureRequest' | 'QuestionnaireResponse:subject:Patient'
    >;
  };
}

export type Searchable = keyof SearchParameters;

/** Where it is left out: the patient whose grant it is. No other is theirs to see. */
interface OfPatient {
  readonly patient?: string;
}

/** The resources with a parameter `patient`: required of all but DocumentReference and QuestionnaireResponse. */
export const SEARCHED_BY_PATIENT: ReadonlySet<Searchable> = new Set([
  'Appointment',
  'Communication',
  'Consent',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'Observation',
  'QuestionnaireResponse',
]);

/**
 * UPSTREAM: `_count` is not in the CapabilityStatement; how PKB pages is not documented. A server that does not know it may
 * leave it out of account (FHIR STU3, "Search": `_count`).
 */
export interface Paging {
  readonly _count?: number;
}
