/** Databases with many links in them, as linking leaves them: two events each, and nothing pending. */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { type App, type AppOptions, createApp } from '../src/app.ts';
import { asPublicId, type PublicId } from '../src/model.ts';

export const SCOPE = { environment: 'simulator', clientId: 'app' } as const;
export const OLD_KEY = `k1:${Buffer.alloc(32, 'bench').toString('base64')}`;
export const NEW_KEY = `k2:${Buffer.alloc(32, 'other').toString('base64')}`;
const DAY_MS = 24 * 60 * 60 * 1000;
const PAGE = 2_000;

/** Ids as partners have them: random, 36 characters. */
export function accountOf(n: number): string {
  return createHash('sha256').update(String(n)).digest('hex').slice(0, 36);
}

/** Some of them, picked at random. */
export function someAccounts(links: number, count: number): readonly string[] {
  return Array.from({ length: count }, () => accountOf(Math.floor(Math.random() * links)));
}

export function openApp(databaseUrl: string, more: Partial<AppOptions> = {}): Promise<App> {
  return createApp({
    ...SCOPE,
    redirectUri: 'http://localhost:8080/pkb/callback',
    databaseUrl,
    encryptionKeys: OLD_KEY,
    returnAddresses: ['/'],
    ...more,
  });
}

/** @returns the path of a SQLite file; made at the first call */
export async function filledSqlite(folder: string, links: number, progress: (what: string) => void) {
  const path = join(folder, `${links}.db`);
  if (existsSync(path)) return path;
  const app = await openApp(`file:${path}`);
  const issuedAt = new Date();
  const expiresAt = new Date(issuedAt.getTime() + DAY_MS);
  for (let from = 0; from < links; from += PAGE) {
    if (from % 100_000 === 0)
      progress(`filling SQLite: ${from.toLocaleString('en')} of ${links.toLocaleString('en')}`);
    await app.store.transaction(async (tx) => {
      for (let n = from; n < Math.min(links, from + PAGE); n += 1) {
        const id = randomUUID();
        await tx.addLink({
          id,
          appUserId: accountOf(n),
          publicId: asPublicId(randomUUID()) as PublicId,
          state: 'active',
          grantedAt: issuedAt,
          tokenSet: {
            accessToken: randomBytes(24).toString('base64url'),
            refreshToken: randomBytes(24).toString('base64url'),
            issuedAt,
            expiresAt,
            scope: 'PATIENT',
          },
        });
        await tx.addEvent({ linkId: id, type: 'link.proposed', at: issuedAt, by: 'patient' });
        await tx.addEvent({ linkId: id, type: 'link.active', at: issuedAt, by: 'patient' });
      }
    });
  }
  await app.close();
  const database = new DatabaseSync(path);
  database.exec('update link set confirmed_at = granted_at; pragma wal_checkpoint(truncate)');
  database.close();
  return path;
}

/** The same links, in an empty database of PostgreSQL. */
export async function copyToPostgres(
  path: string,
  url: string,
  progress: (what: string) => void,
): Promise<void> {
  await (await openApp(url)).close();
  const from = new DatabaseSync(path, { readOnly: true });
  const to = new Client({ connectionString: url });
  await to.connect();
  const links = from.prepare('select * from link where rowid > ? order by rowid limit ?');
  const columns = links
    .columns()
    .map(({ name }) => name)
    .filter((name) => !name.endsWith('_sealed_with'));
  for (let after = 0; ; after += PAGE) {
    if (after % 100_000 === 0) progress(`copying to PostgreSQL: ${after.toLocaleString('en')}`);
    const rows = links.all(after, PAGE);
    if (rows.length === 0) break;
    await to.query(
      `insert into link (${columns}) select ${columns} from json_populate_recordset(null::link, $1)`,
      [JSON.stringify(rows)],
    );
  }
  await to.query('vacuum analyze');
  await to.end();
  from.close();
}

export function bytesOf(path: string): number {
  return statSync(path).size;
}
