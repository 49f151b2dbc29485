import type { App } from '../app.ts';
import { InvalidRequestError } from '../errors.ts';
import { type Account, type Link, type NextAction, nextAction } from '../model.ts';

const MAX_LENGTH = 255;

/**
 * An account of the partner's app, its link if it has one (a proposal that lapsed is none), and what to do next. Changes nothing.
 *
 * @param input.appUserId the account's unique id: 1 to 255 characters, compared byte for byte. Choose an opaque one: it is
 * stored in the clear, so it must not be an e-mail address or an NHS number.
 * @throws InvalidRequestError `bad-input` for an id that no account can have
 */
export async function account(app: App, input: { readonly appUserId: string }): Promise<Account> {
  const appUserId = checkedAppUserId(input.appUserId);
  const found = await app.store.findLink(appUserId);
  const lapsed = found?.proposalExpiresAt !== undefined && found.proposalExpiresAt <= app.now();
  const link = lapsed ? undefined : found;
  return { appUserId, nextAction: nextActionNow(app, link), ...(link && { link }) };
}

/** As its link says, but where it could not be done, or the app calls PKB in vain: then it is the operator's turn. */
function nextActionNow(app: App, link: Link | undefined): NextAction {
  const action = nextAction(link);
  if (action === 'confirm' || action === 'wait' || !app.provider.refusesClient()) return action;
  const { accessTokenExpiresAt } = link ?? {};
  const stillGood =
    action === 'none' && accessTokenExpiresAt !== undefined && accessTokenExpiresAt > app.now();
  return stillGood ? action : 'fix_configuration';
}

/** @throws InvalidRequestError `bad-input` */
export function checkedAppUserId(appUserId: unknown): string {
  const trouble =
    typeof appUserId !== 'string' || appUserId === ''
      ? 'is missing'
      : appUserId.length > MAX_LENGTH
        ? `is longer than ${MAX_LENGTH} characters`
        : // A lone surrogate cannot be stored as UTF-8: two such ids would become one account.
          !appUserId.isWellFormed() || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(appUserId)
          ? 'has characters that an id cannot have'
          : appUserId.trim() !== appUserId
            ? 'begins or ends with a space'
            : // In the path of an address these two mean another place.
              appUserId === '.' || appUserId === '..'
              ? 'is a path of its own'
              : undefined;
  if (trouble !== undefined) {
    throw new InvalidRequestError('bad-input', `app_user_id ${trouble}`, { field: 'app_user_id' });
  }
  return appUserId as string;
}
