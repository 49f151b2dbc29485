/** Links, demographics and what an erasure left in the words of the wire. */

import type { z } from 'zod';
import { type Demographics, type Link, nextAction } from '../../model.ts';
import type { Erased } from '../../storage/people.ts';
import type { DemographicsShape, ErasedShape, LinkShape } from './answer-shapes.ts';

const isoTimes = new WeakMap<Date, string>();

/** Written once for each Date: of a token that is asked for again it is the same, and to write it is a fifteenth of what the answer costs. */
export function isoTime(date: Date): string {
  const known = isoTimes.get(date);
  if (known !== undefined) return known;
  const text = date.toISOString();
  isoTimes.set(date, text);
  return text;
}

/** @param next what to do about it, where more is known than its state */
export function linkJson(link: Link, next = nextAction(link)): z.output<typeof LinkShape> {
  return {
    link: link.id,
    app_user_id: link.appUserId,
    pkb_public_id: link.publicId,
    environment: link.environment,
    client_id: link.clientId,
    state: link.state,
    health: link.health,
    refreshable: link.refreshable,
    next_action: next,
    reason: link.reason ?? null,
    granted_at: link.grantedAt.toISOString(),
    confirmed_at: link.confirmedAt?.toISOString() ?? null,
    proposal_expires_at: link.proposalExpiresAt?.toISOString() ?? null,
    unlinked_at: link.unlinkedAt?.toISOString() ?? null,
    comparison: link.comparison
      ? {
          birth_date: link.comparison.birthDate,
          family_name: link.comparison.familyName,
          nhs_number: link.comparison.nhsNumber,
        }
      : null,
    access_token_expires_at: link.accessTokenExpiresAt?.toISOString() ?? null,
    last_used_at: link.lastUsedAt?.toISOString() ?? null,
    session_ends_at: link.sessionEndsAt?.toISOString() ?? null,
  };
}

export function demographicsJson(patient: Demographics): z.output<typeof DemographicsShape> {
  return {
    pkb_public_id: patient.publicId,
    title: patient.title ?? null,
    given_names: patient.givenNames,
    family_name: patient.familyName ?? null,
    birth_date: patient.birthDate ?? null,
    deceased: patient.deceased,
    sex_at_birth: patient.sexAtBirth,
    address: patient.address,
    contacts: patient.contacts,
    identifiers: patient.identifiers.map(({ system, name, value, valid }) => ({
      system: system ?? null,
      name,
      value,
      valid: valid ?? null,
    })),
  };
}

export function erasedJson(erased: Erased): z.output<typeof ErasedShape> {
  return {
    links: erased.links.length,
    events: erased.events,
    authorizations: erased.authorizations,
    link_sessions: erased.linkSessions,
    spooled: erased.spooled,
    expunged: erased.expunged,
  };
}
