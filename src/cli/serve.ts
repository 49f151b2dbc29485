import { serve as listen } from '@hono/node-server';
import { pino } from 'pino';
import { createApp } from '../app.ts';
import { configFromEnvironment } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { api } from '../http/api.ts';
import { json, line } from './print.ts';
import { untilStopped } from './until-stopped.ts';

const SHORTEST_KEY = 32;

/** `pkb-link serve`: the HTTP API, until it is stopped; then it finishes what it has begun. Logs go to standard error. */
export async function serve(options: { readonly json?: boolean }): Promise<void> {
  const config = configFromEnvironment();
  const { apiKey, host, port } = config;
  if (apiKey === undefined || apiKey.length < SHORTEST_KEY) {
    throw new ConfigurationError(
      'bad-configuration',
      `must be ${SHORTEST_KEY} characters or more: whoever has it can act for every patient. Make one with: openssl rand -hex 32`,
      { setting: 'PKB_LINK_API_KEY' },
    );
  }
  const logger = pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(2));
  const app = await createApp({ ...config.app, log: (event, fields) => logger.info(fields ?? {}, event) });
  try {
    const server = listen({ fetch: api(app, { apiKey }).fetch, port, hostname: host });
    const address = await new Promise<{ port: number }>((resolve, reject) => {
      server.once('listening', () => resolve(server.address() as { port: number }));
      server.once('error', reject);
    });
    const url = `http://${host}:${address.port}`;
    if (options.json) json({ url });
    else line(`The API listens at ${url} (environment ${config.app.environment}).`);
    await untilStopped();
    await new Promise((resolve) => server.close(resolve));
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== 'EADDRINUSE') throw cause;
    throw new ConfigurationError('bad-configuration', `${port} is in use: choose another`, {
      setting: 'PORT',
      cause,
    });
  } finally {
    await app.close();
  }
}
