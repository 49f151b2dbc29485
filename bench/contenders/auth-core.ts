import { join } from 'node:path';
import { Auth, type AuthConfig, skipCSRFCheck } from '@auth/core';
import type { Adapter } from '@auth/core/adapters';
import { type Asked, CLIENT_ID, type Contender, SCOPE } from './contender.ts';
import { cookiesOf } from './cookies.ts';
import { durable } from './rows.ts';

const BASE_URL = 'http://localhost:8080';

interface Kept {
  access_token?: string;
  refresh_token?: string;
  expires_at?: number;
}

const authCoreIs = {
  redirectUri: `${BASE_URL}/auth/callback/pkb`,
} as const;

/** As its guide "Refresh token rotation" has it with a database, which is what can be used while the patient is away. */
export const authCore: Contender = {
  ...authCoreIs,
  name: '@auth/core',
  keeps: 'SQLite, in the clear',
  async open({ simulatorUrl, folder }) {
    const database = durable(join(folder, 'auth-core.db'));
    const tokens = inDatabase(database);
    const users = new Map<string, string>();
    const site = siteOf(simulatorUrl, { adapter: tokens.adapter, session: { strategy: 'database' } });
    return {
      start: site.start,
      async finish(asked, back) {
        await site.finish(asked.cookies, back);
        users.set(asked.account, tokens.newestUser());
      },
      async accessToken(account) {
        const user = users.get(account) ?? account;
        const kept = tokens.read(user);
        if (Date.now() < (kept.expires_at ?? 0) * 1000) return kept.access_token ?? '';
        const fresh = await refreshed(simulatorUrl, kept);
        tokens.write(user, fresh);
        return fresh.access_token ?? '';
      },
      async age() {
        tokens.expire();
      },
      async multiply(from, accounts) {
        const kept = tokens.read(users.get(from) ?? '');
        tokens.copy(kept, accounts);
      },
      leave: (account) => users.get(account),
      resume: (account, left) => void users.set(account, String(left)),
      close: async () => database.close(),
    };
  },
};

/** The same guide with its default, a session in an encrypted cookie: the browser keeps the tokens, and nobody else has them. */
export const authCoreInCookie: Contender = {
  ...authCoreIs,
  name: '@auth/core in a cookie',
  keeps: 'the browser, encrypted',
  async open({ simulatorUrl }) {
    const clock = { aheadMs: 0 };
    const site = siteOf(simulatorUrl, {
      callbacks: {
        async jwt({ token, account }) {
          if (account) {
            const { access_token, refresh_token, expires_at } = account;
            return { ...token, access_token, refresh_token, expires_at };
          }
          if (Date.now() + clock.aheadMs < ((token as Kept).expires_at ?? 0) * 1000) return token;
          try {
            return { ...token, ...(await refreshed(simulatorUrl, token as Kept, clock.aheadMs)) };
          } catch {
            return { ...token, error: 'RefreshTokenError' };
          }
        },
        session: ({ session, token }) => Object.assign(session, { token }),
      },
    });
    const browsers = new Map<string, string>();
    let anybody = '';
    return {
      start: site.start,
      async finish({ account, cookies }, back) {
        browsers.set(account, await site.finish(cookies, back));
      },
      async accessToken(account) {
        const cookie = browsers.get(account) ?? anybody;
        const answer = await site.ask('/auth/session', { headers: { cookie } });
        const { token } = (await answer.json()) as { token?: Kept & { error?: string } };
        if (token?.error) throw new Error(token.error);
        if (browsers.has(account)) browsers.set(account, cookiesOf(answer, cookie));
        return token?.access_token ?? '';
      },
      async age() {
        clock.aheadMs += 31 * 60_000;
      },
      async multiply(from) {
        anybody = browsers.get(from) ?? '';
      },
      leave: (account) => browsers.get(account),
      resume: (account, left) => void browsers.set(account, String(left)),
      async close() {},
    };
  },
};

function siteOf(simulatorUrl: string, more: Partial<AuthConfig>) {
  const config: AuthConfig = {
    ...more,
    trustHost: true,
    basePath: '/auth',
    secret: 'a secret of the bench, long enough for anybody',
    skipCSRFCheck,
    logger: { error: () => undefined, warn: () => undefined, debug: () => undefined },
    providers: [
      {
        id: 'pkb',
        name: 'PKB',
        type: 'oauth',
        issuer: simulatorUrl,
        clientId: CLIENT_ID,
        client: { token_endpoint_auth_method: 'none' },
        checks: ['state'],
        authorization: { url: `${simulatorUrl}/apiAuthorize.action`, params: { scope: SCOPE } },
        token: `${simulatorUrl}/apiToken.action`,
        // Asks nobody: this is about exchanging and storing.
        userinfo: { url: simulatorUrl, request: () => ({ id: crypto.randomUUID() }) },
        profile: ({ id }: { id: string }) => ({ id, email: `${id}@app.example` }),
      },
    ],
  };
  const ask = (path: string, init: RequestInit) => Auth(new Request(`${BASE_URL}${path}`, init), config);
  return {
    ask,
    async start(account: string): Promise<Asked> {
      const answer = await ask('/auth/signin/pkb', { method: 'POST', body: new URLSearchParams() });
      return { account, url: answer.headers.get('location') ?? '', cookies: cookiesOf(answer) };
    },
    /** @returns the browser's cookies then */
    async finish(cookies: unknown, back: URL): Promise<string> {
      const answer = await ask(back.pathname + back.search, { headers: { cookie: String(cookies) } });
      const kept = cookiesOf(answer, String(cookies));
      if (!kept.includes('session-token')) throw new Error(`@auth/core: ${answer.headers.get('location')}`);
      return kept;
    },
  };
}

async function refreshed(simulatorUrl: string, kept: Kept, aheadMs = 0): Promise<Kept> {
  const response = await fetch(`${simulatorUrl}/apiToken.action`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: CLIENT_ID,
      grant_type: 'refresh_token',
      refresh_token: kept.refresh_token ?? '',
    }),
  });
  const answer = (await response.json()) as Kept & { expires_in: number };
  if (!response.ok) throw new Error('RefreshTokenError');
  return {
    access_token: answer.access_token ?? '',
    expires_at: Math.floor((Date.now() + aheadMs) / 1000 + answer.expires_in),
    refresh_token: answer.refresh_token ?? kept.refresh_token ?? '',
  };
}

/** What its adapters for SQL do, by hand: of the tables that they have, the columns that are used here. */
function inDatabase(database: ReturnType<typeof durable>) {
  database.exec(`
    create table if not exists users (id text primary key, email text unique);
    create table if not exists sessions (sessionToken text primary key, userId text, expires text);
    create table if not exists accounts (provider text, providerAccountId text, userId text, access_token text,
      refresh_token text, expires_at integer, primary key (provider, providerAccountId));
    create index if not exists accounts_of on accounts (userId, provider)`);
  const addUser = database.prepare('insert into users values (?, ?)');
  const addSession = database.prepare('insert into sessions values (?, ?, ?)');
  const addAccount = database.prepare('insert into accounts values (?, ?, ?, ?, ?, ?)');
  const userByAccount = database.prepare(
    'select users.* from users join accounts on userId = id where provider = ? and providerAccountId = ?',
  );
  const userByEmail = database.prepare('select * from users where email = ?');
  const read = database.prepare(`select * from accounts where userId = ? and provider = 'pkb'`);
  const write = database.prepare(
    `update accounts set access_token = ?, refresh_token = ?, expires_at = ? where userId = ? and provider = 'pkb'`,
  );
  const newest = database.prepare('select userId from accounts order by rowid desc limit 1');
  const user = (row: unknown) => (row ? { ...row, emailVerified: null } : null) as never;
  const adapter: Adapter = {
    async createUser(created) {
      const id = crypto.randomUUID();
      addUser.run(id, created.email);
      return { ...created, id };
    },
    getUserByEmail: async (email) => user(userByEmail.get(email)),
    getUserByAccount: async ({ provider, providerAccountId }) =>
      user(userByAccount.get(provider, providerAccountId)),
    async linkAccount({ provider, providerAccountId, userId, access_token, refresh_token, expires_at }) {
      addAccount.run(
        provider,
        providerAccountId,
        userId,
        access_token ?? null,
        refresh_token ?? null,
        expires_at ?? null,
      );
    },
    async createSession(session) {
      addSession.run(session.sessionToken, session.userId, session.expires.toISOString());
      return session;
    },
  };
  // It asks for these to be there.
  const unused = async () => null as never;
  return {
    adapter: {
      getUser: unused,
      updateUser: unused,
      getSessionAndUser: unused,
      updateSession: unused,
      deleteSession: unused,
      ...adapter,
    },
    newestUser: () => String(newest.get()?.userId),
    read: (userId: string) => (read.get(userId) ?? {}) as Kept,
    write: (userId: string, { access_token = '', refresh_token = '', expires_at = 0 }: Kept) =>
      void write.run(access_token, refresh_token, expires_at, userId),
    expire: () => database.exec('update accounts set expires_at = 0'),
    copy(kept: Kept, userIds: readonly string[]) {
      database.exec('begin');
      for (const userId of userIds) {
        const { access_token = '', refresh_token = '', expires_at = 0 } = kept;
        addAccount.run('pkb', userId, userId, access_token, refresh_token, expires_at);
      }
      database.exec('commit');
    },
  };
}
