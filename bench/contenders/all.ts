import { authCore, authCoreInCookie } from './auth-core.ts';
import { badgateway } from './badgateway.ts';
import { betterAuthContender } from './better-auth.ts';
import type { Contender } from './contender.ts';
import { fhirclient } from './fhirclient.ts';
import { openidClient } from './openid-client.ts';
import { pkbLink, pkbLinkAlike, pkbLinkOnPostgres } from './pkb-link.ts';
import { simpleOauth2 } from './simple-oauth2.ts';

export const peers: readonly Contender[] = [
  betterAuthContender,
  authCore,
  authCoreInCookie,
  openidClient,
  simpleOauth2,
  fhirclient,
  badgateway,
];

export const contenders: readonly Contender[] = [pkbLink, pkbLinkAlike, pkbLinkOnPostgres, ...peers];

export function contenderNamed(name: string): Contender {
  const found = contenders.find((each) => each.name === name);
  if (!found) throw new Error(`there is no contender ${name}`);
  return found;
}
