import { ConfigurationError } from '../errors.ts';
import type { Outward } from '../storage/outward.ts';

/**
 * What a bearer token may hold (RFC 6750 section 2.1), so that callers can send it, and too long to be guessed. None is
 * needed where one was made by `api-keys create`.
 * @throws ConfigurationError `bad-configuration`
 */
export async function checkedApiKey(apiKey: string | undefined, store: Outward): Promise<string | undefined> {
  if (apiKey !== undefined && /^[\w.~+/-]{32,}=*$/.test(apiKey)) return apiKey;
  if (apiKey === undefined && (await store.listApiKeys()).some(({ revokedAt }) => !revokedAt)) {
    return undefined;
  }
  throw new ConfigurationError(
    'bad-configuration',
    `${apiKey === undefined ? 'is missing' : 'must be 32 or more letters, digits and -._~+/'}: whoever has it can act for every patient. Make one with: openssl rand -hex 32, or store one with: pkb-link api-keys create`,
    { setting: 'PKB_LINK_API_KEY' },
  );
}
