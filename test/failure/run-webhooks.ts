/**
 * `npm run webhooks`: 10,000 events from two processes of `pkb-link serve`, which are killed by turns, to a receiver that
 * fails, hangs, restarts and answers late; and the figures. A part of it, or on PostgreSQL:
 * `npm run webhooks -- --links 50 --events 10 --store postgres`. Ends with 1 where an event was lost or came early.
 */

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { parseArgs } from 'node:util';
import { createApp } from '../../src/app.ts';
import { configFromEnvironment } from '../../src/config.ts';
import { type Environment, folder, start } from '../cli/command-line.ts';
import { postgresServer } from '../storage/postgres-server.ts';
import { SECRET } from '../webhook/receiver.ts';
import { trial } from './undelivered.ts';

const { values } = parseArgs({
  options: {
    links: { type: 'string', default: '500' },
    /** Of each link. */
    events: { type: 'string', default: '20' },
    store: { type: 'string', default: 'sqlite' },
  },
});
const server = values.store === 'postgres' ? postgresServer({ fsync: true }) : undefined;

const print = (what: string, figure: number | string) =>
  process.stdout.write(`${what.padEnd(56)}${String(figure).padStart(10)}\n`);

it(`${values.store}: every event arrives, in the order of its link`, async (t) => {
  const place = await folder(t);
  const env: Environment = {
    PKB_ENVIRONMENT: 'simulator',
    PKB_LINK_DATABASE_URL: server ? await server.newDatabase() : `file:${place}/links.db`,
    PKB_LINK_SPOOL: `${place}/spool`,
    PKB_LINK_API_KEY: 'x'.repeat(32),
    PKB_LINK_WEBHOOK_SECRETS: SECRET,
    PKB_LINK_WEBHOOK_PRIVATE: 'yes',
    PORT: '0',
  };
  const app = await createApp(
    configFromEnvironment({ ...env, PKB_LINK_WEBHOOK_URL: 'http://127.0.0.1/' }).app,
  );
  t.after(() => app.close());
  const [links, events] = [Number(values.links), Number(values.events)];
  const began = performance.now();
  const outcome = await trial({
    app,
    links,
    events,
    failing: 0.05,
    hanging: 0.003,
    late: 0.05,
    lateMs: 500,
    restarts: 3,
    awayMs: 2000,
    kills: 6,
    async start(url) {
      const { child, ended } = await start(t, ['serve'], { ...env, PKB_LINK_WEBHOOK_URL: url });
      return {
        async kill() {
          child.kill('SIGKILL');
          await ended;
        },
      };
    },
  });
  print('events', links * events);
  print('accepted by the receiver', outcome.accepted);
  print('lost', outcome.lost.length);
  print('early: before those before them were accepted', outcome.early.length);
  print('requests', outcome.requests);
  print('  answered with 500', outcome.failed);
  print('  never answered', outcome.hung);
  print('  for an event that had arrived before', outcome.repeated);
  print('services killed', 6);
  print('restarts of the receiver', 3);
  print('seconds', Math.round((performance.now() - began) / 1000));
  assert.deepEqual([outcome.lost, outcome.early, outcome.accepted], [[], [], links * events]);
  assert.deepEqual(await app.store.listDeadLetters({ limit: 1 }), []);
});
