/** A receiver at an address of the web. */

import { lookup as resolve } from 'node:dns';
import * as http from 'node:http';
import * as https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { ConfigurationError } from '../errors.ts';
import { isPublic, mayBeSentTo } from './addresses.ts';
import { webhookJson } from './event-json.ts';
import { parseSecrets, signedHeaders } from './sign.ts';
import type { Delivered, Webhook, WebhookSettings } from './webhook.ts';

const TIMEOUT_MS = 15_000;
/** How much of an answer is read, so that its connection can be used again, in bytes. */
const MAX_ANSWER_BYTES = 16 * 1024;

class RefusedAddress extends Error {
  readonly code = 'address-refused';
}

/**
 * @param options.now the clock of `webhook-timestamp`
 * @throws ConfigurationError `bad-configuration` naming the setting
 */
export function createWebhook(
  { url: text, secrets: texts, privateAddresses = false, timeoutMs = TIMEOUT_MS }: WebhookSettings,
  { now = () => new Date() }: { readonly now?: () => Date } = {},
): Webhook {
  const secrets = parseSecrets(texts);
  const url = checkedUrl(text);
  const secure = url.protocol === 'https:';
  if (!secure && !privateAddresses) {
    throw badUrl('must be https, or have a private address with PKB_LINK_WEBHOOK_PRIVATE=yes');
  }
  // An address that is no name is not looked up, so it is not asked about there.
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0 && !mayConnect(host)) {
    throw badUrl(
      isPublic(host)
        ? 'must be https for a public address'
        : 'has a private address, which PKB_LINK_WEBHOOK_PRIVATE=yes allows',
    );
  }
  const { Agent, request } = secure ? https : http;
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });

  /** Asked of every connection, for the address that it goes to: what a name stands for may change between two looks. */
  const lookup: LookupFunction = (hostname, options, callback) =>
    resolve(hostname, { ...options, all: true }, (error, found) => {
      const refused = error === null && found.some(({ address }) => !mayConnect(address));
      if (error !== null || refused) {
        callback(error ?? new RefusedAddress('the receiver has an address that is not allowed'), '', 0);
      } else if (options.all) callback(null, found);
      else callback(null, found[0]?.address ?? '', found[0]?.family);
    });

  function mayConnect(address: string): boolean {
    return mayBeSentTo(address, { secure, privateAddresses });
  }

  return {
    timeoutMs,

    send(event) {
      const body = JSON.stringify(webhookJson(event));
      const { promise, resolve: settle } = Promise.withResolvers<Delivered>();
      const fail = (failure: string) => settle({ accepted: false, failure });
      const limit = AbortSignal.timeout(timeoutMs);
      const sending = request(url, {
        method: 'POST',
        agent,
        lookup,
        signal: limit,
        headers: {
          'Content-Type': 'application/json',
          'Content-Length': Buffer.byteLength(body),
          'User-Agent': 'pkb-link',
          ...signedHeaders(secrets, { id: event.id, at: now(), body }),
        },
      });
      sending.on('error', (error: NodeJS.ErrnoException) =>
        fail(limit.aborted ? 'timeout' : (error.code ?? 'network')),
      );
      sending.on('response', (response) => {
        const { statusCode = 0 } = response;
        if (statusCode >= 200 && statusCode < 300) settle({ accepted: true });
        else fail(`status ${statusCode}`);
        let read = 0;
        response.on('error', () => undefined);
        response.on('data', (chunk: Buffer) => {
          read += chunk.length;
          if (read > MAX_ANSWER_BYTES) response.destroy();
        });
      });
      sending.end(body);
      return promise;
    },

    close: () => agent.destroy(),
  };
}

function checkedUrl(text: string): URL {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw badUrl('must be a whole address (https://...)');
  if (url.username !== '' || url.password !== '' || url.hash !== '') {
    throw badUrl('must have no password and no fragment: its requests are signed');
  }
  return url;
}

function badUrl(trouble: string): ConfigurationError {
  return new ConfigurationError('bad-configuration', trouble, { setting: 'PKB_LINK_WEBHOOK_URL' });
}
