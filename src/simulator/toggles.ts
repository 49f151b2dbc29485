/**
 * What PKB does not document, as switches: a client is ready when it works with every value. One table is the type, the
 * defaults, what the control API accepts and what `docs/simulator.md` says.
 */

/** `documented`: PKB's pages say so. `observed`: seen on a live PKB host. `assumed`: neither; the likeliest. */
export type Evidence = 'documented' | 'observed' | 'assumed';

interface Told {
  /** Number of the open question, as `docs/simulator.md` lists them. */
  readonly question: number;
  readonly what: string;
  /** About the default. */
  readonly evidence: Evidence;
  /** What is known, and from where. */
  readonly known: string;
}

export interface Toggle<Value> extends Told {
  readonly default: Value;
  /** In words, for people. */
  readonly allows: string;
  /** The words it accepts, the default first; none where it is a number only. */
  readonly words: readonly string[];
  accepts(value: unknown): value is Value;
}

const NOTHING = 'nothing';

export const toggleTable = {
  clientAuth: oneOf(['as-registered', 'none', 'post', 'basic'], {
    question: 1,
    what: 'How a client proves itself at the token endpoint: as each is registered, or all in one way',
    evidence: 'assumed',
    known: 'a secret is mentioned for system clients only (PKB, "Client ID")',
  }),
  pkce: oneOf(['ignored', 'supported', 'required', 'rejected'], {
    question: 2,
    what: 'PKCE (RFC 7636)',
    evidence: 'assumed',
    known: NOTHING,
  }),
  denyMode: oneOf(['redirect', 'redirect-without-state', 'error-page', 'no-return'], {
    question: 3,
    what: 'What the browser does after "Deny"',
    evidence: 'assumed',
    known: 'that there is a button "Deny" (PKB, "Code grant")',
  }),
  codeTtlSeconds: amount(60, {
    question: 4,
    what: 'Life of an authorization code, in seconds',
    evidence: 'assumed',
    known: NOTHING,
  }),
  codeReuse: oneOf(['invalid-grant', 'end-session'], {
    question: 4,
    what: 'What a second use of a code does, beyond being refused',
    evidence: 'assumed',
    known: NOTHING,
  }),
  tokenErrorStyle: oneOf(['rfc6749', '401-json', 'operation-outcome', 'html-200', 'html-500'], {
    question: 5,
    what: 'Shape of a refusal at the token endpoint',
    evidence: 'assumed',
    known: 'one refusal of the host for system clients is printed (PKB, "Client credentials")',
  }),
  tokenHost: oneOf(['user', 'system'], {
    question: 5,
    what: '`/apiToken.action` answers in its own words, or in those of the host for system clients',
    evidence: 'documented',
    known: 'both success bodies (PKB, "Code grant" and "Client credentials")',
  }),
  firstRefreshToken: oneOf(['issued', 'omitted'], {
    question: 6,
    what: 'Refresh token in the answer to a code',
    evidence: 'documented',
    known: '"usually" one is issued (PKB, "Code grant"); the host for system clients never issues one',
  }),
  refreshRotation: oneOf(['rotate', 'same', 'omit'], {
    question: 6,
    what: 'Refresh token in the answer to a refresh: a new one, the same again, or none',
    evidence: 'assumed',
    known: 'that one may be used once only (PKB, "CS: Response Code"), so that a new one must come',
  }),
  refreshReuse: oneOf(['end-session', 'grace', 'refuse-token'], {
    question: 7,
    what: 'What a second use of a refresh token does',
    evidence: 'documented',
    known: 'it is the example given for API_SESSION_INVALID (PKB, "CS: Response Code")',
  }),
  refreshGraceSeconds: amount(30, {
    question: 7,
    what: 'Where `refreshReuse` is `grace`: seconds after its first use in which a refresh token works again',
    evidence: 'assumed',
    known: NOTHING,
  }),
  dropResponseAfterCommit: flag({
    question: 8,
    what: 'A fault: tokens are issued and saved, then the connection breaks before the answer',
    evidence: 'assumed',
    known: NOTHING,
  }),
  sessionSeconds: amountOr(['as-registered', 'unlimited'], {
    question: 9,
    what: 'Length of an API session from the grant: as each client is registered, or the same for all',
    evidence: 'documented',
    known: 'that it is set for each client, and that some never end (PKB, "OAuth 2.0"); no figure',
  }),
  omitRefreshNearEnd: flag(
    {
      question: 9,
      what: 'No refresh token where the API session ends before the new access token would',
      evidence: 'documented',
      known: 'it is the one exception given (PKB, "Code grant")',
    },
    true,
  ),
  oldAccessAfterRefresh: oneOf(['valid', 'revoked'], {
    question: 10,
    what: 'The access token from before a refresh',
    evidence: 'assumed',
    known: NOTHING,
  }),
  concurrentSessions: oneOf(['allowed', 'newest-only'], {
    question: 11,
    what: 'Whether a new grant ends earlier API sessions of the same person and client',
    evidence: 'assumed',
    known: NOTHING,
  }),
  refreshScopeParam: oneOf(['optional', 'required', 'rejected'], {
    question: 12,
    what: '`scope` in a refresh request',
    evidence: 'assumed',
    known: 'it is required of tethered clients (PKB, "System client")',
  }),
  apiErrorStyle: oneOf(['401-operation-outcome', '403-operation-outcome', '401-empty', '401-html'], {
    question: 13,
    what: 'Status and body of a refused FHIR call',
    evidence: 'assumed',
    known: 'PKB "will try to" send an OperationOutcome with a response code (PKB, "CS: Response Code")',
  }),
  wwwAuthenticate: flag({
    question: 13,
    what: '`WWW-Authenticate` on a 401 of the APIs (RFC 6750 section 3)',
    evidence: 'assumed',
    known: NOTHING,
  }),
  purviewVerb: oneOf(['get', 'post', 'both'], {
    question: 14,
    what: 'Which methods `$purview` answers',
    evidence: 'assumed',
    known: NOTHING,
  }),
  purviewReference: oneOf(
    ['relative', 'absolute', 'versioned', 'organization', 'practitioner', 'missing', 'not-a-uuid'],
    {
      question: 15,
      what: 'Form of the reference in `$purview`',
      evidence: 'documented',
      known: 'the sample is relative (PKB, "Patient Identifier and Demographic Retrieval")',
    },
  ),
  wrongUserType: oneOf(['error-page', 'redirect-error', 'issue-tokens'], {
    question: 16,
    what: 'Somebody logs in whose user type was not asked for',
    evidence: 'assumed',
    known: NOTHING,
  }),
  sessionsOfGone: oneOf(['end', 'live-on'], {
    question: 17,
    what: 'API sessions of somebody who dies, is de-registered or whose record is deleted',
    evidence: 'assumed',
    known: 'they cannot log in (PKB, "Entity: Patient"); of live API sessions nothing',
  }),
  revokedSession: oneOf(['forgotten', 'invalid'], {
    question: 18,
    what: 'Tokens of a grant that was revoked at PKB: unknown, or of an invalid API session',
    evidence: 'assumed',
    known: 'no screen to revoke a grant is described',
  }),
  credentialChange: oneOf(['keeps-sessions', 'ends-sessions'], {
    question: 19,
    what: 'API sessions of somebody who changes their password or e-mail address',
    evidence: 'assumed',
    known: NOTHING,
  }),
  mergedRecord: oneOf(['new-public-id', 'ends-sessions'], {
    question: 20,
    what: 'API sessions of a record that is merged into another: they see the other, or they end',
    evidence: 'assumed',
    known: NOTHING,
  }),
  webSession: oneOf(['off', 'remembered'], {
    question: 22,
    what: "Whether PKB's own log-in is remembered in the browser, so that the next grant skips the log-in page",
    evidence: 'assumed',
    known: 'its web sessions end after 30 idle minutes (PKB, patient manual); of the grant page nothing',
  }),
  loginDelaySeconds: amount(0, {
    question: 23,
    what: 'How long logging in takes, in seconds',
    evidence: 'assumed',
    known: NOTHING,
  }),
  loginHop: oneOf(['off', 'on'], {
    question: 23,
    what: 'A page on the way from the log-in page to the grant page, as another identity provider is',
    evidence: 'assumed',
    known:
      "PKB's own log-in page offers another way to log in (PKB, patient manual); of the grant page nothing",
  }),
  redirectMatch: oneOf(['base-and-extra', 'exact'], {
    question: 24,
    what: 'How `redirect_uri` is compared with the registered ones',
    evidence: 'documented',
    known: 'it may carry extra parameters (PKB, "Code grant")',
  }),
  stateEcho: oneOf(['exact', 'truncated', 'dropped'], {
    question: 25,
    what: 'How `state` comes back',
    evidence: 'documented',
    known: 'it is echoed (PKB, "Code grant"); of length and characters nothing',
  }),
  rateLimit: amountOr(['off'], {
    question: 26,
    what: 'Requests a minute, at each address of the token endpoint and the APIs; one more is answered 429',
    evidence: 'assumed',
    known: NOTHING,
  }),
  restErrorStyle: oneOf(['text', 'json', 'html'], {
    question: 27,
    what: 'Shape of a refusal under `/json`',
    evidence: 'assumed',
    known: 'one sentence about user types (PKB, "Scopes")',
  }),
  usersSelfId: oneOf(['stable', 'per-session'], {
    question: 29,
    what: 'Whether `id` of `/json/users/self` is the same in each API session',
    evidence: 'assumed',
    known: NOTHING,
  }),
  revocationEndpoint: oneOf(['absent', 'present'], {
    question: 30,
    what: 'Token revocation (RFC 7009) at `/apiRevoke.action`',
    evidence: 'assumed',
    known: 'none is described',
  }),
  tokenRedirectUri: oneOf(['if-sent', 'always', 'ignored'], {
    question: 31,
    what: '`redirect_uri` in the code exchange',
    evidence: 'documented',
    known: 'the same address must be used (PKB, "Code grant")',
  }),
  expiresInType: oneOf(['number', 'string', 'missing'], {
    question: 32,
    what: 'How `expires_in` is written',
    evidence: 'documented',
    known: 'it is required, and a number in the sample (PKB, "Code grant")',
  }),
  expiresInOffsetSeconds: amount(0, {
    question: 32,
    what: 'How much longer than it lives an access token is said to live, in seconds; less where it is negative',
    evidence: 'assumed',
    known: NOTHING,
  }),
  dateOffsetSeconds: amount(0, {
    question: 32,
    what: "How far the `Date` header is ahead of this machine's clock, in seconds",
    evidence: 'assumed',
    known: NOTHING,
  }),
  accessTokenSeconds: amountOr(['as-registered'], {
    question: 33,
    what: 'Life of an access token: as each client is registered, or the same for all',
    evidence: 'documented',
    known: '600 (PKB, "Code grant") and 1800 (PKB, drafts of "Patient grant access")',
  }),
  searchPaging: amountOr(['off'], {
    question: 34,
    what: 'Search results: all in one Bundle, or so many a page with a `next` link and `_count`',
    evidence: 'assumed',
    known: 'the live capability statement names neither',
  }),
};

type Table = typeof toggleTable;

export type Toggles = {
  -readonly [Name in keyof Table]: Table[Name] extends Toggle<infer Value> ? Value : never;
};

export const defaultToggles: Readonly<Toggles> = Object.fromEntries(
  toggleEntries().map(([name, toggle]) => [name, toggle.default]),
) as Toggles;

export function toggleEntries(): readonly (readonly [keyof Toggles, Toggle<unknown>])[] {
  return Object.entries(toggleTable) as unknown as [keyof Toggles, Toggle<unknown>][];
}

/** What a toggle switches, for a page: without the marks that the docs have for code. */
export function whatItSwitches({ what }: { readonly what: string }): string {
  return what.replaceAll('`', '');
}

/**
 * Changes of toggles, as somebody wrote them.
 * @throws TypeError naming the toggle that there is not, or what it allows
 */
export function readToggles(changes: Readonly<Record<string, unknown>>): Partial<Toggles> {
  for (const [name, value] of Object.entries(changes)) {
    const toggle = toggleEntries().find(([known]) => known === name)?.[1];
    if (!toggle) throw new TypeError(`there is no toggle ${name}`);
    if (!toggle.accepts(value)) throw new TypeError(`${name} must be ${toggle.allows}`);
  }
  return changes as Partial<Toggles>;
}

/**
 * One toggle from `name=value`, as a command line has it.
 * @throws TypeError naming the toggle that there is not, or what it allows
 */
export function readToggle(text: string): Partial<Toggles> {
  const [, name = '', value = ''] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  if (name === '') throw new TypeError(`"${text}" must be a toggle's name=value`);
  const read = /^-?\d+$/.test(value) ? Number(value) : ({ true: true, false: false }[value] ?? value);
  return readToggles({ [name]: read });
}

function oneOf<const Word extends string>(words: readonly [Word, ...Word[]], told: Told): Toggle<Word> {
  return {
    ...told,
    default: words[0],
    allows: words.join(', '),
    words,
    accepts: (value): value is Word => words.some((word) => word === value),
  };
}

function flag(told: Told, initially = false): Toggle<boolean> {
  return {
    ...told,
    default: initially,
    allows: `${initially}, ${!initially}`,
    words: [],
    accepts: (value) => typeof value === 'boolean',
  };
}

function amount(initially: number, told: Told): Toggle<number> {
  return { ...told, default: initially, allows: 'a whole number', words: [], accepts: isAmount };
}

function amountOr<const Word extends string>(
  words: readonly [Word, ...Word[]],
  told: Told,
): Toggle<Word | number> {
  return {
    ...told,
    default: words[0],
    allows: `${words.join(', ')}, a whole number above 0`,
    words,
    accepts: (value): value is Word | number =>
      words.some((word) => word === value) || (isAmount(value) && value > 0),
  };
}

function isAmount(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
