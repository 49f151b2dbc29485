/** A process that does the task argv[3] on the database argv[2], and says by messages how far it has come. */

import { setTimeout as forever } from 'node:timers/promises';
import { openStore } from '../../src/storage/open-store.ts';
import { alone } from '../../src/storage/postgres.ts';
import { parseKeyRing } from '../../src/storage/seal.ts';

const [, , url = '', task] = process.argv;
const say = (message: unknown) => process.send?.(message);
const open = () =>
  openStore({
    url,
    scope: { environment: 'sandbox', clientId: 'client' },
    keyRing: parseKeyRing(`k1:${Buffer.alloc(32).toString('base64')}`),
  });
process.on('disconnect', () => process.exit());

switch (task) {
  case 'open':
    process.on('message', async () => {
      await open();
      say('opened');
    });
    say('ready');
    break;

  case 'migrate and stop half-way':
    await alone(url, (database) =>
      database.transaction(async (tx) => {
        await tx.script('create table link (id text primary key)');
        say('half-way');
        await forever(600_000);
      }),
    );
    break;

  case 'stop in the middle of a transaction': {
    const store = await open();
    await store.transaction(async (tx) => {
      const link = await tx.findLink('ada');
      if (!link) throw new Error('the test adds it');
      await tx.changeLink(link.id, link.version, { state: 'suspended', reason: 'half done' });
      await tx.addEvent({ linkId: link.id, by: 'service', type: 'link.suspended', at: new Date() });
      say('in the middle');
      await forever(600_000);
    });
    break;
  }

  case 'lease': {
    const store = await open();
    process.on('message', async (linkId: string) => {
      say(
        Boolean(await store.leaseRefresh({ linkId, version: 1, owner: String(process.pid), forMs: 60_000 })),
      );
    });
    say('ready');
    break;
  }

  default:
    throw new Error(`no task is called ${task}`);
}
