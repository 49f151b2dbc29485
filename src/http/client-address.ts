import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';
import { connectionOf } from './connection.ts';

/**
 * Who sent a request: the connection's address or, where that is a trusted proxy's, the last one in `X-Forwarded-For` that
 * is not. What stands before it there, anybody may have written.
 *
 * @param trusted addresses and networks (`10.0.0.0/8`)
 */
export function clientAddress(trusted: readonly string[]): (c: Context) => string {
  const proxies = new BlockList();
  for (const each of trusted) {
    const [address = '', bits] = each.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    proxies.addSubnet(address, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  const isProxy = (address: string) => proxies.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');

  return (c) => {
    const connected = plain(connectionOf(c).incoming?.socket.remoteAddress ?? '');
    const forwarded = (c.req.header('x-forwarded-for') ?? '').split(',').map((part) => plain(part.trim()));
    let address = connected;
    while (isIP(address) !== 0 && isProxy(address) && isIP(forwarded.at(-1) ?? '') !== 0) {
      address = forwarded.pop() ?? '';
    }
    return address;
  };
}

/** Of one household or phone: a whole /64 of IPv6 belongs to one line. */
export function lineOf(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail ? tail.split(':').length : 0;
  const whole = tail === undefined ? groups : [...groups, ...Array(8 - groups.length - behind).fill('0')];
  return whole.slice(0, 4).join(':');
}

/** `::ffff:192.0.2.1` is how a socket that takes both families says 192.0.2.1. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}
