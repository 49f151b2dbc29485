/**
 * How fast the simulator is: it must never be what limits a measurement of something else.
 * `npm run bench:simulator` prints when it is ready, what 100,000 patients cost, and full code grants a second:
 * the request, the log-in, the approval and the exchange, over HTTP, from one process to another.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { connection, type HttpConnection } from './http-connection.ts';

const BIN = fileURLToPath(new URL('../bin/pkb-link.js', import.meta.url));
const CLIENT_ID = 'bench';
const REDIRECT_URI = 'https://app.example/cb';
const PATIENTS = 100_000;
const CONNECTIONS = 16;
const SECONDS = 5;

interface Started {
  readonly url: URL;
  readonly child: ChildProcess;
  readonly readyMs: number;
}

async function start(...args: readonly string[]): Promise<Started> {
  const from = performance.now();
  const child = spawn(
    process.execPath,
    [
      BIN,
      'simulate',
      '--port',
      '0',
      '--json',
      '--client-id',
      CLIENT_ID,
      '--redirect-uri',
      REDIRECT_URI,
      ...args,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const [line] = await once(child.stdout, 'data');
  return { url: new URL(JSON.parse(String(line)).url), child, readyMs: performance.now() - from };
}

async function stop({ child }: Started): Promise<void> {
  child.kill('SIGTERM');
  await once(child, 'exit');
}

/** Resident memory of a process, in MB (Linux). */
function megabytes({ child }: Started): number {
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

/** One patient's whole grant, as a browser and a client make it. */
async function grant(http: HttpConnection, person: string): Promise<void> {
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: CLIENT_ID,
    redirect_uri: REDIRECT_URI,
  });
  const logIn = await http.get(`/apiAuthorize.action?${asked}&scope=PATIENT&state=s`);
  const question = await http.post(
    '/apiAuthorize.action',
    `interaction=${interaction(logIn)}&person=${person}`,
  );
  const back = await http.post('/apiAuthorize.action', `interaction=${interaction(question)}&answer=approve`);
  const code = /\r\nlocation: [^\r]*[?&]code=([^&\r]+)/i.exec(back)?.[1];
  const exchange = new URLSearchParams({ grant_type: 'authorization_code', redirect_uri: REDIRECT_URI });
  const tokens = await http.post('/apiToken.action', `${exchange}&client_id=${CLIENT_ID}&code=${code}`);
  if (!tokens.includes('"refresh_token"')) throw new Error(`no tokens: ${tokens}`);
}

function interaction(page: string): string {
  const [, id] = /name="interaction" value="([^"]+)"/.exec(page) ?? [];
  if (id === undefined) throw new Error(`no form: ${page}`);
  return id;
}

async function grantsPerSecond(url: URL, people: readonly string[]): Promise<number> {
  let until = performance.now() + 1_000;
  let done = 0;
  async function patient(which: number): Promise<void> {
    const http = await connection(url);
    for (let n = which; performance.now() < until; n += CONNECTIONS) {
      await grant(http, people[n % people.length] ?? '');
      done += 1;
    }
    http.close();
  }
  const all = () => Promise.all(Array.from({ length: CONNECTIONS }, (_, which) => patient(which)));
  await all();
  done = 0;
  const from = performance.now();
  until = from + SECONDS * 1000;
  await all();
  return Math.round((done * 1000) / (performance.now() - from));
}

async function somePeople(control: string): Promise<readonly string[]> {
  const answer = await fetch(`${control}/api/people?from=19&count=1000`);
  const { people } = (await answer.json()) as { people: { publicId: string; status: string }[] };
  return people.filter(({ status }) => status === 'active').map(({ publicId }) => publicId);
}

const load = loadavg()[0]?.toFixed(2);
const small = await start('--no-control');
await stop(small);
const controlPort = 20_000 + (process.pid % 20_000);
const large = await start('--patients', String(PATIENTS), '--control-port', String(controlPort));
const people = await somePeople(`http://localhost:${controlPort}`);
const perSecond = await grantsPerSecond(large.url, people);
const memory = megabytes(large);
await stop(large);
console.log(`load average before: ${load}`);
console.log(`ready: ${Math.round(small.readyMs)} ms`);
console.log(`ready with ${PATIENTS} patients: ${Math.round(large.readyMs)} ms`);
console.log(`full code grants a second: ${perSecond}`);
console.log(`most memory, after ${perSecond * (SECONDS + 1)} grants or so: ${memory} MB`);
