/** The part of the store's promise (`store.ts`) that serves the partner's other processes: feed, webhooks, API keys. */

import type { Actor, ApiKey, FeedEvent } from '../model.ts';

/** The right to send the first event in an account's line, until somebody else may take it for not sent. */
export interface WebhookLease {
  readonly event: FeedEvent;
  readonly position: number;
  /** Counts the leases of this event, this one too: what comes back with an older count does nothing. */
  readonly attempts: number;
}

/** An event that the receiver never accepted. */
export interface DeadLetter {
  readonly event: FeedEvent;
  readonly diedAt: Date;
  /** What the last attempt met: `status 500`, `timeout`. */
  readonly failure: string;
}

export interface NewApiKey extends Pick<ApiKey, 'id' | 'name' | 'access' | 'createdAt'> {
  /** SHA-256 of the key; the key itself is never stored. */
  readonly keyHash: string;
  readonly by: Actor;
}

/** An answer as it was given, to be given again. */
export interface RepeatableAnswer {
  readonly status: number;
  readonly body: unknown;
}

export interface Outward {
  // the feed

  /**
   * Events in the order in which readers may see them: what comes later is never put before what a reader has seen. An
   * event is there once its transaction is over. `after`: the id of the last one seen.
   * @returns undefined where `after` is no event of the feed
   */
  listFeed(page: {
    readonly after?: string;
    readonly limit: number;
  }): Promise<readonly FeedEvent[] | undefined>;

  // webhooks: only outward/deliver.ts and outward/redeliver.ts call these

  /**
   * Puts the events that are new in the feed in the lines of their accounts. The first call of all puts none: what
   * happened before there was a webhook is not sent.
   */
  queueWebhooks(): Promise<void>;

  /**
   * The first event of up to `limit` lines that are due, longest due first. Until it is settled, or `forMs` milliseconds
   * by the store's clock are over, nobody else gets it, and nobody gets what is behind it.
   */
  leaseWebhooks(lease: { readonly limit: number; readonly forMs: number }): Promise<readonly WebhookLease[]>;

  /** Accepted: the next in line is due. False, and nothing, where somebody else has the lease by now. */
  acceptWebhook(lease: WebhookLease): Promise<boolean>;

  /** Not accepted: due again after `afterMs` milliseconds. False, and nothing, where somebody else has the lease by now. */
  delayWebhook(lease: WebhookLease, afterMs: number): Promise<boolean>;

  /** Given up: a dead letter, and the next in line is due. False, and nothing, where somebody else has the lease by now. */
  buryWebhook(lease: WebhookLease, failure: string): Promise<boolean>;

  /** In the order of the feed. `after`: the id of the last event seen, whether or not it is still a dead letter. */
  listDeadLetters(page: { readonly after?: string; readonly limit: number }): Promise<readonly DeadLetter[]>;

  findDeadLetter(eventId: string): Promise<DeadLetter | undefined>;

  /** It was accepted after all. */
  dropDeadLetter(eventId: string): Promise<void>;

  // API keys

  addApiKey(key: NewApiKey): Promise<void>;

  /** The newest last; revoked ones too. */
  listApiKeys(): Promise<readonly ApiKey[]>;

  /** False where there is no such key, or it was revoked before. */
  revokeApiKey(id: string, by: Actor): Promise<boolean>;

  /** By the hash, where it is not revoked; notes the day on which it was used. */
  useApiKey(keyHash: string): Promise<ApiKey | undefined>;

  // answers that are given again

  /**
   * `claimed`: the caller makes the answer, and then keeps or gives it up. Otherwise the answer that was kept within the
   * last day, undefined while somebody is making it; who takes longer than a minute is not waited for. `requestHash` is
   * that of the request which has the key.
   */
  claimAnswer(claim: {
    readonly keyHash: string;
    readonly requestHash: string;
  }): Promise<'claimed' | { readonly requestHash: string; readonly answer: RepeatableAnswer | undefined }>;

  /** Sealed. */
  keepAnswer(keyHash: string, answer: RepeatableAnswer): Promise<void>;

  /** There will be no answer: the key is free again. */
  giveUpAnswer(keyHash: string): Promise<void>;
}
