/** The stand-in PKB in a process of its own, as PKB is; driven by messages. */

import { startSimulator } from '../src/simulator.ts';
import { CLIENT_ID } from './contenders/contender.ts';

/** What it is asked. */
export type Ask =
  /** Of refreshes that take as long as this. */
  | { readonly delayMs: number }
  /** Since the last time. */
  | { readonly count: true };

export interface Ready {
  readonly url: string;
  /** Of patients whom the API does not refuse. */
  readonly publicIds: readonly string[];
}

export interface Counted {
  readonly refreshes: number;
  /** API sessions that have ended, of all. */
  readonly ended: number;
}

const [patients = '0', ...redirectUris] = process.argv.slice(2);
const simulator = await startSimulator({
  clients: [{ clientId: CLIENT_ID, owner: 'Bench', product: 'Bench', redirectUris }],
  patients: Number(patients),
  toggles: { refreshReuse: 'end-session' },
});
let since = 0;

process.on('message', (ask: Ask) => {
  if ('delayMs' in ask) {
    simulator.clear('token');
    if (ask.delayMs > 0) simulator.next('token', { delayMs: ask.delayMs, times: 'always' });
    process.send?.({});
    return;
  }
  const refreshes = simulator
    .received('token')
    .filter(({ at, body }) => at >= since && typeof body === 'object' && body.grant_type === 'refresh_token');
  const ended = simulator.sessions().filter((session) => session.ended !== undefined);
  process.send?.({ refreshes: refreshes.length, ended: ended.length } satisfies Counted);
  since = Date.now();
});
process.on('disconnect', () => process.exit());

const everybody = Array.from({ length: simulator.directory.size }, (_, n) => simulator.directory.at(n));
const publicIds = everybody.flatMap((person) =>
  person?.kind === 'patient' && person.status === 'active' ? [person.publicId] : [],
);
process.send?.({ url: simulator.url, publicIds } satisfies Ready);
