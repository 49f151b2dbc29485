import type { App } from '../app.ts';
import { checkedAppUserId } from '../flow/account.ts';
import type { AuditEntry } from '../model.ts';
import type { Held } from '../storage/people.ts';

export interface HeldOfPerson extends Held {
  readonly audit: readonly AuditEntry[];
}

const PAGE = 500;

/**
 * All that is stored of one account's owner, for their right of access; itself an act of the audit trail. Tokens and other secrets
 * are not in it: whoever has one can act for the patient.
 *
 * @throws InvalidRequestError `bad-input` for an id that no account can have
 */
export async function exportPerson(
  { store, actor }: Pick<App, 'store' | 'actor'>,
  input: { readonly appUserId: string },
): Promise<HeldOfPerson> {
  const appUserId = checkedAppUserId(input.appUserId);
  const held = await store.heldOf(appUserId);
  for (const { id } of held.links) await store.record({ act: 'person.exported', by: actor, linkId: id });
  const audit: AuditEntry[] = [];
  let after: number | undefined = 0;
  do {
    const page: readonly AuditEntry[] = await store.listAudit({ appUserId, after, limit: PAGE });
    audit.push(...page);
    after = page.length === PAGE ? page.at(-1)?.position : undefined;
  } while (after !== undefined);
  return { ...held, audit };
}
