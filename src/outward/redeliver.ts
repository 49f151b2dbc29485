import type { App } from '../app.ts';
import type { DeadLetter } from '../storage/outward.ts';
import type { Delivered, Webhook } from '../webhook/webhook.ts';

/**
 * Sends a dead letter once more, now. Accepted, it is one no longer. What happened to the account later may have been
 * accepted long before it.
 */
export async function redeliver(
  app: Pick<App, 'store' | 'actor'>,
  { webhook, letter }: { readonly webhook: Webhook; readonly letter: DeadLetter },
): Promise<Delivered> {
  const { id, linkId } = letter.event;
  await app.store.record({
    act: 'dead_letter.resent',
    by: app.actor,
    reference: id,
    ...(linkId !== undefined && { linkId }),
  });
  const delivered = await webhook.send(letter.event);
  if (delivered.accepted) await app.store.dropDeadLetter(id);
  return delivered;
}
