/** Events in the words of the wire: the same in the feed and in a webhook. */

import { type FeedEvent, nextAction } from '../model.ts';

/** An entry of the feed. */
export function eventJson(event: FeedEvent) {
  return { id: event.id, type: event.type, at: event.at.toISOString(), ...about(event) };
}

/** The body of a webhook (Standard Webhooks, "Payload structure"); its id is in a header. */
export function webhookJson(event: FeedEvent) {
  return { type: event.type, timestamp: event.at.toISOString(), data: about(event) };
}

/** Whose it is, and how their link was then. No person, no token. */
function about({ appUserId, linkId, publicId, state, reason }: FeedEvent) {
  return {
    app_user_id: appUserId,
    link: linkId ?? null,
    pkb_public_id: publicId ?? null,
    state: state ?? null,
    next_action: nextAction(state && { state }),
    reason: reason ?? null,
  };
}
