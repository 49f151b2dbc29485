/** The partner's receiver of events. What stands behind it is `http.ts`. */

import type { FeedEvent } from '../model.ts';

export interface WebhookSettings {
  /** https, or http where the receiver has a private address. */
  readonly url: string;
  /** `whsec_` and base64, as Standard Webhooks writes them. Two while one replaces the other: each signs. */
  readonly secrets: readonly string[];
  /** The receiver may have a private address, and then no TLS: one in the same cluster, or in a test. Default false. */
  readonly privateAddresses?: boolean;
  /** Hard limit of one attempt, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number;
}

/** `failure`: what was met instead of a status from 200 to 299, in words that hold nothing of an answer's body. */
export type Delivered = { readonly accepted: true } | { readonly accepted: false; readonly failure: string };

export interface Webhook {
  readonly timeoutMs: number;
  /** Sends it once. Never throws: whatever goes wrong is a failure of the attempt. */
  send(event: FeedEvent): Promise<Delivered>;
  /** Lets go of idle connections. */
  close(): void;
}
