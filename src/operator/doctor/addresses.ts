import { isIP } from 'node:net';
import { isPublic } from '../../webhook/addresses.ts';
import type { Sound } from './configuration.ts';
import { type Finding, fail, pass, warn } from './finding.ts';

/** The address that PKB sends patients back to. */
export function checkRedirectAddress({ settings: { redirectUri, environment } }: Sound): Finding {
  const check = 'redirect address';
  const url = new URL(redirectUri);
  if (url.hash !== '' || redirectUri.includes('#')) {
    return fail(check, 'PKB_REDIRECT_URI has a fragment', 'remove it, here and at PKB: OAuth forbids one');
  }
  if (url.search !== '' || redirectUri.includes('?')) {
    return fail(
      check,
      'PKB_REDIRECT_URI has a query',
      'register an address without one at PKB, and set exactly that',
    );
  }
  if (environment !== 'simulator' && isWeb(url) && !isOutside(url)) {
    const [says, remedy] = [
      'PKB_REDIRECT_URI is no public https address: only browsers of this machine or network come back',
      'register a public https address at PKB, and set exactly that',
    ];
    // PKB allows localhost, and its sandbox is where somebody tries things on their own machine.
    return environment === 'sandbox' ? warn(check, says, remedy) : fail(check, says, remedy);
  }
  if (isWeb(url) && url.href !== redirectUri) {
    return warn(
      check,
      `PKB_REDIRECT_URI is not written as browsers write it (${url.href})`,
      'make sure that PKB has registered it letter for letter; better, use what browsers write',
    );
  }
  return pass(check, redirectUri);
}

/** Where patients are sent at the end. */
export function checkReturnAddresses({ config: { app } }: Sound): Finding {
  const check = 'return addresses';
  const inside = app.returnAddresses.filter((address) => {
    const url = URL.parse(address);
    return url !== null && isWeb(url) && !isOutside(url);
  });
  if (app.environment !== 'simulator' && inside.length > 0) {
    return warn(
      check,
      `no public https address: ${inside.join(', ')}`,
      'correct PKB_LINK_RETURN_ADDRESSES: patients elsewhere cannot come back there',
    );
  }
  return pass(check, app.returnAddresses.join(', '));
}

function isWeb({ protocol }: URL): boolean {
  return protocol === 'https:' || protocol === 'http:';
}

function isOutside({ protocol, hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  const named = host.includes('.') && !/\.(localhost|local|internal|test|invalid)$/.test(host);
  return protocol === 'https:' && (isIP(host) === 0 ? named : isPublic(host));
}
