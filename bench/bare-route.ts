/**
 * What a partner's own endpoint costs before it does anything: a route of Hono behind a key check, and an answer as long as
 * ours. Where it is given a database it also reads the row and opens what is sealed in it: no route that keeps nothing in
 * memory costs less.
 */

import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { sameSecret } from '../src/sha256.ts';
import { limitOfSqlite } from './limits.ts';

const [, , key = '', database] = process.argv;
const limit = database === undefined ? undefined : limitOfSqlite(database);
const routes = new Hono();
routes.use(async (c, next) => {
  const [, sent] = /^Bearer ([^ ]+)$/i.exec(c.req.header('authorization') ?? '') ?? [];
  return sent !== undefined && sameSecret(sent, key) ? next() : c.text('wrong key', 401);
});
routes.post('/v1/links/:app_user_id/access-token', (c) => {
  limit?.read(c.req.param('app_user_id'));
  return c.json({
    access_token: 'pD9RmdDNkDXCM_UINPlKNCIv1QsmKmoN',
    token_type: 'Bearer',
    expires_at: '2026-11-26T10:00:00.000Z',
    pkb_public_id: '00000000-0000-4000-8000-000000000000',
  });
});
serve({ fetch: routes.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
  process.send?.({ url: `http://127.0.0.1:${port}` });
});
process.on('disconnect', () => process.exit());
