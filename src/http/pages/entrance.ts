import type { Context } from 'hono';
import type { authorize } from '../../flow/authorize.ts';
import { seeOther } from '../see-other.ts';

/** What a grant is asked with, but for the browser that asks. */
export type Asking = Omit<Parameters<typeof authorize>[1], 'browserSession'>;

/**
 * Who is in front of the browser, and where it goes when all is done: everything in which pages embedded in the partner's
 * app and pages hosted for it differ.
 */
export interface Entrance {
  /** The account that somebody vouches for, and whose pages may be shown; undefined where nobody does. */
  account(c: Context): Promise<string | undefined>;
  /** Whoever may ask PKB for a grant here. Nobody may have vouched for them: no page for them shows anything of theirs. */
  asking(c: Context): Promise<Asking | undefined>;
  /**
   * Where a browser goes that is nobody's. `then`: the path under the pages that it wanted.
   * @throws InvalidRequestError `unknown-link-session` where there is no way to become somebody
   */
  stranger(c: Context, then: string): Response | Promise<Response>;
  /** Where the patient goes who has said that the record is theirs. */
  confirmed(c: Context): string;
  /** The partner's app, as the pages lead back to it. */
  home(c: Context): string;
}

export interface EmbeddedOptions {
  readonly basePath: string;
  readonly account: (request: Request) => Promise<string | undefined>;
  readonly expected?: (appUserId: string) => Promise<Asking['expected']>;
  readonly signInPath: string;
  readonly homePath: string;
}

/** Pages in the partner's own app: its session says who is there, and its sign-in is the way to become somebody. */
export function embeddedEntrance(options: EmbeddedOptions): Entrance {
  return {
    account: (c) => options.account(c.req.raw),
    async asking(c) {
      const appUserId = await options.account(c.req.raw);
      if (appUserId === undefined) return undefined;
      const expected = await options.expected?.(appUserId);
      return { appUserId, ...(expected && { expected }) };
    },
    stranger(c, then) {
      const separator = options.signInPath.includes('?') ? '&' : '?';
      const address = encodeURIComponent(options.basePath + then);
      return seeOther(c, `${options.signInPath}${separator}then=${address}`);
    },
    confirmed: () => `${options.basePath}/connected`,
    home: () => options.homePath,
  };
}
