/** Settings that cannot work are refused before anything starts, each with the name an operator knows it by. */

import { ConfigurationError } from '../errors.ts';
import type { ProviderSettings } from './provider.ts';

const SETTING = {
  environment: 'PKB_ENVIRONMENT',
  clientId: 'PKB_CLIENT_ID',
  clientSecret: 'PKB_CLIENT_SECRET',
  clientAuth: 'PKB_CLIENT_AUTH',
  redirectUri: 'PKB_REDIRECT_URI',
  authorizationEndpoint: 'PKB_AUTHORIZATION_ENDPOINT',
  tokenEndpoint: 'PKB_TOKEN_ENDPOINT',
  fhirBaseUrl: 'PKB_FHIR_BASE_URL',
  restBaseUrl: 'PKB_REST_BASE_URL',
  pkce: 'PKB_PKCE',
  refreshScope: 'PKB_REFRESH_SCOPE',
  refreshTokenReusable: 'PKB_REFRESH_TOKEN_REUSABLE',
  defaultExpiresIn: 'PKB_DEFAULT_EXPIRES_IN',
  sessionSeconds: 'PKB_SESSION_SECONDS',
  timeoutMs: 'PKB_TIMEOUT_MS',
} as const satisfies Record<keyof ProviderSettings, string>;

const ENDPOINTS = ['authorizationEndpoint', 'tokenEndpoint', 'fhirBaseUrl', 'restBaseUrl'] as const;

/**
 * @returns the settings, base addresses without a slash at the end
 * @throws ConfigurationError `bad-configuration`, its `setting` named
 */
export function checkedSettings(settings: Partial<ProviderSettings>): ProviderSettings {
  for (const name of ['environment', 'clientId', 'redirectUri', ...ENDPOINTS] as const) {
    if (!settings[name]) {
      const presets = name === 'environment' ? ' (simulator, sandbox, production or a name of your own)' : '';
      refuse(name, `is missing${presets}`);
    }
  }
  const checked = settings as ProviderSettings;
  for (const name of ENDPOINTS) webAddress(name, checked[name]);
  redirectAddress(checked.redirectUri);
  if (!['none', 'post', 'basic'].includes(checked.clientAuth)) {
    refuse('clientAuth', 'must be none, post or basic');
  }
  if (checked.clientAuth !== 'none' && !checked.clientSecret) {
    refuse('clientSecret', `is missing: client authentication is ${checked.clientAuth}`);
  }
  if (checked.clientAuth === 'none' && checked.clientSecret) {
    refuse('clientAuth', 'must be post or basic where there is a secret, or the secret must go');
  }
  positive('defaultExpiresIn', checked.defaultExpiresIn);
  positive('timeoutMs', checked.timeoutMs);
  if (checked.sessionSeconds !== undefined) positive('sessionSeconds', checked.sessionSeconds);
  return {
    ...checked,
    fhirBaseUrl: checked.fhirBaseUrl.replace(/\/+$/, ''),
    restBaseUrl: checked.restBaseUrl.replace(/\/+$/, ''),
  };
}

/** Tokens and codes travel there: https, or plain http to this machine, where the simulator is. */
function webAddress(name: keyof ProviderSettings, value: string): void {
  const url = URL.parse(value) ?? refuse(name, 'is not a whole address (https://...)');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url))) {
    refuse(name, 'must be https, or http on this machine only');
  }
  if (url.username || url.password || url.hash) refuse(name, 'must not hold a login or a fragment');
}

/** PKB also allows private-use schemes for mobile apps (RFC 8252 section 7.1), such as `com.example.app:/cb`. */
function redirectAddress(value: string): void {
  const url = URL.parse(value) ?? refuse('redirectUri', 'is not a whole address');
  if (url.protocol === 'http:' || url.protocol === 'https:') webAddress('redirectUri', value);
  else if (!url.protocol.includes('.')) {
    refuse('redirectUri', 'must be https, or a private-use scheme with a dot in it');
  }
}

/** This machine, by any of its names. */
export function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

function positive(name: keyof ProviderSettings, value: number): void {
  if (!Number.isFinite(value) || value <= 0) refuse(name, 'must be a number above 0');
}

function refuse(name: keyof ProviderSettings, trouble: string): never {
  throw new ConfigurationError('bad-configuration', trouble, { setting: SETTING[name] });
}
