/** Who is signed in: better-auth with e-mail and password, on its own SQLite file. Knows nothing of PKB. */

import { DatabaseSync } from 'node:sqlite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';

export const PASSWORD_LENGTH = { min: 10, max: 128 } as const;

const SESSION_SECONDS = 12 * 60 * 60;
const ADDRESS_HEADER = 'x-ridgeway-client-address';

export interface SignedIn {
  /** better-auth's user id: random, unique for ever, and it says nothing of the person. */
  readonly appUserId: string;
  readonly givenName: string;
}

/** `cookies`: values of `Set-Cookie` for the browser. */
export type SignInAnswer =
  | { readonly cookies: readonly string[] }
  | { readonly refused: 'wrong-credentials' | 'invalid-email' }
  | { readonly refused: 'too-many-attempts'; readonly retryAfterSeconds: number };

/** `address`: the client's IP address, for the limit on attempts. */
interface Attempt {
  readonly email: string;
  readonly password: string;
  readonly address: string;
}

export interface Accounts {
  /** Registering an e-mail address again with its own password is logging in: a double click must not be an error. */
  register(registration: Attempt & { readonly givenName: string }): Promise<SignInAnswer>;
  logIn(attempt: Attempt): Promise<SignInAnswer>;
  /** Ends the session on our side too. Returns the cookies that clear the browser's. */
  logOut(headers: Headers): Promise<readonly string[]>;
  signedIn(headers: Headers): Promise<SignedIn | undefined>;
  close(): void;
}

export interface AccountsOptions {
  /** SQLite file. */
  readonly file: string;
  /** Signs the cookies. */
  readonly secret: string;
  /** Origin of the app as browsers see it. `https:` makes the cookies `Secure`. */
  readonly origin: string;
  /** How often one address may try to log in, and to register, in a minute. */
  readonly attemptsPerMinute: number;
}

/** Opens the accounts and brings their tables up to date. */
export async function openAccounts(options: AccountsOptions): Promise<Accounts> {
  const database = new DatabaseSync(options.file, { timeout: 5000 });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const attempts = { window: 60, max: options.attemptsPerMinute };
  const auth = betterAuth({
    appName: 'Ridgeway Health',
    database,
    secret: options.secret,
    baseURL: options.origin,
    trustedOrigins: [options.origin],
    emailAndPassword: {
      enabled: true,
      minPasswordLength: PASSWORD_LENGTH.min,
      maxPasswordLength: PASSWORD_LENGTH.max,
    },
    session: { expiresIn: SESSION_SECONDS, disableSessionRefresh: true },
    rateLimit: {
      enabled: true,
      storage: 'database',
      customRules: { '/sign-in/email': attempts, '/sign-up/email': attempts },
    },
    advanced: { cookiePrefix: 'ridgeway', ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] } },
    telemetry: { enabled: false },
    // Its messages name e-mail addresses.
    logger: { disabled: true },
  });
  await (await getMigrations(auth.options)).runMigrations();

  /** Through better-auth's own door, not `auth.api`: only the door counts attempts. */
  function ask(path: string, body: object, headers: Record<string, string>): Promise<Response> {
    return auth.handler(
      new Request(new URL(`/api/auth${path}`, options.origin), {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { ...headers, origin: options.origin, 'content-type': 'application/json' },
      }),
    );
  }

  async function logIn({ email, password, address }: Attempt): Promise<SignInAnswer> {
    return signInAnswer(await ask('/sign-in/email', { email, password }, { [ADDRESS_HEADER]: address }));
  }

  return {
    async register({ givenName, email, password, address }) {
      const body = { name: givenName, email, password };
      const response = await ask('/sign-up/email', body, { [ADDRESS_HEADER]: address });
      return response.status === 422 ? logIn({ email, password, address }) : signInAnswer(response);
    },
    logIn,
    async logOut(headers) {
      const response = await ask('/sign-out', {}, { cookie: headers.get('cookie') ?? '' });
      return response.headers.getSetCookie();
    },
    async signedIn(headers) {
      const found = await auth.api.getSession({ headers });
      return found ? { appUserId: found.user.id, givenName: found.user.name } : undefined;
    },
    close: () => database.close(),
  };
}

async function signInAnswer(response: Response): Promise<SignInAnswer> {
  if (response.ok) return { cookies: response.headers.getSetCookie() };
  if (response.status === 429) {
    const retryAfterSeconds = Number(response.headers.get('x-retry-after'));
    return { refused: 'too-many-attempts', retryAfterSeconds };
  }
  const { code } = (await response.json()) as { code?: string };
  if (code === 'INVALID_EMAIL_OR_PASSWORD') return { refused: 'wrong-credentials' };
  // The schema's refusal: of what is sent, only an e-mail address has a form to fail.
  if (code === 'INVALID_EMAIL' || code === 'VALIDATION_ERROR') return { refused: 'invalid-email' };
  throw new Error(`better-auth answered ${response.status} ${code ?? 'without a code'}`);
}
