/**
 * The resources that PKB's live capability statement lists (read on 2026-07-21), in its own words: the words say what a
 * search may and must have, and `search-rules.ts` reads them. `Person` is left out, as it has nothing a patient may use.
 */

export interface SearchParameter {
  readonly name: string;
  readonly type: 'date' | 'reference' | 'string' | 'token';
  readonly documentation: string;
}

export interface StatementResource {
  readonly type: string;
  readonly profile: { readonly reference: string };
  readonly interaction: readonly { readonly code: 'read' | 'search-type' }[];
  readonly searchInclude?: readonly string[];
  readonly searchParam?: readonly SearchParameter[];
}

export const statementResources: readonly StatementResource[] = [
  {
    type: 'Appointment',
    profile: { reference: 'http://hl7.org/fhir/Profile/Appointment' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Required. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'date',
        type: 'date',
        documentation:
          'Optional. Multi-value support: AND. Modifier support: none. Prefix support: [eq, gt, lt, ge, le].',
      },
    ],
  },
  {
    type: 'Communication',
    profile: { reference: 'http://hl7.org/fhir/Profile/Communication' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Required. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'sent',
        type: 'date',
        documentation:
          'Optional. Multi-value support: AND. Modifier support: none. Prefixes supported: [eq, gt, lt, ge, le].',
      },
    ],
  },
  {
    type: 'Consent',
    profile: { reference: 'http://hl7.org/fhir/Profile/Consent' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Required. Multi-value support: none. Modifier support: [<type>].',
      },
    ],
  },
  {
    type: 'DiagnosticReport',
    profile: { reference: 'http://hl7.org/fhir/Profile/DiagnosticReport' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'category',
        type: 'token',
        documentation: 'Required. Multi-value support: none. Modifier support: none.',
      },
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Required. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'date',
        type: 'date',
        documentation:
          'Optional. Multi-value support: AND. Modifier support: none. Prefix support: [eq, gt, lt, ge, le].',
      },
    ],
  },
  {
    type: 'DocumentReference',
    profile: { reference: 'http://hl7.org/fhir/Profile/DocumentReference' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'created',
        type: 'date',
        documentation:
          'Conditional. Multi-value support: AND. Modifier support: none. Prefix support: [eq, gt, lt, ge, le].',
      },
      {
        name: 'document-status',
        type: 'token',
        documentation:
          'Optional. Multi-value support: none. Modifier support: none. Definition: http://fhir.patientsknowbest.com/searchparameter/document-status',
      },
      {
        name: 'indexed',
        type: 'date',
        documentation:
          'Conditional. Multi-value support: none. Modifier support: none. Prefix support: [eq].',
      },
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Conditional. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'source-organisation',
        type: 'reference',
        documentation:
          'Optional. Multi-value support: none. Modifier support: [<type>]. Definition: http://fhir.patientsknowbest.com/searchparameter/source-organisation',
      },
    ],
  },
  {
    type: 'Encounter',
    profile: { reference: 'http://hl7.org/fhir/Profile/Encounter' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Required. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'date',
        type: 'date',
        documentation:
          'Optional. Multi-value support: AND. Modifier support: none. Prefix support: [gt, lt, eq].',
      },
    ],
  },
  {
    type: 'NamingSystem',
    profile: { reference: 'http://hl7.org/fhir/Profile/NamingSystem' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'value',
        type: 'string',
        documentation: 'Required. Multi-value support: none. Modifier support: [exact].',
      },
    ],
  },
  {
    type: 'Observation',
    profile: { reference: 'http://hl7.org/fhir/Profile/Observation' },
    interaction: [{ code: 'search-type' }],
    searchParam: [
      {
        name: 'category',
        type: 'token',
        documentation: 'Required. Multi-value support: none. Modifier support: none.',
      },
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Required. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'date',
        type: 'date',
        documentation:
          'Optional. Multi-value support: AND. Modifier support: none. Prefix support: [eq, gt, lt, ge, le].',
      },
    ],
  },
  {
    type: 'OperationDefinition',
    profile: { reference: 'http://hl7.org/fhir/Profile/OperationDefinition' },
    interaction: [{ code: 'read' }],
  },
  {
    type: 'Organization',
    profile: { reference: 'http://hl7.org/fhir/Profile/Organization' },
    interaction: [{ code: 'read' }],
  },
  {
    type: 'Patient',
    profile: { reference: 'http://hl7.org/fhir/Profile/Patient' },
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    searchParam: [
      {
        name: 'identifier',
        type: 'token',
        documentation:
          'Required. Multi-value support: none. Modifier support: none. Supported values: [https://fhir.nhs.uk/Id/nhs-number].',
      },
    ],
  },
  {
    type: 'Practitioner',
    profile: { reference: 'http://hl7.org/fhir/Profile/Practitioner' },
    interaction: [{ code: 'read' }],
  },
  {
    type: 'ProcedureRequest',
    profile: { reference: 'http://hl7.org/fhir/Profile/ProcedureRequest' },
    interaction: [{ code: 'read' }],
  },
  {
    type: 'Questionnaire',
    profile: { reference: 'http://hl7.org/fhir/Profile/Questionnaire' },
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    searchParam: [
      {
        name: 'publisher-reference',
        type: 'reference',
        documentation:
          'Optional. Multi-value support: none. Modifier support: none. Definition: http://fhir.patientsknowbest.com/searchparameter/publisher-reference',
      },
    ],
  },
  {
    type: 'QuestionnaireResponse',
    profile: { reference: 'http://hl7.org/fhir/Profile/QuestionnaireResponse' },
    interaction: [{ code: 'search-type' }],
    searchInclude: [
      'QuestionnaireResponse:basedOn:ProcedureRequest',
      'QuestionnaireResponse:subject:Patient',
    ],
    searchParam: [
      {
        name: 'authored',
        type: 'date',
        documentation:
          'Optional. Multi-value support: AND. Modifier support: none. Prefix support: [eq, gt, lt, ge, le].',
      },
      {
        name: 'based-on',
        type: 'reference',
        documentation: 'Optional. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'patient',
        type: 'reference',
        documentation: 'Optional. Multi-value support: none. Modifier support: [<type>].',
      },
      {
        name: 'questionnaire',
        type: 'reference',
        documentation: 'Optional. Multi-value support: none. Modifier support: [<type>].',
      },
    ],
  },
];
