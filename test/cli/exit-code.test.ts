import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as door from '../../src/index.ts';

const { exitCode } = door;

describe('the exit code', () => {
  it('tells who must act next, for every class of failure there is', () => {
    const failures = [
      new door.InvalidRequestError('bad-input', ''),
      new door.AuthorizationError('access-denied', ''),
      new door.ReauthorizationRequired('api-session-expired', ''),
      new door.AccessRefusedError('access-frozen', ''),
      new door.IdentityConflictError('not-a-patient', ''),
      new door.UpstreamUnavailableError('network', ''),
      new door.ConfigurationError('bad-configuration', ''),
      new door.FaultError('unforeseen', ''),
    ];
    assert.deepEqual(
      failures.map(({ name }) => exitCode(name)),
      [2, 3, 3, 5, 6, 4, 78, 1],
    );
    const classes = Object.values(door).filter(
      (value) => typeof value === 'function' && value.prototype instanceof door.Failure,
    );
    assert.equal(classes.length, failures.length);
  });

  it('is our fault for anything else', () => {
    for (const name of ['TypeError', '', 'constructor', '__proto__']) assert.equal(exitCode(name), 1);
  });
});
