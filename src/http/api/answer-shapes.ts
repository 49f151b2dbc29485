/** What the HTTP API answers, field by field. The document describes answers by these, the compiler holds the code to them. */

import { z } from 'zod';
import type { FailureCode } from '../../errors.ts';
import type { LinkSessionState } from '../../hosted/link-session.ts';
import {
  type Compared,
  type GrantHealth,
  LINK_SESSION_PAGES,
  LINK_STATES,
  type LinkEventType,
  type NextAction,
  type SexAtBirth,
} from '../../model.ts';
import { FAILURE_ANSWERS } from '../failure-answers.ts';

const time = z.iso.datetime();
const nextAction = z.enum(
  members<NextAction>({ none: 0, confirm: 0, reauthorize: 0, wait: 0, fix_configuration: 0 }),
);
const compared = z.enum(members<Compared>({ match: 0, unknown: 0 }));

export const LinkShape = z.object({
  link: z.string(),
  app_user_id: z.string(),
  pkb_public_id: z.string(),
  environment: z.string(),
  client_id: z.string(),
  state: z.enum(LINK_STATES),
  health: z.enum(members<GrantHealth>({ fresh: 0, refreshing: 0, unsure: 0, ended: 0 })),
  refreshable: z.boolean(),
  next_action: nextAction,
  reason: z.string().nullable(),
  granted_at: time,
  confirmed_at: time.nullable(),
  proposal_expires_at: time.nullable(),
  unlinked_at: time.nullable(),
  comparison: z.object({ birth_date: compared, family_name: compared, nhs_number: compared }).nullable(),
  access_token_expires_at: time.nullable(),
  last_used_at: time.nullable(),
  session_ends_at: time.nullable(),
});

export const LinksPage = z.object({ links: z.array(LinkShape), next_after: z.string().nullable() });

export const EventShape = z.object({
  id: z.string(),
  type: z.enum(
    members<LinkEventType>({
      'link.proposed': 0,
      'link.active': 0,
      'link.recovered': 0,
      'link.session_ending': 0,
      'link.suspended': 0,
      'link.reauthorization_required': 0,
      'link.unlinked': 0,
      'link.completion_refused': 0,
      'link.identity_conflict': 0,
    }),
  ),
  at: time,
  app_user_id: z.string(),
  link: z.string().nullable(),
  pkb_public_id: z.string().nullable(),
  state: z.enum(LINK_STATES).nullable(),
  next_action: nextAction,
  reason: z.string().nullable(),
});

export const EventsPage = z.object({ events: z.array(EventShape), next_after: z.string().nullable() });

export const AccessToken = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_at: time,
  pkb_public_id: z.string(),
});

export const DemographicsShape = z.object({
  pkb_public_id: z.string(),
  title: z.string().nullable(),
  given_names: z.array(z.string()).readonly(),
  family_name: z.string().nullable(),
  birth_date: z.string().nullable(),
  deceased: z.boolean(),
  sex_at_birth: z.enum(members<SexAtBirth>({ female: 0, male: 0, indeterminate: 0, unknown: 0 })),
  address: z.array(z.string()).readonly(),
  contacts: z
    .array(
      z.object({
        kind: z.enum(['email', 'phone', 'other']),
        value: z.string(),
        primary: z.boolean(),
        confirmed: z.boolean(),
      }),
    )
    .readonly(),
  identifiers: z.array(
    z.object({
      system: z.string().nullable(),
      name: z.string(),
      value: z.string(),
      valid: z.boolean().nullable(),
    }),
  ),
});

export const LinkSessionMade = z.object({ id: z.string(), url: z.string(), expires_at: time });

export const LinkSessionShape = z.object({
  id: z.string(),
  app_user_id: z.string(),
  page: z.enum(LINK_SESSION_PAGES),
  state: z.enum(
    members<LinkSessionState>({
      made: 0,
      opened: 0,
      asked: 0,
      answered: 0,
      completed: 0,
      refused: 0,
      expired: 0,
    }),
  ),
  failure: z.string().nullable(),
  expires_at: time,
});

export const LinkSessionCompleted = z.object({ link: LinkShape.nullable(), next_url: z.string() });

/** How many of each are gone. `expunged`: nothing is left of them in the files of the database. */
export const ErasedShape = z.object({
  links: z.int(),
  events: z.int(),
  authorizations: z.int(),
  link_sessions: z.int(),
  spooled: z.int(),
  expunged: z.boolean(),
});

export const Health = z.object({ status: z.literal('ok') });

const code = z.enum(Object.keys(FAILURE_ANSWERS) as [FailureCode, ...FailureCode[]]);

/** RFC 9457. Without a `code` the status says it all. */
export const Problem = z.union([
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code,
    field: z.string().optional(),
    reference: z.string(),
    detail: z.string().optional(),
    next_url: z.string().optional(),
  }),
  z.object({ title: z.string(), status: z.int(), detail: z.string() }),
]);

/** All members of a closed union: one left out, or one too many, does not compile. */
function members<Union extends string>(of: Record<Union, 0>): Union[] {
  return Object.keys(of) as Union[];
}
