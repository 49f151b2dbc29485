/** FHIR STU3 OperationOutcome, carrying PKB's response code where there is one (PKB, "CS: Response Code"). */

import { type ResponseCode, responseCodes } from './response-code.ts';

const SYSTEM = 'http://fhir.patientsknowbest.com/codesystem/response-code';

/** UPSTREAM: not documented where in the resource the code sits; `issue.details` is what FHIR has for it. */
export function codedOutcome(code: ResponseCode): object {
  const { display, issue } = responseCodes[code];
  return outcome({ code: issue, details: { coding: [{ system: SYSTEM, code, display }] } });
}

/** @param issue FHIR STU3 IssueType, for instance `not-found` */
export function plainOutcome(issue: string, diagnostics: string): object {
  return outcome({ code: issue, diagnostics });
}

function outcome(issue: object): object {
  return { resourceType: 'OperationOutcome', issue: [{ severity: 'error', ...issue }] };
}
