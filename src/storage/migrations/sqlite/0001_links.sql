-- Times are milliseconds since 1970-01-01 UTC. What is sealed is named in a comment; a generated column beside it names
-- the key, so that rows sealed with an old key can be found.

create table link (
  id text not null primary key,
  environment text not null,
  client_id text not null,
  app_user_id text not null,
  public_id text not null,
  state text not null
    check (state in ('proposed', 'active', 'suspended', 'reauthorization_required', 'unlinked')),
  reason text,
  granted_at integer not null,
  confirmed_at integer,
  unlinked_at integer,
  proposal_expires_at integer,
  token_set text, -- sealed
  token_set_sealed_with text generated always as (substr(token_set, 1, instr(token_set, '.') - 1)) virtual,
  refresh_token_hash text, -- the first half of the SHA-256 of the refresh token in it
  access_token_expires_at integer,
  comparison text, -- JSON: how PKB's record compares with what the partner expected
  refreshable integer not null check (refreshable in (0, 1)),
  -- When somebody last asked for a fresh token: the app uses the link.
  last_used_at integer,
  -- When the API session ends, once that is near and known: the app has been told.
  session_ends_at integer,
  version integer not null default 1,
  fence integer not null default 0,
  lease_owner text,
  lease_until integer,
  -- Written before a refresh is sent, cleared when its answer is known.
  refresh_sent_at integer,
  -- The mark of an earlier refresh that was never answered, kept while a later one is in flight.
  unanswered_refresh_sent_at integer,
  check ((state = 'unlinked') = (unlinked_at is not null)),
  check (state <> 'unlinked' or token_set is null),
  check ((token_set is null) = (access_token_expires_at is null)),
  check ((refresh_token_hash is not null) = (refreshable = 1)),
  check (token_set is not null or refreshable = 0),
  check (token_set is not null or refresh_sent_at is null),
  check ((lease_owner is null) = (lease_until is null)),
  check (lease_owner is null or refresh_sent_at is not null)
) strict;

create unique index link_one_per_account on link (environment, client_id, app_user_id)
  where state <> 'unlinked';
create unique index link_one_per_record on link (environment, client_id, public_id)
  where state in ('active', 'suspended', 'reauthorization_required');
create index link_unlinked on link (environment, client_id, app_user_id, unlinked_at)
  where state = 'unlinked';
create index link_unlinked_at on link (environment, client_id, unlinked_at) where state = 'unlinked';
create index link_unused on link (environment, client_id, access_token_expires_at, id)
  where refreshable = 1 and state in ('active', 'suspended');
create index link_session_ending on link (environment, client_id, granted_at)
  where session_ends_at is null and refreshable = 1 and state in ('active', 'suspended');
-- The links of a scope in the order of a walk, and those of a state that is not the usual one.
create index link_walk on link (environment, client_id, id, state) where state <> 'unlinked';
create index link_by_state on link (environment, client_id, state, id) where state <> 'active';
-- Those of the usual state that are not as usual: counting them stops the process. PostgreSQL reads the table instead, as an
-- index that names what each refresh changes would cost it more.
create index link_unusual on link (environment, client_id, refresh_sent_at, lease_until, access_token_expires_at)
  where state = 'active' and (refresh_sent_at is not null or access_token_expires_at is null);
create index link_by_record on link (environment, client_id, public_id) where state in ('proposed', 'unlinked');
create index link_session_end on link (environment, client_id, session_ends_at) where session_ends_at is not null;
create index link_proposal_expiry on link (proposal_expires_at) where state = 'proposed';
create index link_sealed_with on link (token_set_sealed_with) where token_set is not null;

-- `id` grows in each link's history. The feed is in the order of `position` (docs/decisions/0012-the-order-of-events.md).
create table link_event (
  id integer primary key autoincrement,
  environment text not null,
  client_id text not null,
  app_user_id text not null,
  link_id text references link (id), -- null: of an account that has no link
  type text not null,
  at integer not null,
  reason text,
  granted_at integer, -- when the grant began that the link had then
  event_id text not null unique, -- random: what readers of the feed and receivers of webhooks see
  state text, -- the link's, then
  position integer -- in the feed
) strict;

-- A link is erased after its events: without it each erasing would look for them in all there are.
create index link_event_by_link on link_event (link_id);
create index link_event_session_expired on link_event (environment, client_id, id)
  where reason = 'api-session-expired';

-- Work that one process does for all, while it has the turn.
create table turn (
  environment text not null,
  client_id text not null,
  name text not null,
  owner text not null,
  until integer not null,
  primary key (environment, client_id, name)
) strict;
create index link_event_by_account on link_event (environment, client_id, app_user_id, position);

-- The audit trail: who did what to which link, and what an operator did. No column names a person: an entry is never changed,
-- and is meant to outlive the link. Like an event it gets its place after its commit, and with it the hash that chains it to
-- the entry before (docs/decisions/0013-the-audit-trail.md).
create table audit_entry (
  id integer primary key autoincrement,
  environment text not null,
  client_id text not null,
  at integer not null,
  actor text not null,
  act text not null,
  link_id text,
  reference text, -- of an event that has no link, an API key, an encryption key
  reason text,
  count integer,
  position integer,
  hash text,
  check ((position is null) = (hash is null))
) strict;

create unique index audit_entry_position on audit_entry (environment, client_id, position) where position is not null;
create index audit_entry_unchained on audit_entry (environment, client_id, id) where position is null;
create index audit_entry_link on audit_entry (link_id, position) where link_id is not null;
create index audit_entry_reference on audit_entry (reference, position) where reference is not null;

create table audit_chain (
  environment text not null,
  client_id text not null,
  purged_position integer not null default 0, -- up to here entries may be deleted; the chain is verified from here on
  purged_hash text not null default '',
  last_position integer not null default 0,
  last_hash text not null default '',
  primary key (environment, client_id),
  check (purged_position <= last_position)
) strict;

create trigger audit_entry_begins before insert on audit_entry when new.position is not null
begin
  select raise(abort, 'the audit trail is append-only');
end;
create trigger audit_entry_stays before update on audit_entry
when old.position is not null or new.position is null
  or (new.id, new.environment, new.client_id, new.at, new.actor, new.act)
    is not (old.id, old.environment, old.client_id, old.at, old.actor, old.act)
  or (new.link_id, new.reference, new.reason, new.count)
    is not (old.link_id, old.reference, old.reason, old.count)
begin
  select raise(abort, 'the audit trail is append-only');
end;
create trigger audit_entry_lasts before delete on audit_entry
when old.position is null or old.position > coalesce(
  (select purged_position from audit_chain where environment = old.environment and client_id = old.client_id), 0)
begin
  select raise(abort, 'the audit trail is append-only');
end;
create trigger audit_chain_grows before update on audit_chain
when new.environment <> old.environment or new.client_id <> old.client_id
  or new.purged_position < old.purged_position or new.last_position < old.last_position
begin
  select raise(abort, 'the audit trail is append-only');
end;
create trigger audit_chain_lasts before delete on audit_chain
begin
  select raise(abort, 'the audit trail is append-only');
end;

create table link_session (
  id text not null primary key,
  environment text not null,
  client_id text not null,
  secret_hash text not null, -- SHA-256 of the secret in its address
  app_user_id text not null,
  return_url text not null,
  page text not null check (page in ('link', 'connection')),
  language text check (language in ('en', 'cy')),
  created_at integer not null,
  expires_at integer not null,
  browser_session_hash text,
  arrived_at integer,
  asked_at integer,
  completed_at integer,
  refusal text,
  secrets text, -- sealed
  secrets_sealed_with text generated always as (substr(secrets, 1, instr(secrets, '.') - 1)) virtual,
  check ((browser_session_hash is null) = (arrived_at is null)),
  check (asked_at is null or arrived_at is not null),
  check (completed_at is null or refusal is null)
) strict;

create unique index link_session_secret on link_session (environment, client_id, secret_hash);
create index link_session_browser on link_session (browser_session_hash, arrived_at);
create index link_session_expiry on link_session (environment, client_id, expires_at);

create table pending_authorization (
  id text not null primary key,
  environment text not null,
  client_id text not null,
  state_hash text not null,
  browser_session_hash text not null,
  app_user_id text not null,
  return_to text not null,
  redirect_uri text not null,
  created_at integer not null,
  expires_at integer not null,
  step text not null
    check (step in ('asked', 'answered', 'exchanging', 'exchanged', 'finished', 'refused')),
  answered_at integer,
  exchange_started_at integer,
  exchanged_at integer,
  refusal text,
  link_id text references link (id),
  link_session_id text references link_session (id),
  expected text, -- sealed
  expected_sealed_with text generated always as (substr(expected, 1, instr(expected, '.') - 1)) virtual,
  code_hash text,
  code_verifier text, -- sealed
  code_verifier_sealed_with text
    generated always as (substr(code_verifier, 1, instr(code_verifier, '.') - 1)) virtual,
  code text, -- sealed
  code_sealed_with text generated always as (substr(code, 1, instr(code, '.') - 1)) virtual,
  token_set text, -- sealed
  token_set_sealed_with text generated always as (substr(token_set, 1, instr(token_set, '.') - 1)) virtual,
  check ((step = 'refused') = (refusal is not null)),
  check ((step = 'finished') = (link_id is not null)),
  check ((step in ('answered', 'exchanging')) = (code is not null)),
  check ((step = 'exchanged') = (token_set is not null)),
  check (code_verifier is null or step in ('asked', 'answered', 'exchanging')),
  check (expected is null or step not in ('finished', 'refused'))
) strict;

create unique index pending_authorization_state on pending_authorization (environment, client_id, state_hash);
create index pending_authorization_expiry on pending_authorization (environment, client_id, expires_at);
create index pending_authorization_link on pending_authorization (link_id) where link_id is not null;
create index pending_authorization_link_session on pending_authorization (link_session_id)
  where link_session_id is not null;

-- How far each patient has come who is on the way, or was within the last day: by an authorization, or by a link session in
-- which none has been asked for. `ending`: why no further; `ending_then`: why, once it is later than `ends_at`.
create view attempt as
  select pending.environment, pending.client_id, pending.app_user_id, pending.created_at,
    pending.expires_at,
    case
      when link.confirmed_at is not null or link.state in ('active', 'suspended', 'reauthorization_required')
        then 'confirmed'
      when pending.step = 'finished' then 'identified'
      when pending.exchanged_at is not null then 'exchanged'
      when pending.answered_at is not null then 'answered'
      else 'asked' end as step,
    case
      when pending.step = 'refused' then pending.refusal
      when link.state = 'unlinked' and link.confirmed_at is null then link.reason end as ending,
    case when pending.step = 'finished' then link.proposal_expires_at else pending.expires_at end as ends_at,
    case pending.step
      when 'asked' then 'never-came-back'
      when 'finished' then 'proposal-expired'
      else 'state-expired' end as ending_then
  from pending_authorization as pending left join link on link.id = pending.link_id
  union all
  select environment, client_id, app_user_id, created_at, expires_at, 'started', refusal, expires_at,
    case when arrived_at is null then 'never-opened' else 'never-asked' end
  from link_session where page = 'link' and asked_at is null;

-- What is left of attempts when their rows are deleted, and nobody in it: how many came so far, and why no further.
create table attempt_tally (
  id integer primary key autoincrement,
  environment text not null,
  client_id text not null,
  hour integer not null, -- in which they began
  step text not null
    check (step in ('started', 'asked', 'answered', 'exchanged', 'identified', 'confirmed')),
  ending text,
  attempts integer not null
) strict;

create index attempt_tally_hour on attempt_tally (environment, client_id, hour);

create unique index link_event_feed on link_event (environment, client_id, position) where position is not null;
create index link_event_unpublished on link_event (environment, client_id, id) where position is null;
create index link_event_without_link on link_event (environment, client_id, at) where link_id is null;

-- Where in the feed an event was that has been erased: a reader that saw it last may ask for what came after it.
create table erased_event (
  environment text not null,
  client_id text not null,
  event_id text not null,
  position integer not null,
  erased_at integer not null,
  primary key (environment, client_id, event_id)
) strict;

create table feed (
  environment text not null,
  client_id text not null,
  last_position integer not null,
  queued_position integer, -- up to here events are in the lines of their accounts; null: no webhook was ever set
  primary key (environment, client_id)
) strict;

-- An account's events wait in line for the webhook's receiver: those after `accepted`, up to `newest`.
create table webhook_line (
  environment text not null,
  client_id text not null,
  app_user_id text not null,
  accepted integer not null,
  newest integer not null,
  attempts integer not null, -- of the first in line
  due_at integer not null, -- while somebody sends it: when they are taken for dead
  primary key (environment, client_id, app_user_id)
) strict;

create index webhook_line_due on webhook_line (environment, client_id, due_at) where newest > accepted;

create table dead_letter (
  event_id text not null primary key references link_event (event_id),
  died_at integer not null,
  failure text not null
) strict;

create table api_key (
  id text not null primary key,
  environment text not null,
  client_id text not null,
  name text not null,
  access text not null check (access in ('read', 'write')),
  key_hash text not null, -- SHA-256 of 256 random bits
  created_at integer not null,
  last_used_at integer, -- to the day
  revoked_at integer
) strict;

create unique index api_key_hash on api_key (environment, client_id, key_hash);

create table repeatable_answer (
  environment text not null,
  client_id text not null,
  key_hash text not null, -- SHA-256 of the Idempotency-Key
  request_hash text not null,
  claimed_at integer not null,
  answer text, -- sealed; null while it is being made
  primary key (environment, client_id, key_hash)
) strict;

create index repeatable_answer_age on repeatable_answer (claimed_at);

-- Who may sign in to the console, once and soon.
create table console_code (
  code_hash text not null primary key, -- SHA-256 of 256 random bits
  environment text not null,
  client_id text not null,
  name text not null,
  role text not null check (role in ('support', 'operator')),
  expires_at integer not null
) strict;

create table console_session (
  secret_hash text not null primary key, -- SHA-256 of the secret in the browser's cookie
  environment text not null,
  client_id text not null,
  name text not null,
  login text not null, -- 'code', or the issuer and subject of the organisation's sign-in
  role text not null check (role in ('support', 'operator')),
  created_at integer not null,
  used_at integer not null
) strict;
