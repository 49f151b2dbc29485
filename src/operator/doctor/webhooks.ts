import { lookup } from 'node:dns/promises';
import type { Store } from '../../storage/store.ts';
import { mayBeSentTo } from '../../webhook/addresses.ts';
import type { Sound } from './configuration.ts';
import { type Finding, fail, pass, warn } from './finding.ts';

const MOST = 1000;

/** Whether the receiver's name stands for an address that may be sent to. Nothing is sent. */
export async function checkReceiver({ config: { webhook } }: Sound): Promise<Finding> {
  const check = 'webhook receiver';
  if (!webhook) return pass(check, 'there is none');
  const { hostname, protocol } = new URL(webhook.url);
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  if (found.length === 0) {
    return fail(
      check,
      `${hostname} cannot be found`,
      'correct PKB_LINK_WEBHOOK_URL, or its entry in the DNS',
    );
  }
  const by = { secure: protocol === 'https:', privateAddresses: webhook.privateAddresses ?? false };
  return found.every(({ address }) => mayBeSentTo(address, by))
    ? pass(check, `${hostname} may be sent to`)
    : fail(
        check,
        `${hostname} has an address that is not sent to`,
        'use https for a public address; for a private one set PKB_LINK_WEBHOOK_PRIVATE=yes',
      );
}

export async function checkDeadLetters(store: Store): Promise<Finding> {
  const letters = (await store.listDeadLetters({ limit: MOST })).length;
  if (letters === 0) return pass('dead letters', 'there are none');
  const says = `${letters}${letters === MOST ? ' or more' : ''} were never accepted`;
  return warn('dead letters', says, 'see pkb-link webhooks list; then pkb-link webhooks resend');
}
