import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { ConfigurationError } from '../../src/errors.ts';
import { asPublicId, type FeedEvent, type PublicId } from '../../src/model.ts';
import { isPublic } from '../../src/webhook/addresses.ts';
import { createWebhook } from '../../src/webhook/http.ts';
import type { WebhookSettings } from '../../src/webhook/webhook.ts';
import { NEXT_SECRET, type Received, type Receiver, SECRET, startReceiver } from './receiver.ts';

const EVENT: FeedEvent = {
  id: '5c2f4a7e-1d39-4d1c-9f5a-0c6f8f6f2a11',
  appUserId: 'account-1',
  linkId: '0b0c9a52-7f40-4a57-8b58-3a4d7a3f9b10',
  publicId: asPublicId('00000000-0000-4000-8000-000000000001') as PublicId,
  type: 'link.reauthorization_required',
  at: new Date('2026-03-01T09:00:00Z'),
  reason: 'api-session-expired',
  state: 'reauthorization_required',
};

describe('a webhook', () => {
  let receiver: Receiver;

  before(async () => {
    receiver = await startReceiver();
  });
  after(() => receiver.close());

  function lastReceived(): Received {
    const last = receiver.received.at(-1);
    assert.ok(last);
    return last;
  }

  async function send(over: Partial<WebhookSettings> = {}, event = EVENT) {
    const webhook = createWebhook({
      url: receiver.url,
      secrets: [SECRET],
      privateAddresses: true,
      timeoutMs: 5000,
      ...over,
    });
    const delivered = await webhook.send(event);
    webhook.close();
    return delivered;
  }

  it('is verified by the library of Standard Webhooks, and says who must act about whom', async () => {
    receiver.answers(() => ({ status: 200 }));
    assert.deepEqual(await send(), { accepted: true });
    const { headers, body } = lastReceived();
    assert.equal(headers['webhook-id'], EVENT.id);
    assert.deepEqual(new Verifier(SECRET).verify(body, headers as Record<string, string>), {
      type: 'link.reauthorization_required',
      timestamp: '2026-03-01T09:00:00.000Z',
      data: {
        app_user_id: 'account-1',
        link: EVENT.linkId,
        pkb_public_id: EVENT.publicId,
        state: 'reauthorization_required',
        next_action: 'reauthorize',
        reason: 'api-session-expired',
      },
    });
    const changed = body.replace('account-1', 'account-2');
    assert.throws(() => new Verifier(SECRET).verify(changed, headers as Record<string, string>));
  });

  it('is signed with both secrets while one replaces the other', async () => {
    await send({ secrets: [SECRET, NEXT_SECRET] });
    const { headers, body } = lastReceived();
    for (const secret of [SECRET, NEXT_SECRET]) {
      assert.ok(new Verifier(secret).verify(body, headers as Record<string, string>));
    }
    const other = `whsec_${Buffer.alloc(32, 'another one').toString('base64')}`;
    assert.throws(() => new Verifier(other).verify(body, headers as Record<string, string>));
  });

  it('is accepted by a status from 200 to 299 and by nothing else, a redirect and 410 included', async () => {
    const elsewhere = `${receiver.url}/elsewhere`;
    for (const status of [200, 202, 204, 299]) {
      receiver.answers(() => ({ status }));
      assert.deepEqual(await send(), { accepted: true });
    }
    for (const status of [301, 307, 400, 410, 429, 500]) {
      const before = receiver.received.length;
      receiver.answers(() => ({ status, headers: { location: elsewhere } }));
      assert.deepEqual(await send(), { accepted: false, failure: `status ${status}` });
      assert.equal(receiver.received.length, before + 1);
    }
  });

  it('does not wait for ever, and reads little of an answer that has no end', async () => {
    receiver.answers(() => ({ status: 'hang' }));
    assert.deepEqual(await send({ timeoutMs: 100 }), { accepted: false, failure: 'timeout' });
    receiver.answers(() => ({ status: 200, body: 'x'.repeat(10_000_000) }));
    assert.deepEqual(await send(), { accepted: true });
  });

  it('is a failure and no error where nobody is there, and where who is there speaks no HTTP', async () => {
    const babbler = createServer((socket) => socket.resume().end('hello\r\n\r\n')).listen(0, '127.0.0.1');
    await once(babbler, 'listening');
    const { port } = babbler.address() as AddressInfo;
    const babbled = await send({ url: `http://127.0.0.1:${port}/` });
    assert.equal(babbled.accepted, false);
    babbler.close();
    await once(babbler, 'close');
    const nobody = await send({ url: `http://127.0.0.1:${port}/` });
    assert.deepEqual(nobody, { accepted: false, failure: 'ECONNREFUSED' });
  });

  it('goes to no private address that a name stands for', async () => {
    const { port } = new URL(receiver.url);
    const before = receiver.received.length;
    const url = `https://localhost:${port}/hooks`;
    assert.deepEqual(await send({ url, privateAddresses: false }), {
      accepted: false,
      failure: 'address-refused',
    });
    assert.equal(receiver.received.length, before);
    const allowed = await send({ url });
    assert.notDeepEqual(allowed, { accepted: false, failure: 'address-refused' });
  });

  const MISTAKES: readonly (readonly [string, Partial<WebhookSettings>, RegExp])[] = [
    ['no address', { url: 'receiver' }, /whole address/],
    ['another scheme', { url: 'ftp://receiver.example/' }, /whole address/],
    ['a password', { url: 'https://user:canary@receiver.example/' }, /no password/],
    ['http', { url: 'http://receiver.example/', privateAddresses: false }, /must be https/],
    ['http to a public address', { url: 'http://93.184.215.14/' }, /must be https for a public/],
    ['a private address', { url: 'https://10.1.2.3/', privateAddresses: false }, /PRIVATE=yes/],
    ['a private address in disguise', { url: 'https://0x7f.1/', privateAddresses: false }, /PRIVATE=yes/],
    ['a mapped one', { url: 'https://[::ffff:10.1.2.3]/', privateAddresses: false }, /PRIVATE=yes/],
    ['no secret', { secrets: [] }, /one secret, or two/],
    ['three secrets', { secrets: [SECRET, SECRET, SECRET] }, /one secret, or two/],
    ['a secret without its prefix', { secrets: [SECRET.slice(6)] }, /secret 1 must be whsec_/],
    ['a short one', { secrets: [SECRET, `whsec_${Buffer.from('canary').toString('base64')}`] }, /secret 2/],
    ['a typed one', { secrets: [`whsec_${Buffer.alloc(32, 'canary').toString('base64')}`] }, /random/],
    ['one that is not base64', { secrets: [`${SECRET}!`] }, /base64/],
  ];
  for (const [mistake, over, message] of MISTAKES) {
    it(`is refused with ${mistake}, and what must be set is said without the secret`, async () => {
      await assert.rejects(send(over), (failure) => {
        assert.ok(failure instanceof ConfigurationError, String(failure));
        assert.match(failure.message, message);
        assert.doesNotMatch(failure.message, /canary|Y2FuYXJ5/);
        return true;
      });
    });
  }
});

describe('an address', () => {
  it('is public, or is not', () => {
    for (const address of ['93.184.215.14', '1.1.1.1', '172.32.0.1', '2606:4700::1111']) {
      assert.equal(isPublic(address), true, address);
    }
    for (const address of [
      ...['0.0.0.0', '10.0.0.1', '100.64.0.1', '127.0.0.1', '169.254.169.254', '172.31.255.255'],
      ...['192.168.1.1', '198.18.0.1', '224.0.0.1', '255.255.255.255'],
      ...['::', '::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fe80::1%eth0', 'ff02::1', '2001:db8::1'],
      ...['::ffff:10.0.0.1', '::ffff:93.184.215.14', '64:ff9b::a00:1', '2002:a00:1::', '2001:0:a00:1::'],
    ]) {
      assert.equal(isPublic(address), false, address);
    }
  });
});
