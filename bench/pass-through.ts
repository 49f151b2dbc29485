/** What the pass-through of `serve` adds to a call of PKB, and what a long answer costs it. */

import { fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { asPublicId, type PublicId } from '../src/model.ts';
import { stayAwake } from './awake.ts';
import { inFlight, median, ms, quantile, whole } from './figures.ts';
import { openApp } from './filled.ts';
import { API_KEY, installed, megabytes, serving } from './installed.ts';
import type { Part, Table } from './table.ts';

const PIECES_OF_50_MB = 800;

export const passThrough: Part = async (setting): Promise<readonly Table[]> => {
  const { origin, stop: stopUpstream } = await startUpstream();
  const databaseUrl = `file:${join(setting.folder, 'pass-through.db')}`;
  const app = await openApp(databaseUrl);
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
  const service = await serving(installed(setting.folder), databaseUrl, {
    PKB_AUTHORIZATION_ENDPOINT: `${origin}/authorize`,
    PKB_TOKEN_ENDPOINT: `${origin}/token`,
    PKB_FHIR_BASE_URL: `${origin}/fhir`,
    PKB_REST_BASE_URL: `${origin}/json`,
  });
  const agent = new Agent({ keepAlive: true, maxSockets: 32 });
  const path = '/fhir/Observation?patient=1';
  const through = `${service.url}v1/links/account-1`;
  const key = { authorization: `Bearer ${API_KEY}` };

  setting.progress('pass-through: latency');
  const [warmUp, calls] = setting.quick ? [5, 20] : [2_000, 3_000];
  const awake = stayAwake();
  const times: [number[], number[]] = [[], []];
  for (let call = 0; call < warmUp + calls; call += 1) {
    const one = await ask(agent, `${origin}${path}`, {});
    const other = await ask(agent, `${through}${path}`, key);
    if (call < warmUp) continue;
    times[0].push(one.ms);
    times[1].push(other.ms);
  }
  awake.end();
  setting.progress('pass-through: throughput');
  const rates = [
    await inFlight(32, calls, () => ask(agent, `${origin}${path}`, {})),
    await inFlight(32, calls, () => ask(agent, `${through}${path}`, key)),
  ];
  setting.progress('pass-through: long answers');
  const long: { megabytes: number; ms: number; more: number }[] = [];
  for (const pieces of setting.quick ? [16] : [PIECES_OF_50_MB, 10 * PIECES_OF_50_MB]) {
    const before = megabytes(service.child.pid).most;
    const { bytes, ms } = await ask(agent, `${through}/fhir/long/${pieces}`, key);
    long.push({ megabytes: bytes / 2 ** 20, ms, more: megabytes(service.child.pid).most - before });
  }
  await service.stop();
  agent.destroy();
  stopUpstream();

  const added = median(times[1]) - median(times[0]);
  const [fifty, tenTimes] = long;
  return [
    {
      title: 'Pass-through',
      method: `The same short read directly and through \`pkb-link serve\`, in turn, ${whole(calls)} times, of an upstream that is as fast as a process can answer, asked by a process that never sleeps; then 32 at once. A Bundle of 50 MB and one ten times as long show whether an answer is held in memory: the figure is how much more the service needed at most than before.`,
      columns: ['', 'direct', 'through pkb-link'],
      rows: [
        ['median', ms(median(times[0])), ms(median(times[1]))],
        ['p99', ms(quantile(times[0], 0.99)), ms(quantile(times[1], 0.99))],
        ['a second, 32 at once', ...rates.map(({ rate }) => whole(rate))],
        ...long.map(({ megabytes, ms, more }) => [
          `a Bundle of ${whole(megabytes)} MB`,
          '',
          `${whole(ms)} ms, ${more} MB more memory`,
        ]),
      ],
      targets: [
        {
          what: 'Pass-through: added to the median',
          target: 'at most 1 ms',
          measured: ms(added),
          met: added <= 1,
        },
        {
          what: 'Pass-through: more memory for 500 MB than for 50 MB',
          target: 'none to speak of (32 MB)',
          measured: `${tenTimes?.more ?? fifty?.more} MB`,
          met: (tenTimes?.more ?? fifty?.more ?? 0) <= 32,
        },
      ],
    },
  ];
};

async function startUpstream(): Promise<{ origin: string; stop: () => void }> {
  const child = fork(fileURLToPath(new URL('./upstream-process.ts', import.meta.url)));
  const [origin] = await once(child, 'message');
  return { origin, stop: () => child.disconnect() };
}

async function ask(
  agent: Agent,
  url: string,
  headers: Record<string, string>,
): Promise<{ bytes: number; ms: number }> {
  const from = performance.now();
  const [response] = await once(get(url, { agent, headers }), 'response');
  let bytes = 0;
  for await (const chunk of response) bytes += (chunk as Buffer).length;
  if (response.statusCode !== 200) throw new Error(`${url} answered ${response.statusCode}`);
  return { bytes, ms: performance.now() - from };
}
