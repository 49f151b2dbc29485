import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));

/** Who may import whom: room -> rooms, or single files, beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'model.ts': [],
  'errors.ts': [],
  'sha256.ts': [],
  'national-identifier.ts': ['model.ts'],
  provider: ['model.ts', 'errors.ts'],
  fhir: ['model.ts', 'errors.ts', 'national-identifier.ts', 'provider'],
  rest: ['model.ts', 'errors.ts', 'national-identifier.ts', 'provider'],
  storage: ['model.ts', 'errors.ts', 'sha256.ts'],
  webhook: ['model.ts', 'errors.ts'],
  'tracing.ts': [],
  'app.ts': ['model.ts', 'errors.ts', 'provider', 'fhir', 'rest', 'storage', 'tracing.ts'],
  'config.ts': [
    'app.ts',
    'errors.ts',
    'console/organisation.ts',
    'http/pages/hosted-pages.ts',
    'http/limits.ts',
    'operator/purge.ts',
    'provider',
    'webhook/webhook.ts',
  ],
  // Verbs know the interfaces, never what is behind them.
  flow: [
    'model.ts',
    'errors.ts',
    'sha256.ts',
    'national-identifier.ts',
    'app.ts',
    'provider/provider.ts',
    'provider/upstream.ts',
    'fhir/fhir.ts',
    'rest/rest.ts',
    'storage/store.ts',
  ],
  // The story of link sessions, for a partner's back end that has no pages of its own.
  hosted: ['model.ts', 'errors.ts', 'sha256.ts', 'app.ts', 'flow', 'storage/store.ts', 'storage/outward.ts'],
  // What the operator's monitoring reads.
  metrics: ['app.ts', 'storage/store.ts', 'provider', 'webhook/webhook.ts'],
  // What a partner's back end is told, and with what it may ask.
  outward: ['model.ts', 'errors.ts', 'sha256.ts', 'app.ts', 'storage/outward.ts', 'webhook/webhook.ts'],
  // Verbs for the operator, who may look behind the interfaces.
  operator: [
    'model.ts',
    'errors.ts',
    'sha256.ts',
    'app.ts',
    'config.ts',
    'flow',
    'outward',
    'provider',
    'storage',
    'webhook',
  ],
  // The operator's console: its pages and routes, and who may enter. English only; patients never see it.
  console: [
    'model.ts',
    'errors.ts',
    'sha256.ts',
    'app.ts',
    'flow',
    'http',
    'metrics',
    'operator',
    'outward',
    'pages',
    'storage/console.ts',
    'storage/outward.ts',
    'storage/store.ts',
    'webhook/webhook.ts',
  ],
  pages: ['model.ts'],
  // What the API, the patients' pages and the console have in common.
  http: [
    'model.ts',
    'errors.ts',
    'app.ts',
    'pages/problem.ts',
    'pages/texts.ts',
    'http/pages/hosted-pages.ts',
  ],
  // For the partner's own processes. It and the pages know nothing of each other.
  'http/api': [
    'model.ts',
    'errors.ts',
    'sha256.ts',
    'app.ts',
    'flow',
    'hosted',
    'http',
    // To erase a person is also the partner's own back end's to do.
    'operator/erase-person.ts',
    'outward',
    'storage/outward.ts',
    'storage/people.ts',
    'webhook/event-json.ts',
  ],
  // For patients' browsers.
  'http/pages': ['model.ts', 'errors.ts', 'sha256.ts', 'app.ts', 'flow', 'hosted', 'http', 'pages'],
  cli: ['*'],
  // Runs in the partner's processes: of the service it knows the shapes only, as types.
  client: ['http/api/answer-shapes.ts', 'http/api/api-input.ts'],
  // Imports nothing of ours, so that it can disagree with us.
  simulator: [],
  'index.ts': ['*'],
  'client.ts': ['client'],
  'server.ts': ['http/pages', 'pages'],
  'simulator.ts': ['simulator'],
};

const imports = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file, importsOf(file)]),
);

describe('the house', () => {
  it('has a rule for every room', () => {
    const rooms = new Set([...imports.keys()].map(room));
    assert.deepEqual([...rooms].sort(), Object.keys(MAY_IMPORT).sort());
  });

  it('lets nobody import what is not theirs to know', () => {
    const trespasses = [...imports].flatMap(([file, targets]) =>
      targets.filter((target) => !mayImport(file, target)).map((target) => `${file} -> ${target}`),
    );
    assert.deepEqual(trespasses, []);
  });

  it('lets nobody but the doors, the command line and the tests import the simulator', () => {
    const importers = [...imports]
      .filter(
        ([file, targets]) =>
          room(file) !== 'simulator' && targets.some((target) => room(target) === 'simulator'),
      )
      .map(([file]) => file);
    assert.deepEqual(importers.sort(), ['cli/simulate.ts', 'simulator.ts']);
  });

  it('has no circle between files', () => {
    const done = new Set<string>();
    function visit(file: string, path: readonly string[]): void {
      assert.ok(!path.includes(file), `a circle: ${[...path, file].join(' -> ')}`);
      if (done.has(file)) return;
      for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
      done.add(file);
    }
    for (const file of imports.keys()) visit(file, []);
  });

  it('reads the environment in one file only', () => {
    const readers = [...imports.keys()].filter((file) => source(file).includes('process.env'));
    assert.deepEqual(readers, ['config.ts']);
  });

  it('names no file after what says nothing', () => {
    const vague = [...imports.keys()].filter((file) =>
      /(manager|service|helper|util|common|base|impl|data|info)s?\.ts$/.test(file),
    );
    assert.deepEqual(vague, []);
  });

  it('tells the story in the names of its verbs', () => {
    assert.deepEqual(readdirSync(join(SRC, 'flow')).sort(), [
      'account.ts',
      'authorize.ts',
      'callback.ts',
      'compare.ts',
      'different-account.ts',
      'exchange.ts',
      'fhir.ts',
      'finish.ts',
      'history.ts',
      'identify.ts',
      'keep.ts',
      'link.ts',
      'patient.ts',
      'purge-expired.ts',
      'refresh.ts',
      'refused.ts',
      'request.ts',
      'rest.ts',
      'return-address.ts',
      'unlink.ts',
    ]);
  });
});

function source(file: string): string {
  return readFileSync(join(SRC, file), 'utf8');
}

function importsOf(file: string): readonly string[] {
  return [...source(file).matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map(([, path = '']) =>
    relative(SRC, normalize(join(SRC, dirname(file), path))),
  );
}

/** The folder, or the folder in it that has a rule of its own. */
function room(file: string): string {
  const [outer = file, inner] = file.split('/');
  return `${outer}/${inner}` in MAY_IMPORT ? `${outer}/${inner}` : outer;
}

function mayImport(file: string, target: string): boolean {
  const allowed = MAY_IMPORT[room(file)] ?? [];
  return (
    room(file) === room(target) ||
    allowed.some((rule) => rule === '*' || rule === target || rule === room(target))
  );
}
