import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { genericOAuth } from 'better-auth/plugins';
import { CLIENT_ID, type Contender, SCOPE } from './contender.ts';
import { cookiesOf } from './cookies.ts';
import { durable } from './rows.ts';

interface Ids {
  readonly accountId: string;
  readonly userId: string;
}

const BASE_URL = 'http://localhost:8080';

/** As its guides have it ("Generic OAuth", "Account linking: encrypt OAuth tokens"). Its users stand for the accounts. */
export const betterAuthContender: Contender = {
  name: 'better-auth',
  keeps: 'SQLite, encrypted',
  redirectUri: `${BASE_URL}/api/auth/callback/pkb`,
  async open({ simulatorUrl, folder }) {
    const database = durable(join(folder, 'better-auth.db'));
    const options = {
      baseURL: BASE_URL,
      secret: 'a secret of the bench, long enough for anybody',
      database,
      logger: { disabled: true },
      telemetry: { enabled: false },
      rateLimit: { enabled: false },
      account: { encryptOAuthTokens: true },
      plugins: [
        genericOAuth({
          config: [
            {
              providerId: 'pkb',
              clientId: CLIENT_ID,
              authorizationUrl: `${simulatorUrl}/apiAuthorize.action`,
              tokenUrl: `${simulatorUrl}/apiToken.action`,
              scopes: [SCOPE],
              pkce: false,
              tokenEndpointAuth: { method: 'none' },
              redirectURI: betterAuthContender.redirectUri,
              // Asks nobody: this is about exchanging and storing. A new user each time, as each patient is.
              async getUserInfo() {
                const id = randomUUID();
                return { id, email: `${id}@app.example`, name: id, emailVerified: true };
              },
            },
          ],
        }),
      ],
    } as const;
    const { runMigrations } = await getMigrations(options);
    await runMigrations();
    const auth = betterAuth(options);
    const newest = database.prepare('select id, userId from account order by rowid desc limit 1');
    const stored = new Map<string, Ids>();

    return {
      async start(account) {
        const signIn = await auth.api.signInSocial({
          body: { provider: 'pkb', callbackURL: '/home' },
          asResponse: true,
        });
        const { url } = (await signIn.json()) as { url: string };
        return { account, url, cookies: cookiesOf(signIn) };
      },
      async finish({ account, cookies }, back) {
        const answer = await auth.handler(new Request(back, { headers: { cookie: String(cookies) } }));
        if (!answer.headers.get('location')?.endsWith('/home'))
          throw new Error(`better-auth: ${answer.status}`);
        const row = newest.get();
        stored.set(account, { accountId: String(row?.id), userId: String(row?.userId) });
      },
      async accessToken(account) {
        const body = stored.get(account) ?? { accountId: `account-${account}`, userId: account };
        return (await auth.api.getAccessToken({ body })).accessToken;
      },
      async age() {
        database.prepare('update account set accessTokenExpiresAt = ?').run(new Date(0).toISOString());
      },
      async multiply(from, accounts) {
        const { userId = '' } = stored.get(from) ?? {};
        copyRows(database, 'user', 'id', userId, accounts);
        copyRows(database, 'account', 'userId', userId, accounts);
      },
      leave: (account) => stored.get(account),
      resume: (account, left) => void stored.set(account, left as Ids),
      async close() {
        database.close();
      },
    };
  },
};

/** The same row for each account, with keys of its own. */
function copyRows(
  database: ReturnType<typeof durable>,
  table: string,
  by: string,
  value: string,
  accounts: readonly string[],
): void {
  const row = database.prepare(`select * from "${table}" where ${by} = ?`).get(value) ?? {};
  const columns = Object.keys(row);
  const insert = database.prepare(
    `insert into "${table}" (${columns.map((name) => `"${name}"`)}) values (${columns.map(() => '?')})`,
  );
  database.exec('begin');
  for (const account of accounts) {
    const copy = { ...row, [by]: account };
    if (by !== 'id') copy.id = `${table}-${account}`;
    if ('email' in row) copy.email = `${account}@app.example`;
    if ('accountId' in row) copy.accountId = account;
    insert.run(...columns.map((name) => copy[name] ?? null));
  }
  database.exec('commit');
}
