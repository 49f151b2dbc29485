/** Signatures by Standard Webhooks (https://www.standardwebhooks.com), version 1: HMAC-SHA256. */

import { createHmac } from 'node:crypto';
import { ConfigurationError } from '../errors.ts';

const PREFIX = 'whsec_';
/** Bytes of a secret, as the standard asks for. */
const [SHORTEST, LONGEST] = [24, 64];
/** Random bytes hardly ever repeat so much; what somebody typed does. */
const DIFFERENT_BYTES = 16;

export type WebhookSecret = Buffer;

/** @throws ConfigurationError `bad-configuration` with the remedy, never with the secret */
export function parseSecrets(secrets: readonly string[]): readonly WebhookSecret[] {
  if (secrets.length < 1 || secrets.length > 2) {
    throw weak('must be one secret, or two with a comma between while one replaces the other');
  }
  return secrets.map(parseSecret);
}

function parseSecret(secret: string, place: number): WebhookSecret {
  const base64 = secret.startsWith(PREFIX) ? secret.slice(PREFIX.length) : '';
  const bytes = Buffer.from(base64, 'base64');
  const strong =
    bytes.length >= SHORTEST && bytes.length <= LONGEST && new Set(bytes).size >= DIFFERENT_BYTES;
  if (!strong || bytes.toString('base64') !== base64) {
    throw weak(`secret ${place + 1} must be ${PREFIX} and base64 of ${SHORTEST} to ${LONGEST} random bytes`);
  }
  return bytes;
}

/** The headers of one attempt. A receiver refuses a `webhook-timestamp` that is old, so each attempt has its own. */
export function signedHeaders(
  secrets: readonly WebhookSecret[],
  { id, at, body }: { readonly id: string; readonly at: Date; readonly body: string },
): Record<string, string> {
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signatures = secrets.map((secret) =>
    createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64'),
  );
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': signatures.map((signature) => `v1,${signature}`).join(' '),
  };
}

function weak(trouble: string): ConfigurationError {
  return new ConfigurationError(
    'bad-configuration',
    `${trouble}. Make one with: echo "${PREFIX}$(openssl rand -base64 32)"`,
    { setting: 'PKB_LINK_WEBHOOK_SECRETS' },
  );
}
