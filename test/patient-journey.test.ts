import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { FAILURE_ANSWERS } from '../src/http/failure-answers.ts';
import { hostedPages } from '../src/http/pages/hosted-pages.ts';
import { TEXTS } from '../src/pages/texts.ts';
import { WAY_PATHS } from '../src/pages/ways.ts';
import { startPages } from './http/pages-for-test.ts';
import { pagesOf, siteIn } from './pages/every-page.ts';

const root = new URL('../', import.meta.url);
const journey = readFileSync(new URL('docs/patient-journey.md', root), 'utf8');

/** Served, but no place where a patient is. */
const FILES = new Set(['/pkb/style.css', '/pkb/*', '/pkb/']);

/** Node -> its path, or its own name where it has none; and the arrows between those. */
function drawn(): { readonly places: ReadonlySet<string>; readonly arrows: ReadonlySet<string> } {
  const lines = [...journey.matchAll(/```mermaid\n(.*?)```/gs)].flatMap(([, diagram = '']) =>
    diagram.split('\n'),
  );
  const places = new Map<string, string>();
  const arrows: string[] = [];
  for (const line of lines) {
    for (const [, node = '', path = node] of line.matchAll(/(\w+)(?:\[|\(\[)"(\/pkb[^<"]*)?/g))
      places.set(node, path);
  }
  for (const line of lines) {
    const [, from, to] = /^ {2}(\w+)\S*?(?:\[.*?\]|\(\[.*?\]\))? -->(?:\|[^|]*\|)? (\w+)/.exec(line) ?? [];
    if (from !== undefined && to !== undefined)
      arrows.push(`${places.get(from) ?? from} -> ${places.get(to) ?? to}`);
  }
  return { places: new Set(places.values()), arrows: new Set(arrows) };
}

/** Page of `pagesOf` -> where it is. */
const AT: Readonly<Record<string, string>> = {
  start: '/pkb/start',
  alreadyConnected: '/pkb/already-connected',
  openInBrowser: '/pkb/open-in-browser',
  cookies: '/pkb/cookies',
  notSure: '/pkb/not-sure',
  noRecord: '/pkb/no-record',
  'way nhsLogin': '/pkb/ways/:way',
  'way login': '/pkb/ways/:way',
  oneMoment: '/pkb/finish',
  keepPlace: '/pkb/finish',
  confirm: '/pkb/confirm',
  connected: '/pkb/connected',
  active: '/pkb',
  suspended: '/pkb',
  reauthorize: '/pkb',
  history: '/pkb/history',
  declined: '/pkb/declined',
  disconnect: '/pkb/disconnect',
  disconnected: '/pkb/disconnected',
  'problem start': '/pkb/problem/:code',
  'problem reauthorize': '/pkb/problem/:code',
  'problem connection': '/pkb/problem/:code',
  'problem later': '/pkb/problem/:code',
  'problem support': '/pkb/problem/:code',
};

/** What a form of a page leads to once it was taken. */
const AFTER: Readonly<Record<string, string>> = {
  '/pkb/confirm': '/pkb/connected',
  '/pkb/disconnect': '/pkb/disconnected',
};

describe('the drawing of the journey', () => {
  it('has every address of the patient pages, and no other', async () => {
    const { pages, app } = await startPages({ returnAddresses: ['https://partner.example/done'] });
    const brand = { appName: 'Ridgeway', organisation: 'Clinic', supportContact: 'Call us.' };
    const hosted = hostedPages(app, { brand, homeUrl: 'https://partner.example' }).routes;
    const routes = [...pages.routes, ...hosted.routes]
      .filter(({ method }) => method === 'GET' || method === 'POST')
      .map(({ path }) => path);
    const addresses = new Set(routes.filter((path) => !FILES.has(path)));
    const places = [...drawn().places].filter((place) => place.startsWith('/pkb'));
    assert.deepEqual(places.sort(), [...addresses].sort());
    await app.close();
  });

  it('has an arrow for every link, button and form of every page', async () => {
    const site = siteIn('en');
    const pages = pagesOf({ ...site, homePath: '/home', brand: { ...site.brand, supportUrl: '/home' } });
    const { arrows } = drawn();
    const missing: string[] = [];
    for (const [name, from] of Object.entries(AT)) {
      const [, main = ''] = /<main[^>]*>(.*)<\/main>/s.exec(String(await pages[name])) ?? [];
      for (const [, kind, address = ''] of main.matchAll(/(href|action)="(\/[^"?#]*)/g)) {
        const path =
          address === '/home' || address === '/' ? 'home' : address.replace(/\/ways\/.+/, '/ways/:way');
        const to = kind === 'action' ? (AFTER[path] ?? path) : path;
        if (!arrows.has(`${from} -> ${to}`)) missing.push(`${from} -> ${to}`);
      }
    }
    assert.deepEqual([...new Set(missing)], []);
  });

  it('names every way to a record and every ending, with its status and its title', () => {
    for (const way of Object.values(WAY_PATHS)) assert.ok(journey.includes(`| \`${way}\` |`), way);
    const rows = [...journey.matchAll(/^\| (`.*?`) \| (\d{3}) \| (.*?) \|$/gm)];
    const told = rows.flatMap(([, codes = '', status, title]) =>
      [...codes.matchAll(/`([^`]+)`/g)].map(([, code]) => [code, Number(status), title]),
    );
    const answers = Object.entries(FAILURE_ANSWERS).map(([code, { status, text }]) => [
      code,
      status,
      TEXTS.en.failures[text].title,
    ]);
    assert.deepEqual(told.sort(), answers.sort());
  });
});

describe('each attack that the journey names', () => {
  const rows = [...journey.matchAll(/^\| (.+?) \| `(test\/[\w./-]+)`: (.+) \|$/gm)];

  it('is there', () => assert.ok(rows.length >= 16, String(rows.length)));

  for (const [, attack, file = '', title = ''] of rows) {
    it(`${attack}: has its test`, () => {
      const source = readFileSync(new URL(file, root), 'utf8');
      assert.ok(
        source.includes(`it('${title}'`) || source.includes(`: ${title}\``),
        `${file} has no "${title}"`,
      );
    });
  }
});
