/** How sure we are of what cannot be switched, for the start page, the docs and whoever reads a failing test. */

import type { Evidence } from './toggles.ts';

export interface Behaviour {
  readonly what: string;
  readonly evidence: Evidence;
  readonly known: string;
}

export const fixedBehaviours: readonly Behaviour[] = [
  {
    what: 'The authorization request: its parameters, which are required, and a page for a bad one',
    evidence: 'documented',
    known: 'PKB, "Code grant"',
  },
  {
    what: 'The grant page names owner and product and has the buttons "Approve" and "Deny"',
    evidence: 'documented',
    known: 'PKB, "Code grant"',
  },
  {
    what: 'The token answer: its members, and that token_type is Bearer',
    evidence: 'documented',
    known: 'PKB, "Code grant"',
  },
  {
    what: 'The parameters of the token request, and the status of its refusals',
    evidence: 'assumed',
    known: 'RFC 6749',
  },
  {
    what: 'Neither token of an ended API session works',
    evidence: 'documented',
    known: 'PKB, "CS: Response Code"',
  },
  {
    what: 'The response codes and their displays',
    evidence: 'documented',
    known: 'PKB, "CS: Response Code"',
  },
  {
    what: 'The HTTP status of each response code, and where in the OperationOutcome it sits',
    evidence: 'assumed',
    known: 'nothing',
  },
  {
    what: 'Which resources there are, and which search parameters each has and requires',
    evidence: 'observed',
    known: 'the live capability statement',
  },
  { what: 'What a search for anything else is answered', evidence: 'assumed', known: 'nothing' },
  {
    what: 'The answer of $purview',
    evidence: 'documented',
    known: 'PKB, "Patient Identifier and Demographic Retrieval"',
  },
  {
    what: 'The address of $purview, /fhir/Consent/$purview',
    evidence: 'assumed',
    known: 'the id of its definition in the live capability statement, Consent-t-purview',
  },
  {
    what: 'Patient as FHIR STU3, with the public id as its id',
    evidence: 'documented',
    known: 'PKB, "Facade Patient"',
  },
  {
    what: 'Observation: its category system, and that its status is always unknown',
    evidence: 'documented',
    known: 'PKB, "Facade Observation"',
  },
  {
    what: 'The other resources: STU3, but which of its members PKB fills',
    evidence: 'assumed',
    known: 'nothing',
  },
  {
    what: 'Privacy labels: their system and four codes, in meta.security',
    evidence: 'observed',
    known: "PKB's public repositories; where in a resource they sit is assumed",
  },
  {
    what: '/json/users/self: its members and their types',
    evidence: 'documented',
    known: 'PKB, "Patient Identifier and Demographic Retrieval"',
  },
  {
    what: 'The addresses of measurements under /json',
    evidence: 'documented',
    known: 'PKB, "REST API" and "Frequently requested APIs"; their bodies are assumed',
  },
  {
    what: 'An unregistered or deceased person cannot log in',
    evidence: 'documented',
    known: 'PKB, "Entity: Patient"',
  },
  {
    what: 'A frozen patient can still grant; the API then refuses',
    evidence: 'assumed',
    known: 'the response code ACCESS_FROZEN_OUTWARD (PKB, "CS: Response Code")',
  },
  {
    what: 'The ways to register, and that the confirmation e-mail comes before the first log-in',
    evidence: 'documented',
    known: 'PKB, "How to register"; that none leads back to a grant is assumed',
  },
];

/** Open questions that PKB cannot switch: they are about whom a client lets link what, or about where PKB is. */
export const questionsWithoutToggle: readonly {
  readonly question: number;
  readonly what: string;
  readonly how: string;
}[] = [
  {
    question: 21,
    what: 'Two accounts of an app link the same record',
    how: 'log in twice as the same person; `concurrentSessions` says whether the first grant lives on',
  },
  {
    question: 28,
    what: 'Hosts of other environments',
    how: 'the option `origin`, which every address that the simulator tells follows',
  },
];
