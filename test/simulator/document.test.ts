/** `docs/simulator.md` is what the tables of the simulator say. `UPDATE_DOCS=yes` writes it. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fixedBehaviours, questionsWithoutToggle } from '../../src/simulator/behaviours.ts';
import { searchRules } from '../../src/simulator/fhir/search-rules.ts';
import { statementResources } from '../../src/simulator/fhir/statement-resources.ts';
import { profiles } from '../../src/simulator/profiles.ts';
import { toggleEntries } from '../../src/simulator/toggles.ts';

const FILE = new URL('../../docs/simulator.md', import.meta.url);

function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(headings), line(headings.map(() => '---')), ...rows.map(line)].join('\n');
}

const code = (text: string) => `\`${text}\``;

const document = [
  `# What the simulator does, and how sure we are that PKB does it too

Nobody wrote these tables: they come from the ones that the simulator itself works by (\`test/simulator/document.test.ts\`; with
\`UPDATE_DOCS=yes\` it writes this file). How to use the simulator: [for a tester](testing-with-the-simulator.md).

- **documented**: PKB's public pages say so; the page is named.
- **observed**: seen on a live PKB host.
- **assumed**: neither. It is the likeliest, or what the standard says. Rely on nothing that is assumed.`,

  `## Profiles

A profile is a set of toggles with a name: \`--profile\` on the command line, \`togglesOf('strict')\` in a test, or the control page.

${table(
  ['Profile', 'What it is', 'Toggles that are not at their default'],
  Object.entries(profiles).map(([name, { what, toggles }]) => [
    code(name),
    what,
    Object.entries(toggles)
      .map(([toggle, value]) => code(`${toggle}: ${value}`))
      .join(', ') || 'none',
  ]),
)}`,

  `## Toggles

What PKB does not document, by the number of the question. The evidence is about the default, which is the first value.

${table(
  ['Question', 'Toggle', 'What it switches', 'Values', 'Evidence', 'What is known'],
  toggleEntries().map(([name, { question, what, allows, evidence, known, ...toggle }]) => [
    String(question),
    code(name),
    what,
    typeof toggle.default === 'number' ? `${toggle.default}; ${allows}` : allows,
    evidence,
    known,
  ]),
)}

Questions that PKB itself cannot answer otherwise:

${table(
  ['Question', 'What it is about', 'What to do'],
  questionsWithoutToggle.map(({ question, what, how }) => [String(question), what, how]),
)}`,

  `## What cannot be switched

${table(
  ['Behaviour', 'Evidence', 'What is known'],
  fixedBehaviours.map(({ what, evidence, known }) => [what, evidence, known]),
)}`,

  `## FHIR resources

As PKB's live capability statement lists them. Left out on purpose: \`Person\`, which has operations only, and every operation but \`$purview\`:
none of them is for a patient.

${table(
  ['Resource', 'Can be', 'Required', 'One of', 'Optional'],
  statementResources.map(({ type, interaction }) => {
    const named = (need: string) =>
      (searchRules.get(type) ?? [])
        .filter((rule) => rule.need === need)
        .map(({ name }) => code(name))
        .join(', ');
    return [
      type,
      interaction.map((one) => (one.code === 'read' ? 'read' : 'searched')).join(', '),
      named('required'),
      named('conditional'),
      named('optional'),
    ];
  }),
)}`,
].join('\n\n');

describe('docs/simulator.md', () => {
  it('says what the simulator does', () => {
    if (process.env.UPDATE_DOCS === 'yes') writeFileSync(FILE, `${document}\n`);
    assert.equal(readFileSync(FILE, 'utf8'), `${document}\n`);
  });

  it('has a line for each of the 32 open questions', () => {
    const numbers = new Set([
      ...toggleEntries().map(([, { question }]) => question),
      ...questionsWithoutToggle.map(({ question }) => question),
    ]);
    const asked = Array.from({ length: 32 }, (_, n) => n + 1);
    assert.deepEqual(
      asked.filter((question) => !numbers.has(question)),
      [],
    );
  });
});
