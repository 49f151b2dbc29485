/**
 * A process that writes to the store at argv[2] under the name argv[3], argv[4] times or until it is killed. Each line it
 * prints is a promise kept: the number whose rows were acknowledged.
 */

import { writeSync } from 'node:fs';
import { asPublicId, type PublicId } from '../../src/model.ts';
import { openSqliteStore } from '../../src/storage/open-store.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';

const [, , path = '', name = '', times = 'Infinity'] = process.argv;
const store = await openSqliteStore({
  path,
  scope: { environment: 'sandbox', clientId: 'client' },
  keyRing: parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`),
});

for (let n = 0; n < Number(times); n += 1) {
  const id = `${name}-${n}`;
  const now = new Date();
  const tokenSet = {
    accessToken: `first-${id}`,
    refreshToken: `refresh-${id}`,
    issuedAt: now,
    expiresAt: now,
  };
  await store.transaction(async (tx) => {
    const publicId = asPublicId(crypto.randomUUID()) as PublicId;
    await tx.addLink({ id, appUserId: id, publicId, state: 'active', grantedAt: now, tokenSet });
    await tx.addEvent({ linkId: id, by: 'service', type: 'link.active', at: now });
  });
  const lease = await store.leaseRefresh({
    linkId: id,
    version: 1,
    owner: name,
    forMs: 60_000,
  });
  if (!lease) throw new Error(`nobody else could lease ${id}`);
  await store.commitRefresh(lease, { ...tokenSet, accessToken: `second-${id}` });
  // Written at once: a line that waits in this process would be lost with it.
  writeSync(1, `${n}\n`);
}
await store.close();
