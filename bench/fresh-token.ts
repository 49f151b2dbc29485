/**
 * What a fresh token costs in the library on SQLite, beside the limit: one indexed row read and one AES-256-GCM open, in a
 * bare loop. `npm run bench:fresh-token [-- LINKS]` prints both, asked in turn in one run, and their ratio.
 */

import { createDecipheriv, createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createApp } from '../src/app.ts';
import { refresh } from '../src/flow/refresh.ts';
import { asPublicId, type PublicId } from '../src/model.ts';

const LINKS = Number(process.argv[2] ?? 10_000);
const CALLERS = [1, 32, 256] as const;
const [ROUNDS, CALLS] = [7, 20_000];
const [ENVIRONMENT, CLIENT_ID] = ['simulator', 'bench'];

const folder = mkdtempSync(join(tmpdir(), 'pkb-link-bench-'));
const path = join(folder, 'links.db');
const key = randomBytes(32);
const app = await createApp({
  environment: ENVIRONMENT,
  clientId: CLIENT_ID,
  redirectUri: 'http://localhost:8080/pkb/callback',
  databaseUrl: `file:${path}`,
  encryptionKeys: `k1:${key.toString('base64')}`,
  returnAddresses: ['/'],
});

async function fill(): Promise<void> {
  const issuedAt = new Date();
  const expiresAt = new Date(issuedAt.getTime() + 24 * 3_600_000);
  for (let from = 0; from < LINKS; from += 1000) {
    await app.store.transaction(async (tx) => {
      for (let n = from; n < Math.min(LINKS, from + 1000); n += 1) {
        await tx.addLink({
          id: randomUUID(),
          appUserId: `account-${n}`,
          publicId: asPublicId(randomUUID()) as PublicId,
          state: 'active',
          grantedAt: issuedAt,
          tokenSet: {
            accessToken: randomBytes(24).toString('base64url'),
            refreshToken: randomBytes(24).toString('base64url'),
            issuedAt,
            expiresAt,
          },
        });
      }
    });
  }
}

const anyAccount = () => `account-${Math.floor(Math.random() * LINKS)}`;

const connection = new DatabaseSync(path);
const keyObject = createSecretKey(key);

/** The statement and the cipher of the library, and nothing else of it. @returns calls a second */
function limit(): number {
  const statement = connection.prepare(
    `select * from link where environment = ? and client_id = ? and app_user_id = ? and state <> 'unlinked'`,
  );
  const from = performance.now();
  for (let n = 0; n < CALLS; n += 1) {
    const row = statement.get(ENVIRONMENT, CLIENT_ID, anyAccount()) as { id: string; token_set: string };
    const [, nonce = '', body = ''] = row.token_set.split('.');
    const bytes = Buffer.from(body, 'base64url');
    const decipher = createDecipheriv('aes-256-gcm', keyObject, Buffer.from(nonce, 'base64url'), {
      authTagLength: 16,
    });
    decipher.setAAD(Buffer.from(`link:${row.id}:token_set`));
    decipher.setAuthTag(bytes.subarray(-16));
    JSON.parse(decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8'));
  }
  return (CALLS / (performance.now() - from)) * 1000;
}

/** @returns calls a second, and how long the slowest of a hundred took in milliseconds */
async function library(callers: number): Promise<{ readonly rate: number; readonly p99: number }> {
  const times: number[] = [];
  const from = performance.now();
  await Promise.all(
    Array.from({ length: callers }, async () => {
      for (let n = 0; n < CALLS / callers; n += 1) {
        const asked = performance.now();
        await refresh(app, { appUserId: anyAccount() });
        times.push(performance.now() - asked);
      }
    }),
  );
  const rate = (times.length / (performance.now() - from)) * 1000;
  times.sort((one, other) => one - other);
  return { rate, p99: times[Math.floor(times.length * 0.99)] ?? Number.NaN };
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

try {
  await fill();
  limit();
  await library(1);
  console.log(
    `Fresh token, SQLite, ${LINKS} links, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`,
  );
  for (const callers of CALLERS) {
    const rounds = [];
    for (let round = 0; round < ROUNDS; round += 1)
      rounds.push({ bare: limit(), ...(await library(callers)) });
    const [bare, rate] = [median(rounds.map(({ bare }) => bare)), median(rounds.map(({ rate }) => rate))];
    const ratio = median(rounds.map(({ bare, rate }) => rate / bare));
    const p99 = median(rounds.map((round) => round.p99));
    console.log(
      `  ${callers} callers: ${Math.round(rate)} a second, p99 ${p99.toFixed(2)} ms; limit ${Math.round(bare)} a second; ratio ${ratio.toFixed(2)} (target 0.80)`,
    );
  }
} finally {
  connection.close();
  await app.close();
  rmSync(folder, { recursive: true });
}
