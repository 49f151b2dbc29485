import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  AuthorizationError,
  ConfigurationError,
  FaultError,
  ReauthorizationRequired,
  UpstreamUnavailableError,
} from '../../src/errors.ts';
import { createDisbelief } from '../../src/provider/disbelief.ts';
import { createGate } from '../../src/provider/gate.ts';

const wrongClient = () => new ConfigurationError('invalid-client', 'no', { setting: 'PKB_CLIENT_ID' });
const away = () => new UpstreamUnavailableError('server-error', 'away');

function gateAt() {
  let now = Date.parse('2026-11-24T10:00:00Z');
  const alarms: string[] = [];
  const gate = createGate(
    () => new Date(now),
    (event, { code }) => alarms.push(`${event} ${code}`),
  );
  let asked = 0;
  return {
    gate,
    alarms,
    asked: () => asked,
    advance: (seconds: number) => {
      now += seconds * 1000;
    },
    answer: (failure?: Error) =>
      gate.ask(async () => {
        asked += 1;
        if (failure) throw failure;
        return 'tokens';
      }),
  };
}

describe('the gate before the token endpoint', () => {
  it('shuts at once for a refused client, raises one alarm, and asks a handful of times in an hour', async () => {
    const { answer, asked, alarms, advance } = gateAt();
    for (let second = 0; second < 3600; second += 1) {
      await assert.rejects(answer(wrongClient()), { name: 'ConfigurationError', setting: 'PKB_CLIENT_ID' });
      advance(1);
    }
    assert.ok(asked() >= 5 && asked() <= 7, `asked ${asked()} times`);
    assert.deepEqual(alarms, ['alarm.raised invalid-client']);
  });

  it('opens by itself with the first answer, and calls the alarm off', async () => {
    const { answer, alarms, advance } = gateAt();
    await assert.rejects(answer(wrongClient()));
    advance(76);
    assert.equal(await answer(), 'tokens');
    assert.equal(await answer(), 'tokens');
    assert.deepEqual(alarms, ['alarm.raised invalid-client', 'alarm.over invalid-client']);
  });

  it('takes the refusal of one grant or one code for the answer of an endpoint that is well', async () => {
    const { answer, advance } = gateAt();
    for (const refusal of [
      new AuthorizationError('code-rejected', 'no'),
      new ReauthorizationRequired('api-session-expired', 'no'),
    ]) {
      await assert.rejects(answer(wrongClient()));
      advance(76);
      await assert.rejects(answer(refusal), { code: refusal.code });
      assert.equal(await answer(), 'tokens');
    }
  });

  it('calls the alarm off by the code it was raised with, whatever it met since', async () => {
    const { answer, alarms, advance } = gateAt();
    for (let i = 0; i < 4; i += 1) await assert.rejects(answer(away()));
    advance(100);
    await assert.rejects(answer(wrongClient()));
    advance(1200);
    await answer();
    assert.deepEqual(alarms, ['alarm.raised server-error', 'alarm.over server-error']);
  });

  it('shuts after a few tries where nobody answers, and says of the others that they were not sent', async () => {
    const { answer, asked, alarms } = gateAt();
    for (let i = 0; i < 3; i += 1) await assert.rejects(answer(away()), { notActedOn: false });
    await assert.rejects(answer(new FaultError('unexpected-response', 'HTML')));
    assert.equal(asked(), 4);
    for (let i = 0; i < 100; i += 1) {
      await assert.rejects(answer(), { name: 'UpstreamUnavailableError', notActedOn: true, retryAfter: 2 });
    }
    assert.equal(asked(), 4);
    assert.equal(alarms.length, 1);
  });

  it('does not shut for failures between which something succeeds', async () => {
    const { answer, alarms } = gateAt();
    for (let i = 0; i < 50; i += 1) {
      for (let j = 0; j < 3; j += 1) await assert.rejects(answer(away()));
      await answer();
    }
    assert.deepEqual(alarms, []);
  });

  it('waits as long as PKB asks for, without an alarm', async () => {
    const { answer, alarms, advance } = gateAt();
    await assert.rejects(answer(new UpstreamUnavailableError('rate-limited', 'slow', { retryAfter: 100 })));
    advance(99);
    await assert.rejects(answer(), { code: 'rate-limited', notActedOn: true });
    advance(27);
    assert.equal(await answer(), 'tokens');
    assert.deepEqual(alarms, []);
  });

  it('lets one caller at a time try while it is shut', async () => {
    const { gate, answer, advance } = gateAt();
    await assert.rejects(answer(wrongClient()));
    advance(76);
    const { promise, resolve } = Promise.withResolvers<string>();
    const probe = gate.ask(() => promise);
    await assert.rejects(answer(), { code: 'invalid-client' });
    resolve('tokens');
    assert.equal(await probe, 'tokens');
    assert.equal(await answer(), 'tokens');
  });

  it('lets few in at first, more with every success, and turns the waiting away when it shuts', async () => {
    const { gate, answer } = gateAt();
    let inside = 0;
    let most = 0;
    const held: (() => void)[] = [];
    const work = () =>
      gate.inTurn(async () => {
        inside += 1;
        most = Math.max(most, inside);
        await new Promise<void>((leave) => held.push(leave));
        await answer();
        inside -= 1;
      });
    const callers = Array.from({ length: 100 }, work);
    await new Promise(setImmediate);
    assert.equal(inside, 2);
    for (let round = 0; round < 4; round += 1) {
      for (const leave of held.splice(0)) leave();
      await new Promise(setImmediate);
    }
    assert.ok(inside > 16, `${inside} inside after four rounds`);
    await assert.rejects(answer(wrongClient()));
    for (const leave of held.splice(0)) leave();
    const ends = await Promise.allSettled(callers);
    const turnedAway = ends.filter((end) => end.status === 'rejected');
    assert.ok(turnedAway.length > 20);
    assert.ok(turnedAway.every(({ reason }) => reason.code === 'invalid-client'));
  });
});

describe('disbelief', () => {
  function disbeliefAt() {
    let now = Date.parse('2026-11-24T10:00:00Z');
    const alarms: string[] = [];
    const disbelief = createDisbelief(
      () => new Date(now),
      (event, { code }) => alarms.push(`${event} ${code}`),
    );
    const end = () => disbelief.doubt(new ReauthorizationRequired('api-session-invalid', 'over')).code;
    return {
      disbelief,
      alarms,
      end,
      advance: (seconds: number) => {
        now += seconds * 1000;
      },
    };
  }

  it('believes that a grant has ended', () => {
    const { end, disbelief } = disbeliefAt();
    assert.equal(end(), 'api-session-invalid');
    const other = new FaultError('unexpected-response', 'odd');
    assert.equal(disbelief.doubt(other), other);
  });

  it('does not believe a burst of ends, says so once, and believes again once a grant is alive', () => {
    const { end, alarms, disbelief } = disbeliefAt();
    const said = Array.from({ length: 1000 }, end);
    assert.equal(said.filter((code) => code === 'api-session-invalid').length, 19);
    assert.equal(said.at(-1), 'grants-ending');
    disbelief.alive();
    assert.deepEqual(alarms, ['alarm.raised grants-ending', 'alarm.over grants-ending']);
  });

  it('believes ends that come slowly, and ends among many refreshes', () => {
    const slow = disbeliefAt();
    for (let i = 0; i < 200; i += 1) {
      assert.equal(slow.end(), 'api-session-invalid');
      slow.advance(60);
    }
    const busy = disbeliefAt();
    for (let i = 0; i < 200; i += 1) {
      assert.equal(busy.end(), 'api-session-invalid');
      busy.disbelief.alive();
      busy.disbelief.alive();
    }
  });

  it('believes after an hour what PKB keeps saying', () => {
    const { end, advance } = disbeliefAt();
    for (let i = 0; i < 20; i += 1) end();
    advance(3599);
    assert.equal(end(), 'grants-ending');
    advance(2);
    assert.equal(end(), 'api-session-invalid');
  });
});
