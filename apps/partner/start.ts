/** `npm start`: Ridgeway Health until it is interrupted. */

import { ConfigurationError } from 'pkb-link';
import { startPartnerApp } from './partner-app.ts';

const { env } = process;

// What is written here is for this account of the machine alone.
process.umask(0o077);
try {
  const partner = await startPartnerApp({
    folder: env.PARTNER_DATA ?? 'data',
    port: portFrom('PORT', 8080),
    simulatorPort: portFrom('SIMULATOR_PORT', 8181),
    servicePort: portFrom('SERVICE_PORT', 8282),
    env,
    say: console.log,
    log: (event, fields) =>
      console.error(JSON.stringify({ time: new Date().toISOString(), event, ...fields })),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void partner.close());
  console.log('Ridgeway Health is open: register there, then connect a PKB record.');
  console.log(partner.url);
} catch (error) {
  if (!(error instanceof ConfigurationError)) throw error;
  console.error(`${error.setting ?? 'A setting'} ${error.message}`);
  process.exitCode = 78;
}

function portFrom(setting: string, fallback: number): number {
  const text = env[setting] ?? String(fallback);
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) {
    throw new ConfigurationError('bad-configuration', 'must be a port, 0 to 65535', { setting });
  }
  return Number(text);
}
