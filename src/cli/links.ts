import { linkJson } from '../http/api/link-json.ts';
import type { GrantHealth, LinkState } from '../model.ts';
import { isRead, json, line, linkLine, remark } from './print.ts';
import { withApp } from './with-app.ts';

const PAGE = 500;

/** `pkb-link links`: every link, one a line, in order of its reference. */
export function links(options: {
  readonly state?: LinkState;
  readonly health?: GrantHealth;
  readonly json?: boolean;
}): Promise<void> {
  return withApp(async ({ store }) => {
    const { state, health } = options;
    let after: string | undefined;
    do {
      const page = await store.listLinks({
        limit: PAGE,
        ...(state && { state }),
        ...(after !== undefined && { after }),
      });
      if (page.length === 0 && after === undefined) {
        const { environment, clientId } = store.scope;
        remark(
          `There are no${state ? ` ${state}` : ''} links (environment ${environment}, client ${clientId}).`,
        );
      }
      for (const link of page) {
        if (health !== undefined && link.health !== health) continue;
        if (options.json) json(linkJson(link));
        else line(linkLine(link));
      }
      after = page.length === PAGE ? page.at(-1)?.id : undefined;
    } while (after !== undefined && isRead());
  });
}
