import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { asPublicId, type PublicId } from '../../src/model.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';
import { postgresServer, withoutPostgres } from './postgres-server.ts';

const server = postgresServer();
const options = {
  scope: { environment: 'sandbox', clientId: 'clock' },
  keyRing: parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`),
};
const publicId = asPublicId('7c0369c8-325a-4480-934f-88d230e770d0') as PublicId;

describe('a lease on PostgreSQL', withoutPostgres, () => {
  for (const minutes of [-5, 5]) {
    it(`holds between two machines whose clocks are ${minutes} minutes apart`, async (t) => {
      const url = await server.newDatabase();
      const right = await openStore({ url, ...options });
      t.after(() => right.close());
      const at = new Date();
      await right.addLink({
        id: 'link-1',
        appUserId: 'ada',
        publicId,
        state: 'active',
        grantedAt: at,
        tokenSet: { accessToken: 'a', refreshToken: 'r', issuedAt: at, expiresAt: at },
      });

      t.mock.timers.enable({ apis: ['Date'], now: Date.now() + minutes * 60_000 });
      const wrong = await openStore({ url, ...options });
      t.after(() => wrong.close());
      const lease = await wrong.leaseRefresh({
        linkId: 'link-1',
        appUserId: 'ada',
        version: 1,
        owner: 'wrong',
        forMs: 30_000,
      });
      assert.ok(lease);
      t.mock.timers.reset();

      assert.equal((await right.findGrant('link-1'))?.leased, true);
      const { version } = lease;
      assert.equal(
        await right.leaseRefresh({ linkId: 'link-1', appUserId: 'ada', version, owner: 'right', forMs: 1 }),
        undefined,
      );
    });
  }
});
