// Writes test/simulator/stu3-definitions.json: what FHIR STU3 says of the resources that the simulator has, as small as a
// test needs it. HL7 publishes the definitions under CC0; the one package of npm that carries them is fhir 3.3.1.
// Only to be run again where the simulator gets another resource: node scripts/stu3-definitions.js

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RESOURCES = [
  'Appointment',
  'Bundle',
  'CapabilityStatement',
  'Communication',
  'Consent',
  'DiagnosticReport',
  'DocumentReference',
  'Encounter',
  'NamingSystem',
  'Observation',
  'OperationDefinition',
  'OperationOutcome',
  'Organization',
  'Parameters',
  'Patient',
  'Practitioner',
  'ProcedureRequest',
  'Questionnaire',
  'QuestionnaireResponse',
];

const folder = mkdtempSync(join(tmpdir(), 'stu3-'));
execFileSync('npm', ['pack', 'fhir@3.3.1', '--silent'], { cwd: folder });
execFileSync('tar', ['xzf', 'fhir-3.3.1.tgz', 'package/profiles/stu3'], { cwd: folder });
const bundle = (name) =>
  JSON.parse(readFileSync(join(folder, 'package/profiles/stu3', `${name}.json`), 'utf8')).entry.map(
    ({ resource }) => resource,
  );
const structures = new Map(
  [...bundle('profiles-resources'), ...bundle('profiles-types')]
    .filter(
      ({ resourceType, derivation }) => resourceType === 'StructureDefinition' && derivation !== 'constraint',
    )
    .map((structure) => [structure.id, structure]),
);
const vocabulary = bundle('valuesets');
rmSync(folder, { recursive: true });

const concepts = (list = []) => list.flatMap(({ code, concept }) => [code, ...concepts(concept)]);

/** Every code of a value set that is made of whole code systems or of lists; undefined for any other. */
function codesOf(url) {
  const set = vocabulary.find((one) => one.resourceType === 'ValueSet' && one.url === url?.split('|')[0]);
  if (!set?.compose || set.compose.exclude) return undefined;
  const codes = set.compose.include.flatMap((include) => {
    if (include.filter || include.valueSet) return [undefined];
    if (include.concept) return concepts(include.concept);
    const system = vocabulary.find((one) => one.resourceType === 'CodeSystem' && one.url === include.system);
    return system?.concept ? concepts(system.concept) : [undefined];
  });
  return codes.includes(undefined) ? undefined : codes;
}

/** Path to [least, most, types, codes]; a type "#path" has the elements of that path. */
function elementsOf(structure) {
  return Object.fromEntries(
    structure.snapshot.element.slice(1).map((element) => {
      const types = element.contentReference
        ? [element.contentReference]
        : [...new Set((element.type ?? []).map(({ code }) => code).filter(Boolean))];
      const codes =
        element.binding?.strength === 'required'
          ? codesOf(element.binding.valueSetReference?.reference)
          : undefined;
      const entry = [element.min, element.max === '*' ? '*' : Number(element.max), types];
      return [element.path, codes ? [...entry, codes] : entry];
    }),
  );
}

const definitions = {};
const wanted = [...RESOURCES];
for (const id of wanted) {
  const structure = structures.get(id);
  if (!structure || definitions[id] || structure.kind === 'primitive-type') continue;
  definitions[id] = elementsOf(structure);
  for (const [, , types] of Object.values(definitions[id]))
    wanted.push(...types.filter((type) => /^[A-Z]/.test(type) && type !== 'Resource'));
}
const lines = Object.entries(definitions)
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([id, elements]) => `${JSON.stringify(id)}:${JSON.stringify(elements)}`);
writeFileSync('test/simulator/stu3-definitions.json', `{\n${lines.join(',\n')}\n}\n`);
