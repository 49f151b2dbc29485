const EXIT_CODES: ReadonlyMap<string, number> = new Map([
  ['InvalidRequestError', 2],
  ['AuthorizationError', 3],
  ['ReauthorizationRequired', 3],
  ['UpstreamUnavailableError', 4],
  ['AccessRefusedError', 5],
  ['IdentityConflictError', 6],
  ['ConfigurationError', 78],
]);

/**
 * The exit code that tells who must act next: 2 the caller, 3 the patient, 4 wait, 5 PKB refuses, 6 the partner's
 * support, 78 the operator (`EX_CONFIG`), 1 for all else, which is our fault.
 *
 * @param failureClass a failure's `name`, which is also the `class` of the log line about it
 */
export function exitCode(failureClass: string): number {
  return EXIT_CODES.get(failureClass) ?? 1;
}
