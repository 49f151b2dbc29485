/**
 * What the pass-through of `serve` adds to a call of PKB, and what a long answer costs it.
 * `npm run bench:pass-through` prints medians of the same read asked directly and through the service, in turn, in one
 * run; and how much more memory the service needed at most when a Bundle of 50 MB, and then one of 500 MB, went through it.
 */

import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createApp } from '../src/app.ts';
import { asPublicId, type PublicId } from '../src/model.ts';

const BIN = fileURLToPath(new URL('../bin/pkb-link.js', import.meta.url));
const WARM_UP = 500;
const CALLS = 3000;
const PIECE = Buffer.alloc(64 * 1024, 'x');
const BUNDLE = JSON.stringify({ resourceType: 'Bundle', type: 'searchset', entry: [] });

/** PKB's FHIR API, as fast as a process can answer. */
async function upstream() {
  const server = createServer((request, response) => {
    response.setHeader('content-type', 'application/fhir+json');
    const pieces = Number(/^\/fhir\/long\/(\d+)$/.exec(request.url ?? '')?.[1]);
    if (Number.isNaN(pieces)) return response.end(BUNDLE);
    response.writeHead(200);
    let sent = 0;
    function send(): void {
      while (sent < pieces) {
        sent += 1;
        if (!response.write(PIECE)) {
          response.once('drain', send);
          return;
        }
      }
      response.end();
    }
    send();
    return response;
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** @returns how many bytes came, and how long it took in milliseconds */
async function ask(url: string, headers: Record<string, string>): Promise<{ bytes: number; ms: number }> {
  const from = performance.now();
  const [response] = await once(get(url, { agent, headers }), 'response');
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  return { bytes, ms: performance.now() - from };
}

function median(times: readonly number[]): number {
  return [...times].sort((one, other) => one - other)[Math.floor(times.length / 2)] ?? Number.NaN;
}

/** The most resident memory a process has had, in MB (Linux). */
function peakMegabytes(pid: number | undefined): number {
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024);
}

const { server, origin } = await upstream();
const folder = mkdtempSync(join(tmpdir(), 'pkb-link-bench-'));
const apiKey = randomBytes(32).toString('hex');
const settings = {
  databaseUrl: `file:${join(folder, 'links.db')}`,
  encryptionKeys: `k1:${randomBytes(32).toString('base64')}`,
  redirectUri: `${origin}/pkb/callback`,
  clientId: 'bench',
};
const app = await createApp({
  ...settings,
  environment: 'bench',
  returnAddresses: ['/'],
  provider: {
    authorizationEndpoint: `${origin}/authorize`,
    tokenEndpoint: `${origin}/token`,
    fhirBaseUrl: `${origin}/fhir`,
    restBaseUrl: `${origin}/json`,
  },
});
const issuedAt = new Date();
await app.store.addLink({
  id: randomUUID(),
  appUserId: 'account-1',
  publicId: asPublicId(randomUUID()) as PublicId,
  state: 'active',
  grantedAt: issuedAt,
  tokenSet: {
    accessToken: randomBytes(24).toString('base64url'),
    issuedAt,
    expiresAt: new Date(issuedAt.getTime() + 3_600_000),
  },
});
await app.close();

const child = spawn(process.execPath, [BIN, 'serve', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
  env: {
    PKB_ENVIRONMENT: 'bench',
    PKB_CLIENT_ID: settings.clientId,
    PKB_REDIRECT_URI: settings.redirectUri,
    PKB_AUTHORIZATION_ENDPOINT: `${origin}/authorize`,
    PKB_TOKEN_ENDPOINT: `${origin}/token`,
    PKB_FHIR_BASE_URL: `${origin}/fhir`,
    PKB_REST_BASE_URL: `${origin}/json`,
    PKB_LINK_DATABASE_URL: settings.databaseUrl,
    PKB_LINK_ENCRYPTION_KEYS: settings.encryptionKeys,
    PKB_LINK_API_KEY: apiKey,
    PORT: '0',
  },
});
const [line] = await once(child.stdout, 'data');
const service = `${(JSON.parse(String(line)) as { url: string }).url}/v1/links/account-1`;
const key = { authorization: `Bearer ${apiKey}` };

const direct: number[] = [];
const through: number[] = [];
for (let call = 0; call < WARM_UP + CALLS; call += 1) {
  const one = await ask(`${origin}/fhir/Observation?patient=1`, {});
  const other = await ask(`${service}/fhir/Observation?patient=1`, key);
  if (call < WARM_UP) continue;
  direct.push(one.ms);
  through.push(other.ms);
}
console.log(`load average: ${loadavg()[0]?.toFixed(2)}`);
console.log(`direct: ${median(direct).toFixed(2)} ms at the median of ${CALLS}`);
console.log(
  `through: ${median(through).toFixed(2)} ms; added: ${(median(through) - median(direct)).toFixed(2)} ms`,
);

const before = peakMegabytes(child.pid);
for (const pieces of [800, 8000]) {
  const { bytes, ms } = await ask(`${service}/fhir/long/${pieces}`, key);
  const more = peakMegabytes(child.pid) - before;
  console.log(
    `a Bundle of ${Math.round(bytes / 1024 / 1024)} MB: ${Math.round(ms)} ms, at most ${more} MB more memory`,
  );
}

child.kill('SIGTERM');
await once(child, 'exit');
agent.destroy();
server.close();
rmSync(folder, { recursive: true });
