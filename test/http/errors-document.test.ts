/** `docs/errors.md` is what the tables of the failures say. `UPDATE_DOCS=yes` writes it. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { exitCode } from '../../src/cli/exit-code.ts';
import type { FailureCode } from '../../src/errors.ts';
import { FAILURE_ANSWERS } from '../../src/http/failure-answers.ts';
import { FAILURE_CLASSES, type Remedy } from '../../src/http/failure-remedies.ts';
import * as door from '../../src/index.ts';

const FILE = new URL('../../docs/errors.md', import.meta.url);

const INTRODUCTION = `# Errors

Every failure has a \`code\` from this closed list. Its class says who must act, the code says why. The code is the same everywhere: \`failure.code\`
in the library, \`code\` of \`application/problem+json\` and the header \`Pkb-Link-Failure\` in the HTTP API, in brackets after a message of the command line,
\`/problem/<code>\` among the patient pages, and in the log, beside the \`reference\` that the caller and the patient are shown too.

A request that is refused before any of this is looked at (no key, no such address, a method that the address does not take) has no \`code\`: \`detail\` says what
is wrong, and \`Pkb-Link-Failure\` is \`bad-request\`. Neither has one that was not taken on: wait as long as \`Retry-After\` says and send it again.

| \`Pkb-Link-Failure\` | HTTP | Cause | Remedy |
| --- | --- | --- | --- |
| \`bad-request\` | 401, 403, 404, 405, 413, 422 | The request is wrong in itself. | Do what \`detail\` says. |
| \`too-many-requests\` | 429 | This key, or this address, asks more often than the operator lets it. | Ask less often; operator: [limits](settings.md#limits). |
| \`overloaded\` | 503 | The process has more to do than it does well. Tokens that are still good are handed out all the same. | Send it again; operator: [overload](deploying.md#overload). |

What PKB answers for each, and what is stored then: [what happens when](what-happens-when.md).

This page is written from the tables in the code: \`src/http/failure-remedies.ts\`, \`src/http/failure-answers.ts\` and \`src/cli/exit-code.ts\`.
A test compares it (\`test/http/errors-document.test.ts\`; with \`UPDATE_DOCS=yes\` it writes this file).`;

function section(name: string, of: (typeof FAILURE_CLASSES)[keyof typeof FAILURE_CLASSES]): string {
  const rows = (Object.entries(of.codes) as [FailureCode, Remedy][]).map(
    ([code, { cause, remedy }]) => `| \`${code}\` | ${FAILURE_ANSWERS[code].status} | ${cause} | ${remedy} |`,
  );
  return [
    `## ${name}\n`,
    `Who must act: **${of.whoActs}**. Exit code ${exitCode(name)}. ${of.changes}\n`,
    '| Code | HTTP | Cause | Remedy |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n');
}

const document = `${[
  INTRODUCTION,
  ...Object.entries(FAILURE_CLASSES).map(([name, of]) => section(name, of)),
].join('\n\n')}\n`;

describe('docs/errors.md', () => {
  it('is what the tables say', () => {
    if (process.env.UPDATE_DOCS === 'yes') writeFileSync(FILE, document);
    assert.equal(readFileSync(FILE, 'utf8'), document);
  });

  it('has every class of failure and every code once', () => {
    const classes = Object.entries(door)
      .filter(([, value]) => typeof value === 'function' && value.prototype instanceof door.Failure)
      .map(([name]) => name);
    assert.deepEqual(Object.keys(FAILURE_CLASSES).sort(), classes.sort());

    const codes = [...document.slice(INTRODUCTION.length).matchAll(/^\| `([a-z-]+)` \|/gm)].map(
      ([, code]) => code,
    );
    assert.deepEqual(codes.sort(), Object.keys(FAILURE_ANSWERS).sort());
  });
});
