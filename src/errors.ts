/**
 * The failures, classed by who must act next. Imports nothing.
 *
 * A message never carries a secret or a person. `cause` is kept for a debugger; it is never logged or shown.
 */

export type InvalidRequestCode =
  | 'bad-input'
  | 'unknown-link'
  | 'unknown-authorization'
  | 'not-found'
  | 'refused-by-pkb'
  | 'unknown-link-session'
  | 'wrong-completion'
  | 'return-to-not-allowed';

export type AuthorizationCode =
  | 'access-denied'
  | 'state-unknown'
  | 'state-used'
  | 'state-expired'
  | 'different-browser'
  | 'different-account'
  | 'code-rejected'
  | 'exchange-interrupted'
  | 'link-session-expired'
  | 'link-session-used'
  | 'proposal-expired';

export type ReauthorizationCode =
  | 'api-session-expired'
  | 'api-session-invalid'
  | 'refresh-token-rejected'
  | 'no-refresh-token';

export type AccessRefusedCode = 'access-frozen' | 'access-refused' | 'user-type-not-permitted';

export type IdentityConflictCode =
  | 'not-a-patient'
  | 'linked-to-another-account'
  | 'different-patient'
  | 'demographics-mismatch';

export type UpstreamUnavailableCode =
  | 'network'
  | 'timeout'
  | 'server-error'
  | 'rate-limited'
  | 'grants-ending';

export type ConfigurationCode =
  | 'bad-configuration'
  | 'invalid-client'
  | 'redirect-uri-not-registered'
  | 'authorization-request-rejected'
  | 'no-encryption-key'
  | 'store-unusable';

export type FaultCode =
  | 'unexpected-response'
  | 'refresh-not-saved'
  | 'seal-unreadable'
  | 'audit-trail-broken'
  | 'store-unavailable'
  | 'unforeseen';

export type FailureCode =
  | InvalidRequestCode
  | AuthorizationCode
  | ReauthorizationCode
  | AccessRefusedCode
  | IdentityConflictCode
  | UpstreamUnavailableCode
  | ConfigurationCode
  | FaultCode;

/** What all failures share. Catch a class to know who acts, read `code` to know why. */
export abstract class Failure<Code extends FailureCode = FailureCode> extends Error {
  readonly code: Code;

  constructor(code: Code, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The caller acts. Nothing was changed. */
export class InvalidRequestError extends Failure<InvalidRequestCode> {
  /** The parameter at fault, by the name it has on the wire it came by. */
  readonly field: string | undefined;
  /** What PKB said about the request, where it was PKB that refused it: an OperationOutcome, as it came. */
  readonly outcome: unknown;

  constructor(
    code: InvalidRequestCode,
    message: string,
    options: { readonly cause?: unknown; readonly field?: string; readonly outcome?: unknown } = {},
  ) {
    super(code, message, options);
    this.field = options.field;
    this.outcome = options.outcome;
  }
}

/** The patient acts, now: the pending authorization is gone and they start again. */
export class AuthorizationError extends Failure<AuthorizationCode> {}

/** The patient acts when they can. The only failure that ends a grant. */
export class ReauthorizationRequired extends Failure<ReauthorizationCode> {}

/** PKB refuses for now. Tokens are kept, the link is suspended. */
export class AccessRefusedError extends Failure<AccessRefusedCode> {}

/** The partner's support acts. Nothing new is linked, an old link is kept. */
export class IdentityConflictError extends Failure<IdentityConflictCode> {}

/** Wait. Changes nothing, ever. */
export class UpstreamUnavailableError extends Failure<UpstreamUnavailableCode> {
  /** Seconds that PKB asked us to wait (`Retry-After`), where it said so. */
  readonly retryAfter: number | undefined;
  /** True only where PKB certainly did not act on the request, so that sending it again is safe. */
  readonly notActedOn: boolean;

  constructor(
    code: UpstreamUnavailableCode,
    message: string,
    options: {
      readonly cause?: unknown;
      readonly retryAfter?: number | undefined;
      readonly notActedOn?: boolean;
    } = {},
  ) {
    super(code, message, options);
    this.retryAfter = options.retryAfter;
    this.notActedOn = options.notActedOn ?? false;
  }
}

/** The operator acts. No link is touched. */
export class ConfigurationError extends Failure<ConfigurationCode> {
  /** The setting at fault, as the operator writes it. */
  readonly setting: string | undefined;

  constructor(
    code: ConfigurationCode,
    message: string,
    options: { readonly cause?: unknown; readonly setting?: string } = {},
  ) {
    super(code, message, options);
    this.setting = options.setting;
  }
}

/** We act: an upstream answer nobody foresaw, or something of ours that does not hold. */
export class FaultError extends Failure<FaultCode> {}

/** The failures that a pending authorization can end in, and so be told of again when its page is loaded again. */
export type Refusal = AuthorizationError | IdentityConflictError | AccessRefusedError;

const IDENTITY_CONFLICTS: ReadonlySet<string> = new Set<IdentityConflictCode>([
  'not-a-patient',
  'linked-to-another-account',
  'different-patient',
  'demographics-mismatch',
]);
const ACCESS_REFUSALS: ReadonlySet<string> = new Set<AccessRefusedCode>([
  'access-frozen',
  'access-refused',
  'user-type-not-permitted',
]);

/** The refusal that was stored as `code`. */
export function refusalFrom(code: string): Refusal {
  const message = `this authorization was refused earlier: ${code}`;
  if (IDENTITY_CONFLICTS.has(code)) return new IdentityConflictError(code as IdentityConflictCode, message);
  if (ACCESS_REFUSALS.has(code)) return new AccessRefusedError(code as AccessRefusedCode, message);
  return new AuthorizationError(code as AuthorizationCode, message);
}
