import type { App } from '../app.ts';
import type { Link } from '../model.ts';

/** A link as another system takes it over, in the words of an import. */
export interface ExportedLink {
  readonly link: Link;
  /** Absent where the grant has ended, or is about to (PKB sent none). */
  readonly refreshToken?: string;
  /** A refresh was sent whose answer is not stored: the token may be spent. */
  readonly unsure: boolean;
}

const PAGE = 500;

/**
 * All links that are not unlinked, in order of id, with their refresh tokens in the clear: seal them before they rest
 * anywhere. A token is good until the next refresh spends it, so nothing may serve from here on. The audit trail has it before the first one is handed out.
 */
export async function* exportLinks(app: App): AsyncGenerator<ExportedLink> {
  await app.store.record({ act: 'links.exported', by: app.actor });
  let after = '';
  for (;;) {
    const page = await app.store.listLinks({ after, limit: PAGE });
    for (const { id } of page) {
      // Both of one moment; and unlinked since is gone.
      const grant = await app.store.findGrant(id);
      const link = grant?.link ?? (await app.store.findLinkById(id));
      if (!link || link.state === 'unlinked') continue;
      const refreshToken = grant?.tokenSet.refreshToken;
      yield {
        link,
        ...(refreshToken !== undefined && { refreshToken }),
        unsure: grant?.refreshSentAt !== undefined,
      };
    }
    const last = page.at(-1)?.id;
    if (page.length < PAGE || last === undefined) return;
    after = last;
  }
}
