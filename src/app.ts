/** What every verb is given first. No container: an object with the parts in it. */

import { ConfigurationError } from './errors.ts';
import type { Fhir } from './fhir/fhir.ts';
import { createFhir } from './fhir/pkb.ts';
import type { Actor } from './model.ts';
import { calledEndpoint } from './provider/called-endpoint.ts';
import { createProvider } from './provider/pkb.ts';
import { COMMON, endpointsOf, PRESETS } from './provider/presets.ts';
import type { Provider, ProviderSettings } from './provider/provider.ts';
import { checkedSettings } from './provider/settings.ts';
import { createRest } from './rest/pkb.ts';
import type { Rest } from './rest/rest.ts';
import { openStore } from './storage/open-store.ts';
import { parseKeyRing } from './storage/seal.ts';
import type { Store } from './storage/store.ts';
import { tracedFetch, tracedLog } from './tracing.ts';

/** A log line is an event's name and references: never a token, a person, or an error's message. */
export type Log = (event: string, fields?: Readonly<Record<string, string | number | boolean>>) => void;

export interface App {
  readonly provider: Provider;
  readonly store: Store;
  readonly fhir: Fhir;
  readonly rest: Rest;
  readonly fetch: typeof globalThis.fetch;
  readonly now: () => Date;
  readonly log: Log;
  /** Who calls the verbs with it, as the audit trail names them. `{ ...app, actor }` is the same app for somebody else. */
  readonly actor: Actor;
  /** Where a patient may be sent at the end: whole addresses, or paths of the partner's own origin. The first is the default. */
  readonly returnAddresses: readonly [string, ...string[]];
  /** How long a patient may take at PKB, registration included, in seconds. */
  readonly pendingSeconds: number;
  close(): Promise<void>;
}

export interface AppOptions {
  /** A preset (`simulator`, `sandbox`, `production`) or a name of your own, with every endpoint in `provider`. */
  readonly environment: string;
  readonly clientId: string;
  /** Exactly as registered with PKB. */
  readonly redirectUri: string;
  /** `file:<path>` for SQLite, `postgres://...` for many machines. */
  readonly databaseUrl: string;
  /** A folder on this machine where refreshed tokens wait, sealed, for the database to take them. */
  readonly spool?: string;
  /**
   * Of how many links the opened tokens stay in memory, each until its row changes; on SQLite only. Default 0: each is read
   * and opened anew. What is handed out is then shared: whoever changes an object of it changes it for others too.
   */
  readonly tokensInMemory?: number;
  /** `id:base64,...`: the first key seals, all open. Keys are 32 bytes. */
  readonly encryptionKeys: string;
  readonly returnAddresses: readonly string[];
  /** Endpoints and quirks that differ from the preset's. */
  readonly provider?: Partial<ProviderSettings>;
  /** Origin of a running simulator, for environment `simulator`. Default `http://localhost:8181`. */
  readonly simulatorUrl?: string;
  /** Default 3,600: registering at PKB takes a while. */
  readonly pendingSeconds?: number;
  readonly fetch?: typeof globalThis.fetch;
  readonly now?: () => Date;
  /** Default: nothing is logged. */
  readonly log?: Log;
  /** Default `app`: your own code, which calls the verbs. */
  readonly actor?: Actor;
}

/**
 * An App with its defaults filled in and its database open and migrated.
 * @throws ConfigurationError naming the setting and the remedy
 */
export async function createApp(options: AppOptions): Promise<App> {
  const { now = () => new Date() } = options;
  const [first, ...others] = options.returnAddresses;
  if (first === undefined) {
    throw new ConfigurationError('bad-configuration', 'needs at least one address', {
      setting: 'PKB_LINK_RETURN_ADDRESSES',
    });
  }
  const settings = providerSettings(options);
  const log = tracedLog(options.log ?? (() => {}));
  const fetch = tracedFetch(options.fetch ?? globalThis.fetch, (url) => calledEndpoint(url, settings));
  const store = await openStore({
    url: options.databaseUrl,
    scope: { environment: settings.environment, clientId: settings.clientId },
    keyRing: parseKeyRing(options.encryptionKeys),
    ...(options.now && { now: options.now }),
    ...(options.tokensInMemory !== undefined && { tokensInMemory: options.tokensInMemory }),
    spool: {
      ...(options.spool !== undefined && { folder: options.spool }),
      report: (what, linkId) => log(`spool.${what}`, { link: linkId }),
    },
  });
  return {
    provider: createProvider(settings, { fetch, now, alarm: log }),
    store,
    fhir: createFhir(settings.fhirBaseUrl, now),
    rest: createRest(settings.restBaseUrl, now),
    fetch,
    now,
    log,
    actor: options.actor ?? 'app',
    returnAddresses: [first, ...others],
    pendingSeconds: options.pendingSeconds ?? 3600,
    close: () => store.close(),
  };
}

/**
 * The preset's settings with what differs from them.
 * @throws ConfigurationError `bad-configuration`, its `setting` named
 */
export function providerSettings(options: AppOptions): ProviderSettings {
  return checkedSettings({
    ...COMMON,
    ...presetEndpoints(options),
    ...options.provider,
    environment: options.environment,
    clientId: options.clientId,
    redirectUri: options.redirectUri,
  });
}

function presetEndpoints({ environment, simulatorUrl }: AppOptions): Partial<ProviderSettings> {
  const preset = PRESETS.find((name) => name === environment);
  return preset ? endpointsOf(preset, simulatorUrl) : {};
}
