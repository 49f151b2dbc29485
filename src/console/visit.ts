import type { Context } from 'hono';
import type { App } from '../app.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { Actor, ConsoleRole } from '../model.ts';
import type { ConsoleLogin } from '../storage/console.ts';
import type { Webhook } from '../webhook/webhook.ts';
import type { Frame } from './frame.ts';
import type { ConsoleCookie } from './session.ts';

/** One request of somebody who has signed in and may make it. */
export interface Visit {
  readonly c: Context;
  /** With them as its actor. */
  readonly app: App;
  readonly login: ConsoleLogin;
  readonly frame: Frame;
  readonly cookie: ConsoleCookie;
  readonly figures: Metrics['figures'];
  /** Absent where events are sent nowhere. */
  readonly webhook: Webhook | undefined;
}

export interface ConsoleRoute {
  readonly method: 'get' | 'post';
  readonly path: string;
  /** Who may. An operator may all that support may. */
  readonly needs: ConsoleRole;
  readonly answer: (visit: Visit) => Promise<Response>;
}

export function mayUse(
  { needs }: Pick<ConsoleRoute, 'needs'>,
  { role }: Pick<ConsoleLogin, 'role'>,
): boolean {
  return role === 'operator' || needs === 'support';
}

/** As the audit trail names them. */
export function actorOf({ name, role, login }: ConsoleLogin): Actor {
  return `console:${name} (${role}, ${login})`;
}
