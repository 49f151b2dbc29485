/** Databases with many links in them, as linking leaves them: two events each, and nothing pending. */

import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Client } from 'pg';
import { type App, type AppOptions, createApp } from '../src/app.ts';
import { asPublicId, type PublicId, type TokenSet } from '../src/model.ts';
import { tokenSetIdentity } from '../src/storage/link-row.ts';
import { parseKeyRing } from '../src/storage/seal.ts';
import { sealTokenSet } from '../src/storage/token-set.ts';

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
export async function filledSqlite(
  folder: string,
  links: number,
  progress: (what: string) => void,
): Promise<string> {
  const path = join(folder, `${links}.db`);
  if (existsSync(path)) return path;
  const app = await openApp(`file:${path}`);
  const grantedAt = new Date();
  const tokenSet = newTokenSet();
  await app.store.transaction(async (tx) => {
    const link = {
      id: randomUUID(),
      appUserId: accountOf(0),
      publicId: asPublicId(randomUUID()) as PublicId,
    };
    await tx.addLink({ ...link, state: 'active', grantedAt, tokenSet });
    await tx.addEvent({ linkId: link.id, type: 'link.proposed', at: grantedAt, by: 'patient' });
    await tx.addEvent({ linkId: link.id, type: 'link.active', at: grantedAt, by: 'patient' });
  });
  await app.close();
  const database = new DatabaseSync(path);
  // Keys are random: with SQLite's own 2 MB each row of a million would be a page read and written.
  database.exec('pragma cache_size = -1000000; pragma synchronous = off');
  database.exec('update link set confirmed_at = granted_at');
  multiply(database, links, progress);
  database.exec('pragma wal_checkpoint(truncate)');
  database.close();
  return path;
}

/** The first link and its events, as the store has written them, for other accounts too. */
function multiply(database: DatabaseSync, links: number, progress: (what: string) => void): void {
  const keyRing = parseKeyRing(OLD_KEY);
  const first = database.prepare('select id, app_user_id, public_id from link').get() ?? {};
  const tables = ['link', 'link_event'].flatMap((table) =>
    database
      .prepare(`select * from ${table}`)
      .all()
      .map((row) => {
        const columns = Object.keys(row).filter(
          (name) => !name.endsWith('_sealed_with') && !(name === 'id' && typeof row.id === 'number'),
        );
        const insert = database.prepare(
          `insert into ${table} (${columns}) values (${columns.map(() => '?')})`,
        );
        return { row, columns, insert };
      }),
  );
  for (let n = 1; n < links; n += 1) {
    if (n % PAGE === 1) database.exec('begin');
    if (n % 100_000 === 1) progress(`filling SQLite: ${n} of ${links}`);
    const id = randomUUID();
    const ofThis: Readonly<Record<string, string>> = {
      [String(first.id)]: id,
      [String(first.app_user_id)]: accountOf(n),
      [String(first.public_id)]: randomUUID(),
    };
    for (const { row, columns, insert } of tables) {
      const values = columns.map((name) => {
        if (name === 'event_id') return randomUUID();
        if (name === 'token_set') return sealTokenSet(keyRing, tokenSetIdentity(id), newTokenSet());
        const value = row[name] ?? null;
        return typeof value === 'string' ? (ofThis[value] ?? value) : value;
      });
      insert.run(...values);
    }
    if (n % PAGE === 0 || n === links - 1) database.exec('commit');
  }
}

function newTokenSet(): TokenSet {
  const issuedAt = new Date();
  return {
    accessToken: randomBytes(24).toString('base64url'),
    refreshToken: randomBytes(24).toString('base64url'),
    issuedAt,
    expiresAt: new Date(issuedAt.getTime() + DAY_MS),
    scope: 'PATIENT',
  };
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
