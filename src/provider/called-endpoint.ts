import type { ProviderSettings } from './provider.ts';

/** Which of PKB's endpoints an address is of: what may be told of it, as the address itself names accounts and records. */
export function calledEndpoint(
  url: string,
  settings: Pick<ProviderSettings, 'tokenEndpoint' | 'fhirBaseUrl' | 'restBaseUrl'> | undefined,
): 'token' | 'fhir' | 'rest' | 'other' {
  if (url === settings?.tokenEndpoint) return 'token';
  if (settings && url.startsWith(settings.fhirBaseUrl)) return 'fhir';
  if (settings && url.startsWith(settings.restBaseUrl)) return 'rest';
  return 'other';
}
