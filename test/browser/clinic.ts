/**
 * Ridgeway Clinic, an app in another process whose patients link on hosted pages, and the service that hosts them, in this
 * process: with a clock to turn. `startHosted` runs the service as it is run.
 */

import { createApp } from '../../src/app.ts';
import { listen } from '../../src/cli/listen.ts';
import { configFromEnvironment } from '../../src/config.ts';
import { api } from '../../src/http/api/api.ts';
import { hostedPages } from '../../src/http/pages/hosted-pages.ts';
import { type Person, type Simulator, startSimulator } from '../../src/simulator.ts';
import { API_KEY } from '../cli/command-line.ts';
import { ask, clientOf, environmentOf, findPlaces, startExample } from '../hosted.ts';
import type { PartnerSite } from './patient.ts';

export interface Clinic extends PartnerSite {
  readonly simulator: Simulator;
  /** The address of a new link session, to connect unless `fields` says otherwise. */
  arrange(appUserId: string, fields?: object): Promise<string>;
  /** Whoever has this given name at PKB: the first, where there are two. */
  person(givenName: string): Person;
  /** Lets minutes go by, for the service and for PKB. */
  wait(minutes: number): void;
  /** The code of the failure that the log tells of under this reference. */
  reported(reference: string): string | undefined;
  close(): Promise<void>;
}

/** The account is called what its owner is, in lower case. */
export async function openClinic(): Promise<Clinic> {
  await using opened = new AsyncDisposableStack();
  const failures = new Map<unknown, string>();
  let aheadMs = 0;
  // It runs: of two link sessions a browser has the one that it came to later.
  const now = () => new Date(Date.now() + aheadMs);

  const places = await findPlaces();
  const simulator = await startSimulator({ clients: [clientOf(places)], now: () => now().getTime() });
  opened.defer(() => simulator.close());
  const config = configFromEnvironment(environmentOf(places, simulator));
  if (!config.pages) throw new Error('the environment has no brand for the pages');
  const app = await createApp({
    ...config.app,
    now,
    log: (event, fields) => {
      if (event === 'failure') failures.set(fields?.reference, String(fields?.code));
    },
  });
  opened.defer(() => app.close());
  const pages = hostedPages(app, config.pages);
  const routes = api(app, { apiKey: API_KEY, pagesUrl: pages.url });
  const service = await listen(
    (request) => (pages.covers(request) ? pages.routes : routes).fetch(request),
    config,
  );
  opened.defer(() => service.stop());
  await startExample(
    { after: (work) => opened.defer(async () => void work()) },
    'examples/hosted.ts',
    places,
  );

  const running = opened.move();
  return {
    url: places.appUrl,
    simulator,
    register: async ({ givenName }) => [{ name: 'account', value: givenName.toLowerCase() }],
    async arrange(appUserId, fields) {
      const made = { app_user_id: appUserId, return_url: `${places.appUrl}/linked`, ...fields };
      return String((await ask(places.url, 'POST', '/v1/link-sessions', made)).body.url);
    },
    person(givenName) {
      const found = simulator.people.find(({ givenNames }) => givenNames[0] === givenName);
      if (!found) throw new Error(`nobody at PKB is called ${givenName}`);
      return found;
    },
    wait(minutes) {
      aheadMs += minutes * 60_000;
    },
    reported: (reference) => failures.get(reference),
    close: () => running.disposeAsync(),
  };
}
