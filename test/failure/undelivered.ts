/**
 * Many events to a receiver that fails, hangs, restarts and answers late, from processes that are killed meanwhile: what is
 * lost, and what comes before its time?
 */

import { setTimeout as pause } from 'node:timers/promises';
import type { App } from '../../src/app.ts';
import { addLink } from '../cli/command-line.ts';
import { type Answer, type Received, type Receiver, startReceiver } from '../webhook/receiver.ts';

/** A process that delivers. */
export interface Sender {
  kill(): Promise<void>;
}

export interface Trial {
  readonly app: App;
  readonly links: number;
  /** Of each link. */
  readonly events: number;
  /** Shares of all requests, from 0 to 1. */
  readonly failing: number;
  readonly hanging: number;
  readonly late: number;
  readonly lateMs: number;
  readonly restarts: number;
  readonly awayMs: number;
  readonly kills: number;
  /** Starts one that sends to this address. Two run at any time. */
  readonly start: (url: string) => Promise<Sender>;
}

export interface Outcome {
  readonly accepted: number;
  readonly requests: number;
  readonly lost: readonly string[];
  /** That came while an earlier one of their link had not been accepted. */
  readonly early: readonly string[];
  readonly repeated: number;
  readonly failed: number;
  readonly hung: number;
}

export async function trial(told: Trial): Promise<Outcome> {
  const { app, links, events, kills, restarts } = told;
  const receiver = await startReceiver();
  const judge = judging(told);
  receiver.answers(judge.answer);
  // What happens from here on is sent.
  await app.store.queueWebhooks();
  const senders = [await told.start(receiver.url), await told.start(receiver.url)];

  try {
    for (let n = 0; n < links; n += 1) await addLink(app.store, `account-${n}`);
    const writing = write(app, links, events);
    const total = links * events;
    // Spread over the whole of it: each is due when so many have been accepted.
    const troubles = [
      ...spread(kills, total).map((at, n) => ({
        at,
        trouble: () => replace(senders, n % 2, told, receiver),
      })),
      ...spread(restarts, total).map((at) => ({ at, trouble: () => receiver.restart(told.awayMs) })),
    ].sort((one, other) => one.at - other.at);
    for (const { at, trouble } of troubles) {
      await receiver.until(() => judge.accepted() >= at);
      await trouble();
    }
    await writing;
    await receiver.until(() => judge.accepted() >= total);
    return judge.outcome(receiver.received);
  } finally {
    await Promise.all(senders.map((sender) => sender.kill()));
    await receiver.close();
  }
}

async function replace(senders: Sender[], place: number, told: Trial, receiver: Receiver): Promise<void> {
  await senders[place]?.kill();
  senders[place] = await told.start(receiver.url);
}

/** Events of all links in turn, while they are sent; each with its number as its reason. */
async function write(app: App, links: number, events: number): Promise<void> {
  const ids = await Promise.all(
    Array.from({ length: links }, async (_, n) => (await app.store.findLink(`account-${n}`))?.id ?? ''),
  );
  for (let at = 1; at <= events; at += 1) {
    for (const linkId of ids) {
      await app.store.addEvent({
        linkId,
        by: 'service',
        type: 'link.suspended',
        at: app.now(),
        reason: String(at),
      });
      await pause(0);
    }
  }
}

/** The receiver's side, which alone knows what it has accepted. */
function judging({ links, events, failing, hanging, late, lateMs }: Trial) {
  const accepted = new Map<string, number>();
  const early: string[] = [];
  let [count, failed, hung] = [0, 0, 0];

  return {
    accepted: () => count,

    answer({ data }: Received): Answer {
      const account = String(data.app_user_id);
      const number = Number(data.reason);
      if (number > (accepted.get(account) ?? 0) + 1) early.push(`${account} ${number}`);
      const chance = Math.random();
      if (chance < failing) {
        failed += 1;
        return { status: 500 };
      }
      if (chance < failing + hanging) {
        hung += 1;
        return { status: 'hang' };
      }
      const answered = () => {
        if (number <= (accepted.get(account) ?? 0)) return;
        accepted.set(account, number);
        count += 1;
      };
      return { status: 200, answered, afterMs: chance < failing + hanging + late ? lateMs : 0 };
    },

    outcome(received: readonly Received[]): Outcome {
      const arrived = new Set(received.map(({ data }) => `${data.app_user_id} ${data.reason}`));
      const all = Array.from({ length: links }, (_, n) =>
        Array.from({ length: events }, (_, at) => `account-${n} ${at + 1}`),
      ).flat();
      return {
        accepted: count,
        requests: received.length,
        lost: all.filter((each) => !arrived.has(each)),
        early,
        repeated: received.length - arrived.size,
        failed,
        hung,
      };
    },
  };
}

function spread(times: number, total: number): number[] {
  return Array.from({ length: times }, (_, n) => Math.floor(((n + 1) * total) / (times + 1)));
}
