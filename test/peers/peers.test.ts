import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it, type TestContext } from 'node:test';
import type { Contender } from '../../bench/contenders/contender.ts';
import { others } from '../../bench/others.ts';
import { folder } from '../cli/command-line.ts';
import { approvedBy, client, codeIn, get, simulatorForTest } from '../simulator/browser-for-test.ts';

const purview = '/fhir/Consent/$purview';
/** Longer than the other process takes to read what is stored: it too shows the refresh token that the first one spends. */
const ANSWER_MS = 500;

const installed = existsSync(new URL('../../bench/node_modules/', import.meta.url));
const skip = !installed && process.env.CI !== 'true' ? 'not installed: npm ci --prefix bench' : false;
const { peers } = skip ? { peers: [] } : await others();

describe('another OAuth client', { skip }, () => {
  for (const peer of peers) {
    it(`${peer.name} completes a code grant`, async (t) => {
      const { simulator, one } = await linked(t, peer);
      assert.equal((await get(simulator, purview, await one.accessToken('lee'))).status, 200);
    });

    it(`${peer.name} loses the link where two processes refresh at once, as it would at PKB`, async (t) => {
      const { simulator, ...processes } = await linked(t, peer);
      const ends = await refreshedAtOnce(processes);
      assert.equal(simulator.received('token').length, 3, 'the exchange and two refreshes');
      assert.equal(ends.filter(({ status }) => status === 'rejected').length, 1);
      const [won] = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      assert.equal(await codeIn(await get(simulator, purview, won)), 'API_SESSION_INVALID');
      assert.equal(simulator.sessions()[0]?.ended, 'invalid');
    });

    it(`${peer.name} keeps the link where a second use within a grace time is allowed`, async (t) => {
      const { simulator, ...processes } = await linked(t, peer);
      simulator.toggles.refreshReuse = 'grace';
      for (const end of await refreshedAtOnce(processes)) {
        assert.equal(end.status, 'fulfilled');
        assert.equal((await get(simulator, purview, end.value)).status, 200);
      }
    });
  }
});

type Opened = Awaited<ReturnType<Contender['open']>>;

/** Lee's account, linked by the first of two processes that share what is stored. */
async function linked(t: TestContext, { open, redirectUri }: Contender) {
  const simulator = await simulatorForTest({ clients: [{ ...client, redirectUris: [redirectUri] }] });
  t.after(() => simulator.close());
  const place = { simulatorUrl: simulator.url, folder: await folder(t) };
  const one = await open(place);
  const other = await open(place);
  t.after(() => Promise.all([one.close(), other.close()]));
  const asked = await one.start('lee');
  await one.finish(asked, await approvedBy(simulator, asked.url));
  other.resume?.('lee', one.leave?.('lee'));
  simulator.next('token', { delayMs: ANSWER_MS, times: 'always' });
  return { simulator, one, other };
}

async function refreshedAtOnce({ one, other }: { readonly one: Opened; readonly other: Opened }) {
  await one.age();
  await other.age();
  return Promise.allSettled([one.accessToken('lee'), other.accessToken('lee')]);
}
