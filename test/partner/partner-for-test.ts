import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PartnerApp, type PartnerAppOptions, startPartnerApp } from '../../apps/partner/partner-app.ts';

/** Ridgeway Health on free ports, on a folder of its own that goes with it. */
export async function partnerForTest(
  options: Partial<PartnerAppOptions> = {},
): Promise<PartnerApp & { readonly folder: string }> {
  const parent = await mkdtemp(join(tmpdir(), 'ridgeway-'));
  const folder = join(parent, 'data');
  const partner = await startPartnerApp({
    folder,
    port: 0,
    simulatorPort: 0,
    env: {},
    attemptsPerMinute: 1000,
    ...options,
  });
  return {
    ...partner,
    folder,
    async close() {
      await partner.close();
      await rm(parent, { recursive: true });
    },
  };
}
