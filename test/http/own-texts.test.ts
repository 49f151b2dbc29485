import assert from 'node:assert/strict';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { ConfigurationError } from '../../src/errors.ts';
import { type OwnTexts, readOwnTexts } from '../../src/http/pages/own-texts.ts';
import { browser, startPages } from './pages-for-test.ts';

describe("a partner's own texts", () => {
  it('take the place of ours, in the language that they are for, and are escaped', async () => {
    const texts: OwnTexts = {
      en: {
        start: { title: 'Join <us>', what: 'With {app} you see more.' },
        failures: { denied: { title: 'You said no' } },
      },
    };
    const { pages, app } = await startPages({ pages: { texts } });
    const patient = browser(pages);
    const start = await (await patient.get('/pkb/start')).text();
    assert.match(
      start,
      /<h1>Join &lt;us&gt;<\/h1>\s*<p>With Ridgeway you see more\.<\/p>\s*<h2>What you allow/,
    );
    assert.match(await (await patient.get('/pkb/problem/access-denied')).text(), /<h1>You said no<\/h1>/);
    await patient.get('/pkb?language=cy');
    assert.match(await (await patient.get('/pkb/start')).text(), /<h1>Cysylltu eich cofnod PKB<\/h1>/);
    await app.close();
  });

  it('are checked at start: each mistake is told with the name of its sentence and what to do', async () => {
    for (const [texts, setting, trouble] of [
      [{ fr: {} }, 'texts.fr', /en, cy/],
      [{ en: { start: { titel: 'x' } } }, 'texts.en.start.titel', /no text of ours/],
      [{ en: { begin: {} } }, 'texts.en.begin', /no text of ours/],
      [{ en: { start: 'x' } }, 'texts.en.start', /object of sentences/],
      [{ en: [] }, 'texts.en', /object of sentences/],
      [[], 'texts', /must be an object/],
      [{ cy: { start: { title: 7 } } }, 'texts.cy.start.title', /must be text/],
      [{ en: { start: { title: ' ' } } }, 'texts.en.start.title', /must be text/],
      [{ en: { start: { time: 'Be quick.' } } }, 'texts.en.start.time', /must keep \{time\}/],
      [{ en: { layout: { support: 'Ask {app}' } } }, 'texts.en.layout.support', /must keep \[\]\(support\)/],
      [{ en: { start: { title: 'For {patient}' } } }, 'texts.en.start.title', /must not have \{patient\}/],
      [
        { en: { start: { __proto__: null, constructor: 'x' } } },
        'texts.en.start.constructor',
        /no text of ours/,
      ],
    ] as const) {
      await assert.rejects(
        startPages({ pages: { texts: texts as unknown as OwnTexts } }),
        (error) =>
          error instanceof ConfigurationError && error.setting === setting && trouble.test(error.message),
        setting,
      );
    }
  });

  it('can be kept in a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'own-texts-')), 'texts.json');
    writeFileSync(file, '{"en":{"start":{"title":"Join us"}}}');
    assert.deepEqual(readOwnTexts(file), { en: { start: { title: 'Join us' } } });
    writeFileSync(file, '{"en":');
    for (const path of [file, `${file}.not-there`]) {
      assert.throws(
        () => readOwnTexts(path),
        (error) => error instanceof ConfigurationError && error.setting === 'PKB_LINK_TEXTS',
      );
    }
  });
});
