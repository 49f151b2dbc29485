import { randomBytes, randomUUID } from 'node:crypto';
import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { checkedAppUserId } from '../flow/account.ts';
import { checkedExpected } from '../flow/compare.ts';
import { purgeExpired } from '../flow/purge-expired.ts';
import {
  type ExpectedIdentity,
  LANGUAGES,
  type Language,
  LINK_SESSION_PAGES,
  type LinkSessionPage,
} from '../model.ts';
import { sha256 } from '../sha256.ts';

export interface Arranged {
  /** Names the link session in our own addresses and logs; not secret. */
  readonly id: string;
  /** 256 random bits that open the session. In the address that the patient is sent to, and nowhere else. */
  readonly secret: string;
  readonly expiresAt: Date;
}

/**
 * The partner's back end makes a link session: one visit of this account's patient to the hosted pages.
 *
 * Whoever opens its address may ask PKB for a grant and no more. Nothing is exchanged, linked or shown before the same back
 * end has said who came back (`complete`), so an address that was sent on does no harm.
 *
 * @param input.returnUrl where the browser goes back to: a whole address of `app.returnAddresses`, exactly
 * @param input.page `connection`: to look after the link there is, or end it. Default `link`.
 * @throws InvalidRequestError `bad-input`, `return-to-not-allowed`
 */
export async function arrange(
  app: App,
  input: {
    readonly appUserId: string;
    readonly returnUrl: string;
    readonly page?: LinkSessionPage;
    readonly language?: Language;
    readonly expected?: ExpectedIdentity;
  },
): Promise<Arranged> {
  const appUserId = checkedAppUserId(input.appUserId);
  const { returnUrl, page = 'link', language } = input;
  if (returnUrl.startsWith('/') || !app.returnAddresses.includes(returnUrl)) {
    throw new InvalidRequestError(
      'return-to-not-allowed',
      'return_url is not one of the whole addresses in PKB_LINK_RETURN_ADDRESSES',
      { field: 'return_url' },
    );
  }
  if (!LINK_SESSION_PAGES.includes(page)) throw bad('page', LINK_SESSION_PAGES);
  if (language !== undefined && !LANGUAGES.includes(language)) throw bad('language', LANGUAGES);
  const expected = input.expected && checkedExpected(input.expected);

  const createdAt = app.now();
  const expiresAt = new Date(createdAt.getTime() + app.pendingSeconds * 1000);
  const id = randomUUID();
  const secret = newSecret();
  await purgeExpired(app, createdAt);
  await app.store.addLinkSession({
    id,
    appUserId,
    returnUrl,
    page,
    ...(language !== undefined && { language }),
    createdAt,
    expiresAt,
    secretHash: sha256(secret),
    secrets: { completion: newSecret(), vouching: newSecret(), ...(expected && { expected }) },
  });
  app.log('link_session.arranged', { link_session: id, page });
  return { id, secret, expiresAt };
}

function newSecret(): string {
  return randomBytes(32).toString('base64url');
}

function bad(field: string, allowed: readonly string[]): InvalidRequestError {
  return new InvalidRequestError('bad-input', `${field} must be one of ${allowed.join(', ')}`, { field });
}
