import { linkJson } from '../http/api/link-json.ts';
import type { ExpectedIdentity } from '../model.ts';
import { exportPerson, type HeldOfPerson } from '../operator/export-person.ts';
import { eventJson } from '../webhook/event-json.ts';
import { auditJson } from './audit-list.ts';
import { line, remark } from './print.ts';
import { withApp } from './with-app.ts';

/** `pkb-link person export <app_user_id>`: all that is held of one person, as JSON that a person can read. */
export function personExport(appUserId: string): Promise<void> {
  return withApp(async (app) => {
    const held = await exportPerson(app, { appUserId });
    const { environment, clientId } = app.store.scope;
    const exported = {
      app_user_id: appUserId,
      exported_at: app.now().toISOString(),
      environment,
      client_id: clientId,
      ...heldJson(held),
    };
    line(JSON.stringify(exported, null, 2));
    remark('The record itself is at PKB; your logs and backups, and what your app stores, are not in this.');
  });
}

function heldJson(held: HeldOfPerson) {
  return {
    links: held.links.map((link) => ({
      ...linkJson(link),
      tokens: link.holdsTokens ? 'held, sealed; not shown' : 'none',
    })),
    history: held.events.map(eventJson),
    pending_authorizations: held.authorizations.map((authorization) => ({
      id: authorization.id,
      state: authorization.step,
      reason: authorization.refusal ?? null,
      link: authorization.linkId ?? null,
      link_session: authorization.linkSessionId ?? null,
      return_to: authorization.returnTo,
      created_at: authorization.createdAt.toISOString(),
      expires_at: authorization.expiresAt.toISOString(),
      expected: expectedJson(authorization.expected),
    })),
    link_sessions: held.linkSessions.map((session) => ({
      id: session.id,
      page: session.page,
      language: session.language ?? null,
      return_url: session.returnUrl,
      reason: session.refusal ?? null,
      created_at: session.createdAt.toISOString(),
      asked_at: session.askedAt?.toISOString() ?? null,
      completed_at: session.completedAt?.toISOString() ?? null,
      expires_at: session.expiresAt.toISOString(),
      expected: expectedJson(session.expected),
    })),
    webhooks_waiting: held.webhooksWaiting,
    dead_letters: held.deadLetters.map(({ event, diedAt, failure }) => ({
      event: event.id,
      died_at: diedAt.toISOString(),
      failure,
    })),
    refreshed_tokens_in_spool: held.spooled,
    audit: held.audit.map(auditJson),
  };
}

function expectedJson(expected: ExpectedIdentity | undefined) {
  if (!expected) return null;
  const { birthDate, familyName, nhsNumber } = expected;
  return { birth_date: birthDate ?? null, family_name: familyName ?? null, nhs_number: nhsNumber ?? null };
}
