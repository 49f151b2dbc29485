import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readTokenSet } from '../../src/provider/token-answer.ts';
import { answerOf } from './answer-of.ts';

const REQUESTED_AT = new Date('2026-11-24T10:00:00Z');
const PLAIN = {
  access_token: 'access',
  token_type: 'Bearer',
  expires_in: 1800,
  refresh_token: 'again',
  scope: 'PATIENT',
};

async function read(body: unknown, status = 200, headers = {}) {
  return readTokenSet(await answerOf(status, body, headers), REQUESTED_AT, 600);
}

describe("a token endpoint's answer", () => {
  it('is read as documented', async () => {
    assert.deepEqual(await read(PLAIN), {
      accessToken: 'access',
      refreshToken: 'again',
      issuedAt: REQUESTED_AT,
      expiresAt: new Date('2026-11-24T10:30:00Z'),
      scope: 'PATIENT',
    });
  });

  const oddities: readonly (readonly [string, unknown, number?, Record<string, string>?])[] = [
    ['has no token_type', { ...PLAIN, token_type: undefined }],
    ['has a lower-case token_type', { ...PLAIN, token_type: 'bearer' }],
    ['comes with status 201', PLAIN, 201],
    ['says that it is HTML', PLAIN, 200, { 'content-type': 'text/html' }],
    ['has a list of scopes', { ...PLAIN, scope: ['PATIENT'] }],
    ['has expires_in as text', { ...PLAIN, expires_in: '1800' }],
    ['has fields that nobody knows', { ...PLAIN, jti: 'x', patient: null }],
  ];
  for (const [oddity, body, status, headers] of oddities) {
    it(`keeps its tokens where it ${oddity}`, async () => {
      const tokenSet = await read(body, status, headers);
      assert.equal(tokenSet?.accessToken, 'access');
      assert.equal(tokenSet?.refreshToken, 'again');
      assert.deepEqual(tokenSet?.expiresAt, new Date('2026-11-24T10:30:00Z'));
    });
  }

  for (const refreshToken of [undefined, null, '', 7]) {
    it(`has no refresh token where that is ${JSON.stringify(refreshToken)}`, async () => {
      const tokenSet = await read({ ...PLAIN, refresh_token: refreshToken });
      assert.equal(tokenSet?.accessToken, 'access');
      assert.ok(tokenSet && !('refreshToken' in tokenSet));
    });
  }

  for (const expiresIn of [undefined, null, '', 'soon', -1, 0, {}, 'NaN']) {
    it(`lives for the default where expires_in is ${JSON.stringify(expiresIn)}`, async () => {
      const tokenSet = await read({ ...PLAIN, expires_in: expiresIn });
      assert.deepEqual(tokenSet?.expiresAt, new Date('2026-11-24T10:10:00Z'));
    });
  }

  it('issues nothing where it is no success, or has no access token', async () => {
    assert.equal(await read(PLAIN, 400), undefined);
    assert.equal(await read({ ...PLAIN, access_token: '' }), undefined);
    assert.equal(await read({ ...PLAIN, access_token: 5 }), undefined);
    assert.equal(await read('<html>hello</html>'), undefined);
    assert.equal(await read('[]'), undefined);
    assert.equal(await read('null'), undefined);
  });

  it('keeps the tokens where the scope is a list of what is no text', async () => {
    for (const scope of [[{ toString: 0 }], [{ valueOf: 1, toString: null }, 'PATIENT'], [null, [[]]]]) {
      assert.equal((await read({ access_token: 'access', scope }))?.accessToken, 'access');
    }
  });

  it('never throws, and never loses an access token, whatever else is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), async (rest, odd) => {
        const body = { ...rest, expires_in: odd, scope: odd, refresh_token: odd, access_token: 'access' };
        const tokenSet = await read(body);
        assert.equal(tokenSet?.accessToken, 'access');
        assert.ok(!Number.isNaN(tokenSet.expiresAt.getTime()));
      }),
    );
  });
});
