import type { Store } from '../../storage/store.ts';
import { type Finding, pass, warn } from './finding.ts';

/** After a crash, an outage or a restored backup: refreshes whose answer nobody knows. */
export async function checkDoubt(store: Pick<Store, 'counts'>): Promise<Finding> {
  const { links } = await store.counts();
  const unsure = links.reduce((sum, each) => sum + (each.health === 'unsure' ? each.links : 0), 0);
  if (unsure === 0) return pass('links', 'no refresh is in doubt');
  return warn(
    'links',
    `${unsure} ${unsure === 1 ? 'link is' : 'links are'} unsure: a refresh may have been sent whose answer is not known`,
    'pkb-link links --health unsure says which; each settles by itself when its access token is over',
  );
}
