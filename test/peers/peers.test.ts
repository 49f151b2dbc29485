import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { installed, type Peer, REMEDY, simulatorFor } from '../../bench/peers/peer.ts';
import { codeIn, get } from '../simulator/browser-for-test.ts';

const purview = '/fhir/Consent/$purview';

/** Loaded here, as there may be nothing to load. */
const peers: readonly (() => Promise<Peer>)[] = [
  async () => (await import('../../bench/peers/openid-client.ts')).openidClient,
  async () => (await import('../../bench/peers/simple-oauth2.ts')).simpleOauth2,
  async () => (await import('../../bench/peers/fhirclient.ts')).fhirclient,
  async () => (await import('../../bench/peers/better-auth.ts')).betterAuthPeer,
];
const names = ['openid-client', 'simple-oauth2', 'fhirclient', 'better-auth'];

describe('another OAuth client', { skip: !installed && process.env.CI !== 'true' ? REMEDY : false }, () => {
  for (const [which, load] of peers.entries()) {
    it(`${names[which]} completes a code grant`, async () => {
      const peer = await load();
      const { simulator, browse } = await simulatorFor(peer);
      await using _ = simulator;
      const grant = await peer.grant(simulator, browse);
      assert.equal((await get(simulator, purview, await grant.accessToken())).status, 200);
    });

    it(`${names[which]} loses the link where two processes refresh at once, as it would at PKB`, async () => {
      const peer = await load();
      const { simulator, browse } = await simulatorFor(peer);
      await using _ = simulator;
      const grant = await peer.grant(simulator, browse);
      const ends = await grant.refreshInTwoProcesses();
      assert.equal(simulator.received('token').length, 3, 'the exchange and two refreshes');
      assert.equal(ends.filter(({ status }) => status === 'rejected').length, 1);
      const [won] = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
      assert.equal(await codeIn(await get(simulator, purview, won)), 'API_SESSION_INVALID');
      assert.equal(simulator.sessions()[0]?.ended, 'invalid');
    });

    it(`${names[which]} keeps the link where a second use within a grace time is allowed`, async () => {
      const peer = await load();
      const { simulator, browse } = await simulatorFor(peer);
      await using _ = simulator;
      simulator.toggles.refreshReuse = 'grace';
      const grant = await peer.grant(simulator, browse);
      for (const end of await grant.refreshInTwoProcesses()) {
        assert.equal(end.status, 'fulfilled');
        assert.equal((await get(simulator, purview, end.value)).status, 200);
      }
    });
  }
});
