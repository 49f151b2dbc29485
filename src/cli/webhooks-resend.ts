import { configFromEnvironment } from '../config.ts';
import { ConfigurationError, InvalidRequestError, UpstreamUnavailableError } from '../errors.ts';
import { redeliver } from '../outward/redeliver.ts';
import type { DeadLetter } from '../storage/outward.ts';
import type { Store } from '../storage/store.ts';
import { createWebhook } from '../webhook/http.ts';
import { operator } from './operator.ts';
import { json, line, remark } from './print.ts';
import { withStore } from './with-store.ts';

const PAGE = 500;

/** `pkb-link webhooks resend`: sends one dead letter, or all of them in their order, once more. */
export function webhooksResend(
  eventId: string | undefined,
  options: { readonly all?: boolean; readonly json?: boolean },
): Promise<void> {
  if ((eventId === undefined) !== (options.all === true)) {
    throw new InvalidRequestError('bad-input', 'name one event, or --all', { field: 'event' });
  }
  const { webhook: settings } = configFromEnvironment();
  if (!settings) {
    throw new ConfigurationError('bad-configuration', 'is missing: there is nobody to send to', {
      setting: 'PKB_LINK_WEBHOOK_URL',
    });
  }
  const webhook = createWebhook(settings);
  return withStore(async (store) => {
    let [accepted, refused] = [0, 0];
    for await (const letter of letters(store, eventId)) {
      const delivered = await redeliver({ store, actor: operator() }, { webhook, letter });
      if (delivered.accepted) accepted += 1;
      else {
        refused += 1;
        remark(`${letter.event.id}: ${delivered.failure}`);
      }
    }
    if (options.json) json({ accepted, refused });
    else line(`${accepted} accepted, ${refused} not.`);
    if (refused > 0) {
      throw new UpstreamUnavailableError('server-error', 'what was not accepted is still a dead letter');
    }
  }).finally(webhook.close);
}

async function* letters(store: Store, eventId: string | undefined): AsyncGenerator<DeadLetter> {
  if (eventId !== undefined) {
    const letter = await store.findDeadLetter(eventId);
    if (!letter) throw new InvalidRequestError('bad-input', 'this is no dead letter', { field: 'event' });
    yield letter;
    return;
  }
  let after: string | undefined;
  do {
    const page = await store.listDeadLetters({ limit: PAGE, ...(after !== undefined && { after }) });
    yield* page;
    after = page.length === PAGE ? page.at(-1)?.event.id : undefined;
  } while (after !== undefined);
}
