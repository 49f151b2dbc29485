/**
 * What we know of each PKB environment. Every value is a setting that a deployment may replace; where two are known,
 * `docs/decisions/0001-two-token-endpoints.md` says why this one is the default.
 *
 * Sources: PKB, "Code grant" and "Facade" (sandbox); production by PKB's rule that every environment has one server host.
 */

import type { ProviderSettings } from './provider.ts';

export const PRESETS = ['simulator', 'sandbox', 'production'] as const;
export type Preset = (typeof PRESETS)[number];

/** Where `pkb-link simulate` listens unless told otherwise. */
export const SIMULATOR_URL = 'http://localhost:8181';

type Endpoints = Pick<
  ProviderSettings,
  'authorizationEndpoint' | 'tokenEndpoint' | 'fhirBaseUrl' | 'restBaseUrl'
>;

export const COMMON = {
  clientAuth: 'none',
  pkce: false,
  refreshScope: true,
  refreshTokenReusable: false,
  defaultExpiresIn: 600,
  timeoutMs: 15_000,
} as const satisfies Partial<ProviderSettings>;

/** The endpoints of one preset. @param simulatorUrl origin of a running simulator; only for `simulator`. */
export function endpointsOf(preset: Preset, simulatorUrl: string = SIMULATOR_URL): Endpoints {
  switch (preset) {
    case 'simulator':
      return { ...onHost(simulatorUrl), tokenEndpoint: `${simulatorUrl}/apiToken.action` };
    case 'sandbox':
      return {
        ...onHost('https://sandbox.patientsknowbest.com'),
        tokenEndpoint: 'https://oauth2.sandbox.patientsknowbest.com/api/oauth/token',
      };
    case 'production':
      return {
        ...onHost('https://my.patientsknowbest.com'),
        // UPSTREAM: inferred from the sandbox's documented endpoint and the host rule; confirm with PKB.
        tokenEndpoint: 'https://my.patientsknowbest.com/apiToken.action',
      };
  }
}

function onHost(origin: string) {
  return {
    authorizationEndpoint: `${origin}/apiAuthorize.action`,
    fhirBaseUrl: `${origin}/fhir`,
    restBaseUrl: `${origin}/json`,
  };
}
