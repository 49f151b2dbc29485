import type { Environment } from '../../config.ts';
import { checkRedirectAddress, checkReturnAddresses } from './addresses.ts';
import { checkCallers } from './callers.ts';
import { checkConfiguration } from './configuration.ts';
import { checkDisk } from './disk.ts';
import { checkDoubt } from './doubt.ts';
import type { Finding } from './finding.ts';
import { checkPkb } from './pkb.ts';
import { checkDatabase } from './store.ts';
import { checkDeadLetters, checkReceiver } from './webhooks.ts';

/** Everything that can be found out about an installation without changing it. All else needs settings that can be read. */
export async function examine(environment: Environment): Promise<readonly Finding[]> {
  const { findings, sound } = checkConfiguration(environment);
  if (!sound) return findings;
  const [pkb, database, disk, receiver] = await Promise.all([
    checkPkb(sound),
    checkDatabase(sound, async (store) => [
      await checkCallers(sound, store),
      await checkDoubt(store),
      await checkDeadLetters(store),
    ]),
    checkDisk(sound),
    checkReceiver(sound),
  ]);
  return [
    ...findings,
    checkRedirectAddress(sound),
    checkReturnAddresses(sound),
    ...database,
    ...disk,
    ...pkb,
    receiver,
  ];
}
