/** Who may look at the console, in SQL. A hash is enough of codes and of sessions: 256 random bits cannot be guessed from it. */

import type { ConsoleRole } from '../model.ts';
import type { ConsoleLogin, ForConsole } from './console.ts';
import type { Scoped } from './scoped.ts';
import { type Query, sql, toMillis } from './sql.ts';

type ConsoleSessions = Pick<
  ForConsole,
  | 'addConsoleCode'
  | 'findConsoleCode'
  | 'takeConsoleCode'
  | 'addConsoleSession'
  | 'useConsoleSession'
  | 'endConsoleSession'
>;

interface NamedRow {
  readonly name: string;
  readonly role: ConsoleRole;
}

export function consoleSessions({
  database,
  scope: { environment, clientId },
  now,
}: Scoped): ConsoleSessions {
  async function named(query: Query): Promise<NamedRow | undefined> {
    const row = await database.get<NamedRow>(query);
    return row && { name: row.name, role: row.role };
  }

  return {
    async addConsoleCode({ codeHash, name, role, expiresAt }) {
      await database.run(sql`
        delete from console_code
        where environment = ${environment} and client_id = ${clientId} and expires_at < ${now().getTime()}`);
      await database.run(sql`
        insert into console_code (code_hash, environment, client_id, name, role, expires_at)
        values (${codeHash}, ${environment}, ${clientId}, ${name}, ${role}, ${toMillis(expiresAt)})`);
    },

    findConsoleCode: (codeHash) =>
      named(sql`
        select name, role from console_code
        where environment = ${environment} and client_id = ${clientId}
          and code_hash = ${codeHash} and expires_at >= ${now().getTime()}`),

    takeConsoleCode: (codeHash) =>
      named(sql`
        delete from console_code
        where environment = ${environment} and client_id = ${clientId}
          and code_hash = ${codeHash} and expires_at >= ${now().getTime()}
        returning name, role`),

    async addConsoleSession({ secretHash, name, role, login }) {
      const at = now().getTime();
      await database.run(sql`
        insert into console_session (secret_hash, environment, client_id, name, login, role, created_at, used_at)
        values (${secretHash}, ${environment}, ${clientId}, ${name}, ${login}, ${role}, ${at}, ${at})`);
    },

    async useConsoleSession({ secretHash, idleMs, lastsMs }) {
      const at = now().getTime();
      const session = await database.get<ConsoleLogin>(sql`
        update console_session set used_at = ${at}
        where environment = ${environment} and client_id = ${clientId} and secret_hash = ${secretHash}
          and used_at > ${at - idleMs} and created_at > ${at - lastsMs}
        returning name, role, login`);
      if (session) return { name: session.name, role: session.role, login: session.login };
      await database.run(sql`
        delete from console_session
        where environment = ${environment} and client_id = ${clientId}
          and (used_at <= ${at - idleMs} or created_at <= ${at - lastsMs})`);
      return undefined;
    },

    async endConsoleSession(secretHash) {
      await database.run(sql`
        delete from console_session
        where environment = ${environment} and client_id = ${clientId} and secret_hash = ${secretHash}`);
    },
  };
}
