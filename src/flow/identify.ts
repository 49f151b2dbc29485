import { randomUUID } from 'node:crypto';
import type { App } from '../app.ts';
import {
  AccessRefusedError,
  AuthorizationError,
  IdentityConflictError,
  InvalidRequestError,
  ReauthorizationRequired,
} from '../errors.ts';
import type { IdentityComparison, Link, PendingAuthorization, PublicId, TokenSet } from '../model.ts';
import type { StoreTransaction } from '../storage/store.ts';
import { compare } from './compare.ts';
import { type AuthorizationOwner, ownAuthorization } from './exchange.ts';
import { bearer } from './request.ts';

type Conflict = 'linked-to-another-account' | 'different-patient';

/**
 * Asks PKB whose record the new tokens see (`$purview`) and proposes the pair (`app_user_id`, public id), with the tokens.
 * Where the partner expects somebody, their demographics are compared first: a clear difference is refused.
 *
 * The record that this account is linked to already is a success: its link takes the new tokens over. Another account's
 * record, or another record than this account's, is refused and nothing is overwritten.
 *
 * @returns the link: `proposed` where the patient must still say that it is theirs, else `active`
 * @throws IdentityConflictError `not-a-patient`, `demographics-mismatch`, `linked-to-another-account`, `different-patient`:
 * the tokens are destroyed; UpstreamUnavailableError, FaultError: the tokens are kept, call again; what `exchange` throws for a wrong owner
 */
export async function identify(app: App, input: AuthorizationOwner): Promise<Link> {
  const authorization = await ownAuthorization(app, input);
  if (authorization.step === 'finished') return finished(app, authorization);
  const tokenSet = await app.store.exchangedTokenSet(authorization.id);
  if (!tokenSet) {
    throw new InvalidRequestError('unknown-authorization', 'this authorization has no tokens yet', {
      field: 'authorization',
    });
  }

  const record = await whose(app, authorization, tokenSet);
  const outcome = await app.store.transaction((tx) => settle(app, tx, authorization, record, tokenSet));
  if (outcome === 'settled-elsewhere') return identify(app, input);
  if (typeof outcome === 'string') {
    throw new IdentityConflictError(outcome, `the record cannot be linked: ${outcome}`);
  }
  app.log('link.identified', { link: outcome.id, state: outcome.state });
  return outcome;
}

interface SeenRecord {
  readonly publicId: PublicId;
  readonly comparison?: IdentityComparison;
}

async function whose(app: App, authorization: PendingAuthorization, tokenSet: TokenSet): Promise<SeenRecord> {
  try {
    if (tokenSet.expiresAt <= app.now()) {
      throw new AuthorizationError(
        'exchange-interrupted',
        'the access token ended before PKB could be asked',
      );
    }
    const send = bearer(app, tokenSet.accessToken);
    const publicId = await app.fhir.purview(send);
    const expected = await app.store.expectedIdentity(authorization.id);
    return { publicId, ...(expected && { comparison: compare(expected, await app.rest.self(send)) }) };
  } catch (failure) {
    const refusal =
      failure instanceof ReauthorizationRequired
        ? 'code-rejected'
        : failure instanceof IdentityConflictError ||
            failure instanceof AuthorizationError ||
            failure instanceof AccessRefusedError
          ? failure.code
          : undefined;
    if (refusal !== undefined) {
      await app.store.transaction(async (tx) => {
        const ended = await tx.endPendingAuthorization(authorization.id, { step: 'refused', refusal });
        if (!ended || !(failure instanceof IdentityConflictError)) return;
        const { appUserId } = authorization;
        const link = await tx.findLink(appUserId);
        const about = link ? { linkId: link.id } : { appUserId };
        await tx.addEvent({
          ...about,
          type: 'link.identity_conflict',
          at: app.now(),
          by: app.actor,
          reason: refusal,
        });
      });
    }
    throw failure;
  }
}

/** One transaction: the link and its event, and the end of the authorization that it came from. */
async function settle(
  app: App,
  tx: StoreTransaction,
  authorization: PendingAuthorization,
  { publicId, comparison }: SeenRecord,
  tokenSet: TokenSet,
): Promise<Link | Conflict | 'settled-elsewhere'> {
  const now = app.now();
  const by = app.actor;
  const { appUserId } = authorization;
  const latest = await tx.findPendingAuthorization({ id: authorization.id });
  if (latest?.step !== 'exchanged') return 'settled-elsewhere';
  const record = await tx.findConfirmedLink(publicId);
  if (record && record.appUserId !== appUserId) return conflict(record, 'linked-to-another-account');
  const current = await tx.findLink(appUserId);
  if (current && current.publicId !== publicId) {
    if (current.state !== 'proposed') return conflict(current, 'different-patient');
    // Nobody confirmed the older proposal, and the patient has since granted another record.
    await tx.changeLink(current.id, current.version, {
      state: 'unlinked',
      reason: 'superseded',
      unlinkedAt: now,
      tokenSet: null,
    });
    await tx.addEvent({ linkId: current.id, type: 'link.unlinked', at: now, by, reason: 'superseded' });
    return finish(await propose());
  }
  return finish(current ? await renew(current) : await propose());

  async function conflict(existing: Link, code: Conflict): Promise<Conflict> {
    await tx.endPendingAuthorization(authorization.id, { step: 'refused', refusal: code });
    await tx.addEvent({ linkId: existing.id, type: 'link.identity_conflict', at: now, by, reason: code });
    return code;
  }

  async function finish(link: Link): Promise<Link> {
    if (!link.refreshable) {
      const event = { type: 'link.session_ending', at: now, reason: 'no-refresh-token' } as const;
      await tx.addEvent({ linkId: link.id, by: 'service', ...event });
    }
    await tx.endPendingAuthorization(authorization.id, { step: 'finished', linkId: link.id });
    return link;
  }

  async function propose(): Promise<Link> {
    const link = await tx.addLink({
      id: randomUUID(),
      appUserId,
      publicId,
      state: 'proposed',
      grantedAt: now,
      proposalExpiresAt: new Date(now.getTime() + app.pendingSeconds * 1000),
      ...(comparison && { comparison }),
      tokenSet,
    });
    await tx.addEvent({ linkId: link.id, type: 'link.proposed', at: now, by });
    return link;
  }

  /** The same record again. The newest grant wins. UPSTREAM: whether the older one lives on is not documented. */
  async function renew(link: Link): Promise<Link> {
    const proposed = link.state === 'proposed';
    const renewed = await tx.changeLink(link.id, link.version, {
      state: proposed ? 'proposed' : 'active',
      reason: null,
      grantedAt: now,
      proposalExpiresAt: proposed ? new Date(now.getTime() + app.pendingSeconds * 1000) : null,
      comparison: comparison ?? null,
      tokenSet,
    });
    // The transaction read `link` and shuts other writers out until it ends.
    if (!renewed) throw new Error('a link changed inside the transaction that read it');
    if (!proposed) await tx.addEvent({ linkId: link.id, type: 'link.recovered', at: now, by });
    return renewed;
  }
}

async function finished(app: App, authorization: PendingAuthorization): Promise<Link> {
  const link = authorization.linkId ? await app.store.findLinkById(authorization.linkId) : undefined;
  if (!link || link.state === 'unlinked') {
    throw new InvalidRequestError('unknown-link', 'the link of this authorization is gone', {
      field: 'link',
    });
  }
  return link;
}
