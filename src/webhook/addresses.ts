/** Which addresses are out in the world. A receiver that is not may be somebody else's door into the operator's network. */

import { BlockList, isIPv4 } from 'node:net';

/** Of IPv4 (https://www.iana.org/assignments/iana-ipv4-special-registry), multicast and what is reserved. */
const NOT_PUBLIC = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv4');
}
/** Of IPv6, what carries an IPv4 address or is for documentation (2001::/23 has Teredo in it, 2002::/16 is 6to4). */
for (const [network, prefix] of [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const) {
  NOT_PUBLIC.addSubnet(network, prefix, 'ipv6');
}

/** All that is given out of IPv6: loopback, private, link-local, multicast and mapped IPv4 addresses are outside of it. */
const GLOBAL_IPV6 = new BlockList();
GLOBAL_IPV6.addSubnet('2000::', 3, 'ipv6');

/** Whether a receiver at this address may be sent to: out in the world by https, elsewhere where the operator allows it. */
export function mayBeSentTo(
  address: string,
  { secure, privateAddresses }: { readonly secure: boolean; readonly privateAddresses: boolean },
): boolean {
  return isPublic(address) ? secure : privateAddresses;
}

/** @param address an IP address as `dns.lookup` gives it */
export function isPublic(address: string): boolean {
  if (isIPv4(address)) return !NOT_PUBLIC.check(address, 'ipv4');
  return GLOBAL_IPV6.check(address, 'ipv6') && !NOT_PUBLIC.check(address, 'ipv6');
}
