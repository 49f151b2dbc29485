import { checkedApiKey } from '../../outward/checked-api-key.ts';
import type { Outward } from '../../storage/outward.ts';
import type { Sound } from './configuration.ts';
import { type Finding, failedBy, pass, warn } from './finding.ts';

/** Whether somebody may call the HTTP API, with a key that cannot be guessed. */
export async function checkCallers({ config }: Sound, store: Outward): Promise<Finding> {
  const check = 'API keys';
  try {
    await checkedApiKey(config.apiKey, store);
    return pass(check, 'there is one that cannot be guessed');
  } catch (thrown) {
    // Patient pages inside an app of the partner's own do without the API.
    return config.apiKey === undefined
      ? warn(
          check,
          'nobody can call the HTTP API',
          'make a key with pkb-link api-keys create; nothing, where pkb-link serve is not used',
        )
      : failedBy(check, thrown, 'correct PKB_LINK_API_KEY');
  }
}
