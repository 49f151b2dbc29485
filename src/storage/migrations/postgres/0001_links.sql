-- Times are milliseconds since 1970-01-01 UTC. What is sealed is named in a comment; a generated column beside it names
-- the key, so that rows sealed with an old key can be found.
--
-- Text that is compared or indexed has the collation "C": bytes. Any other belongs to the operating system, and an update
-- of that may leave a unique index in an order that lets the same value in twice.

create table link (
  id text collate "C" primary key,
  environment text collate "C" not null,
  client_id text collate "C" not null,
  app_user_id text collate "C" not null,
  public_id text collate "C" not null,
  state text collate "C" not null
    check (state in ('proposed', 'active', 'suspended', 'reauthorization_required', 'unlinked')),
  reason text,
  granted_at bigint not null,
  confirmed_at bigint,
  unlinked_at bigint,
  proposal_expires_at bigint,
  token_set text, -- sealed
  token_set_sealed_with text collate "C" generated always as (split_part(token_set, '.', 1)) stored,
  refresh_token_hash text collate "C", -- the first half of the SHA-256 of the refresh token in it
  access_token_expires_at bigint,
  comparison text, -- JSON: how PKB's record compares with what the partner expected
  refreshable integer not null check (refreshable in (0, 1)),
  -- When somebody last asked for a fresh token: the app uses the link.
  last_used_at bigint,
  -- When the API session ends, once that is near and known: the app has been told.
  session_ends_at bigint,
  version bigint not null default 1,
  fence bigint not null default 0,
  lease_owner text,
  lease_until bigint,
  -- Written before a refresh is sent, cleared when its answer is known.
  refresh_sent_at bigint,
  -- The mark of an earlier refresh that was never answered, kept while a later one is in flight.
  unanswered_refresh_sent_at bigint,
  check ((state = 'unlinked') = (unlinked_at is not null)),
  check (state <> 'unlinked' or token_set is null),
  check ((token_set is null) = (access_token_expires_at is null)),
  check ((refresh_token_hash is not null) = (refreshable = 1)),
  check (token_set is not null or refreshable = 0),
  check (token_set is not null or refresh_sent_at is null),
  check ((lease_owner is null) = (lease_until is null)),
  check (lease_owner is null or refresh_sent_at is not null)
) with (fillfactor = 70); -- a refresh rewrites its row: with room on the page, no index is touched

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
-- Those of a state that is not the usual one. A walk past all of them is in the order of the primary key: a second index on
-- what the two unique ones begin with would let a transaction look an account up elsewhere than where its insert is
-- checked, and be told of a conflict when it could still have been run again.
create index link_by_state on link (environment, client_id, state, id) where state <> 'active';
create index link_by_record on link (environment, client_id, public_id) where state in ('proposed', 'unlinked');
create index link_session_end on link (environment, client_id, session_ends_at) where session_ends_at is not null;
create index link_proposal_expiry on link (proposal_expires_at) where state = 'proposed';
-- Not "where token_set is not null": a column that a condition names counts as indexed, and that one changes at each refresh.
create index link_sealed_with on link (token_set_sealed_with) where token_set_sealed_with is not null;

-- `id` grows in each link's history. Between links it is given before the commit, so the feed is not in its order but in that
-- of `position`, which is given after the commit (docs/decisions/0012-the-order-of-events.md).
create table link_event (
  id bigint generated always as identity primary key,
  environment text collate "C" not null,
  client_id text collate "C" not null,
  app_user_id text collate "C" not null,
  link_id text collate "C" references link (id), -- null: of an account that has no link
  type text not null,
  at bigint not null,
  reason text,
  granted_at bigint, -- when the grant began that the link had then
  event_id text collate "C" not null unique, -- random: what readers of the feed and receivers of webhooks see
  state text, -- the link's, then
  position bigint -- in the feed
);

-- A link is erased after its events: without it each erasing would look for them in all there are.
create index link_event_by_link on link_event (link_id, id);
create index link_event_session_expired on link_event (environment, client_id, id)
  where reason = 'api-session-expired';

-- Work that one process does for all, while it has the turn.
create table turn (
  environment text collate "C" not null,
  client_id text collate "C" not null,
  name text collate "C" not null,
  owner text collate "C" not null,
  until bigint not null,
  primary key (environment, client_id, name)
);
create index link_event_by_account on link_event (environment, client_id, app_user_id, position);

-- The audit trail: who did what to which link, and what an operator did. No column names a person: an entry is never changed,
-- and is meant to outlive the link. Like an event it gets its place after its commit, and with it the hash that chains it to
-- the entry before (docs/decisions/0013-the-audit-trail.md).
create table audit_entry (
  id bigint generated always as identity primary key,
  environment text collate "C" not null,
  client_id text collate "C" not null,
  at bigint not null,
  actor text collate "C" not null,
  act text collate "C" not null,
  link_id text collate "C",
  reference text collate "C", -- of an event that has no link, an API key, an encryption key
  reason text collate "C",
  count bigint,
  position bigint,
  hash text collate "C",
  check ((position is null) = (hash is null))
);

create unique index audit_entry_position on audit_entry (environment, client_id, position) where position is not null;
create index audit_entry_unchained on audit_entry (environment, client_id, id) where position is null;
create index audit_entry_link on audit_entry (link_id, position) where link_id is not null;
create index audit_entry_reference on audit_entry (reference, position) where reference is not null;

create table audit_chain (
  environment text collate "C" not null,
  client_id text collate "C" not null,
  purged_position bigint not null default 0, -- up to here entries may be deleted; the chain is verified from here on
  purged_hash text collate "C" not null default '',
  last_position bigint not null default 0,
  last_hash text collate "C" not null default '',
  primary key (environment, client_id),
  check (purged_position <= last_position)
);

create function audit_entry_stays() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new.position is null then return new; end if;
  if tg_op = 'UPDATE' and old.position is null and new.position is not null
    and to_jsonb(new) - 'position' - 'hash' = to_jsonb(old) - 'position' - 'hash' then return new; end if;
  if tg_op = 'DELETE' and old.position <= (
    select purged_position from audit_chain where environment = old.environment and client_id = old.client_id
  ) then return old; end if;
  raise exception 'the audit trail is append-only';
end $$;

create function audit_chain_grows() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' then
    if new.environment = old.environment and new.client_id = old.client_id
      and new.purged_position >= old.purged_position and new.last_position >= old.last_position then return new; end if;
  end if;
  raise exception 'the audit trail is append-only';
end $$;

create trigger audit_entry_stays before insert or update or delete on audit_entry
  for each row execute function audit_entry_stays();
create trigger audit_entry_stays_whole before truncate on audit_entry execute function audit_chain_grows();
create trigger audit_chain_grows before update or delete on audit_chain
  for each row execute function audit_chain_grows();
create trigger audit_chain_stays_whole before truncate on audit_chain execute function audit_chain_grows();

create table link_session (
  id text collate "C" primary key,
  environment text collate "C" not null,
  client_id text collate "C" not null,
  secret_hash text collate "C" not null, -- SHA-256 of the secret in its address
  app_user_id text collate "C" not null,
  return_url text not null,
  page text collate "C" not null check (page in ('link', 'connection')),
  language text collate "C" check (language in ('en', 'cy')),
  created_at bigint not null,
  expires_at bigint not null,
  browser_session_hash text collate "C",
  arrived_at bigint,
  asked_at bigint,
  completed_at bigint,
  refusal text,
  secrets text, -- sealed
  secrets_sealed_with text collate "C" generated always as (split_part(secrets, '.', 1)) stored,
  check ((browser_session_hash is null) = (arrived_at is null)),
  check (asked_at is null or arrived_at is not null),
  check (completed_at is null or refusal is null)
);

create unique index link_session_secret on link_session (environment, client_id, secret_hash);
create index link_session_browser on link_session (browser_session_hash, arrived_at);
create index link_session_expiry on link_session (environment, client_id, expires_at);

create table pending_authorization (
  id text collate "C" primary key,
  environment text collate "C" not null,
  client_id text collate "C" not null,
  state_hash text collate "C" not null,
  browser_session_hash text collate "C" not null,
  app_user_id text collate "C" not null,
  return_to text not null,
  redirect_uri text not null,
  created_at bigint not null,
  expires_at bigint not null,
  step text collate "C" not null
    check (step in ('asked', 'answered', 'exchanging', 'exchanged', 'finished', 'refused')),
  answered_at bigint,
  exchange_started_at bigint,
  exchanged_at bigint,
  refusal text,
  link_id text collate "C" references link (id),
  link_session_id text collate "C" references link_session (id),
  expected text, -- sealed
  expected_sealed_with text collate "C" generated always as (split_part(expected, '.', 1)) stored,
  code_hash text collate "C",
  code_verifier text, -- sealed
  code_verifier_sealed_with text collate "C" generated always as (split_part(code_verifier, '.', 1)) stored,
  code text, -- sealed
  code_sealed_with text collate "C" generated always as (split_part(code, '.', 1)) stored,
  token_set text, -- sealed
  token_set_sealed_with text collate "C" generated always as (split_part(token_set, '.', 1)) stored,
  check ((step = 'refused') = (refusal is not null)),
  check ((step = 'finished') = (link_id is not null)),
  check ((step in ('answered', 'exchanging')) = (code is not null)),
  check ((step = 'exchanged') = (token_set is not null)),
  check (code_verifier is null or step in ('asked', 'answered', 'exchanging')),
  check (expected is null or step not in ('finished', 'refused'))
);

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
  id bigint generated always as identity primary key,
  environment text collate "C" not null,
  client_id text collate "C" not null,
  hour bigint not null, -- in which they began
  step text collate "C" not null
    check (step in ('started', 'asked', 'answered', 'exchanged', 'identified', 'confirmed')),
  ending text,
  attempts integer not null
);

create index attempt_tally_hour on attempt_tally (environment, client_id, hour);

create unique index link_event_feed on link_event (environment, client_id, position) where position is not null;
create index link_event_unpublished on link_event (environment, client_id, id) where position is null;
create index link_event_without_link on link_event (environment, client_id, at) where link_id is null;

-- Where in the feed an event was that has been erased: a reader that saw it last may ask for what came after it.
create table erased_event (
  environment text collate "C" not null,
  client_id text collate "C" not null,
  event_id text collate "C" not null,
  position bigint not null,
  erased_at bigint not null,
  primary key (environment, client_id, event_id)
);

create table feed (
  environment text collate "C" not null,
  client_id text collate "C" not null,
  last_position bigint not null,
  queued_position bigint, -- up to here events are in the lines of their accounts; null: no webhook was ever set
  primary key (environment, client_id)
);

-- An account's events wait in line for the webhook's receiver: those after `accepted`, up to `newest`.
create table webhook_line (
  environment text collate "C" not null,
  client_id text collate "C" not null,
  app_user_id text collate "C" not null,
  accepted bigint not null,
  newest bigint not null,
  attempts integer not null, -- of the first in line
  due_at bigint not null, -- while somebody sends it: when they are taken for dead
  primary key (environment, client_id, app_user_id)
);

create index webhook_line_due on webhook_line (environment, client_id, due_at) where newest > accepted;

create table dead_letter (
  event_id text collate "C" not null primary key references link_event (event_id),
  died_at bigint not null,
  failure text not null
);

create table api_key (
  id text collate "C" not null primary key,
  environment text collate "C" not null,
  client_id text collate "C" not null,
  name text not null,
  access text collate "C" not null check (access in ('read', 'write')),
  key_hash text collate "C" not null, -- SHA-256 of 256 random bits
  created_at bigint not null,
  last_used_at bigint, -- to the day
  revoked_at bigint
);

create unique index api_key_hash on api_key (environment, client_id, key_hash);

create table repeatable_answer (
  environment text collate "C" not null,
  client_id text collate "C" not null,
  key_hash text collate "C" not null, -- SHA-256 of the Idempotency-Key
  request_hash text collate "C" not null,
  claimed_at bigint not null,
  answer text, -- sealed; null while it is being made
  primary key (environment, client_id, key_hash)
);

create index repeatable_answer_age on repeatable_answer (claimed_at);

-- Who may sign in to the console, once and soon.
create table console_code (
  code_hash text collate "C" not null primary key, -- SHA-256 of 256 random bits
  environment text collate "C" not null,
  client_id text collate "C" not null,
  name text not null,
  role text collate "C" not null check (role in ('support', 'operator')),
  expires_at bigint not null
);

create table console_session (
  secret_hash text collate "C" not null primary key, -- SHA-256 of the secret in the browser's cookie
  environment text collate "C" not null,
  client_id text collate "C" not null,
  name text not null,
  login text not null, -- 'code', or the issuer and subject of the organisation's sign-in
  role text collate "C" not null check (role in ('support', 'operator')),
  created_at bigint not null,
  used_at bigint not null
);
