import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublicId } from '../../src/model.ts';
import { alreadyConnectedPage } from '../../src/pages/already-connected.ts';
import { confirmPage } from '../../src/pages/confirm.ts';
import { connectedPage } from '../../src/pages/connected.ts';
import { connectionPage } from '../../src/pages/connection.ts';
import { cookiesPage } from '../../src/pages/cookies.ts';
import { dateInWords, dayOf, minutesInWords, momentOf } from '../../src/pages/dates.ts';
import { declinedPage } from '../../src/pages/declined.ts';
import { disconnectPage } from '../../src/pages/disconnect.ts';
import { disconnectedPage } from '../../src/pages/disconnected.ts';
import { historyPage } from '../../src/pages/history.ts';
import { keepPlacePage } from '../../src/pages/keep-place.ts';
import { noRecordPage } from '../../src/pages/no-record.ts';
import { notFoundPage } from '../../src/pages/not-found.ts';
import { notSurePage } from '../../src/pages/not-sure.ts';
import { oneMomentPage } from '../../src/pages/one-moment.ts';
import { openInBrowserPage } from '../../src/pages/open-in-browser.ts';
import { problemPage } from '../../src/pages/problem.ts';
import type { Html, Site } from '../../src/pages/site.ts';
import { startPage } from '../../src/pages/start.ts';
import { LANGUAGES, type Language, TEXTS } from '../../src/pages/texts.ts';
import { wayPage } from '../../src/pages/way.ts';
import { WAYS } from '../../src/pages/ways.ts';

const NASTY = `<script>alert("x")</script>'&`;

function siteIn(language: Language): Site {
  return {
    language,
    texts: TEXTS[language],
    brand: {
      appName: `App ${NASTY}`,
      organisation: `Clinic ${NASTY}`,
      supportContact: `Call ${NASTY}`,
      supportUrl: '/help"onclick="x',
      privacyUrl: '/privacy',
    },
    basePath: '/pkb',
    homePath: '/',
    styleHref: '/pkb/style.css?v=0',
    logoHref: '/pkb/logo?v=0',
    inLanguage: { en: `/pkb?${NASTY}&language=en`, cy: `/pkb?${NASTY}&language=cy` },
  };
}

const patient = {
  publicId: '0b9c2c36-6d55-4b0f-9a5e-0a5a0b3f6a11' as PublicId,
  title: 'Dr',
  givenNames: ['Zoë', 'Ngọc'],
  familyName: `O'Brien ${NASTY}`,
  birthDate: '2001-02-03',
  identifiers: [{ name: NASTY, value: '9990000018', display: '999 000 0018' }],
};

const types = [
  'link.proposed',
  'link.active',
  'link.recovered',
  'link.suspended',
  'link.reauthorization_required',
  'link.identity_conflict',
  'link.unlinked',
] as const;
const events = types.map((type, minute) => ({
  appUserId: 'account-1',
  linkId: 'x',
  type,
  at: new Date(Date.UTC(2026, 10, 24, 10, minute)),
}));

const granted = { grantedAt: new Date('2026-11-24T10:00:00Z'), since: new Date('2026-11-24T10:02:00Z') };

/** Every page, in every form that its text has. */
export function pagesOf(site: Site): Record<string, Html> {
  return {
    start: startPage(site, { minutes: 60 }),
    alreadyConnected: alreadyConnectedPage(site),
    openInBrowser: openInBrowserPage(site, {
      address: `https://${NASTY}`,
      opener: `intent://${NASTY}`,
      stay: '/pkb/start?anyway=yes',
    }),
    cookies: cookiesPage(site),
    notSure: notSurePage(site, { unanswered: false }),
    unanswered: notSurePage(site, { unanswered: true }),
    noRecord: noRecordPage(site),
    ...Object.fromEntries(WAYS.map((way) => [`way ${way}`, wayPage(site, { way })])),
    oneMoment: oneMomentPage(site, { again: `/pkb/finish?${NASTY}` }),
    keepPlace: keepPlacePage(site, { again: `/pkb/finish?${NASTY}`, reference: '0123abcd' }),
    confirm: confirmPage(site, {
      linkId: NASTY,
      patient,
      comparison: { familyName: 'unknown', birthDate: 'match', nhsNumber: 'match' },
    }),
    connected: connectedPage(site, { patient, continueTo: '/' }),
    active: connectionPage(site, { ...granted, state: 'active', patient, ending: true }),
    away: connectionPage(site, { ...granted, state: 'active', ending: false }),
    suspended: connectionPage(site, { ...granted, state: 'suspended', ending: false }),
    reauthorize: connectionPage(site, { ...granted, state: 'reauthorization_required', ending: true }),
    history: historyPage(site, { events }),
    noHistory: historyPage(site, { events: [] }),
    declined: declinedPage(site),
    disconnect: disconnectPage(site),
    disconnected: disconnectedPage(site),
    notFound: notFoundPage(site),
    ...Object.fromEntries(
      Object.keys(TEXTS.en.failures).map((text) => [
        `failure ${text}`,
        problemPage(site, {
          text: text as keyof typeof TEXTS.en.failures,
          next: 'support',
          field: NASTY,
          reference: NASTY,
        }),
      ]),
    ),
  };
}

const pages = pagesOf(siteIn('en'));

for (const language of LANGUAGES) {
  describe(`every patient page in ${language}`, () => {
    for (const [name, page] of Object.entries(pagesOf(siteIn(language)))) {
      it(`${name}: escapes what it is given, fills every place and runs no script`, async () => {
        const text = String(await page);
        assert.doesNotMatch(text, /<script|javascript:|\son[a-z]+="/i);
        assert.doesNotMatch(text, /style="/);
        assert.ok(text.includes('&lt;script&gt;'));
        assert.doesNotMatch(text, /\{\w+\}|\]\(|\[object/);
      });

      it(`${name}: has its language, a title with the app's name, a skip link, one main and one h1`, async () => {
        const text = String(await page);
        assert.ok(text.startsWith(`<!doctype html>\n<html lang="${language}">`));
        assert.match(text, /<title>.+ - App /);
        assert.match(text, /<a class="skip" href="#main">[\s\S]*<main id="main"/);
        assert.equal(text.match(/<main\b/g)?.length, 1);
        assert.equal(text.match(/<h1>/g)?.length, 1);
        assert.match(text, /hreflang="(en|cy)">(English|Cymraeg)<\/a>/);
      });
    }
  });
}

describe('"is this your record?"', () => {
  it('shows the name with its accents, the birth date in words and the number as people read it', async () => {
    const text = String(await pages.confirm);
    assert.match(text, /Dr Zoë Ngọc O&#39;Brien &lt;script&gt;/);
    assert.match(text, /3 February 2001/);
    assert.match(text, /999 000 0018/);
    assert.ok(!text.includes(patient.publicId));
  });

  it('says so where the record has no name or birth date', async () => {
    const nobody = { givenNames: [], identifiers: [] };
    const text = String(await confirmPage(siteIn('en'), { linkId: 'x', patient: nobody }));
    assert.equal(text.match(/Not in the record/g)?.length, 2);
  });
});

describe('your connection', () => {
  it('warns early where the API session is about to end', async () => {
    assert.match(String(await pages.active), /PKB will soon end our access/);
    assert.doesNotMatch(String(await pages.away), /PKB will soon end our access/);
  });

  it('does not ask for a new grant where waiting is right, and does where it is needed', async () => {
    assert.doesNotMatch(String(await pages.suspended), /\/pkb\/start/);
    assert.match(String(await pages.reauthorize), /href="\/pkb\/start">Connect again/);
  });
});

describe('a date', () => {
  it('is told in words, and as it came where it is no date', () => {
    assert.equal(dateInWords('en', '1999-12-31'), '31 December 1999');
    assert.equal(dateInWords('cy', '1999-12-31'), '31 Rhagfyr 1999');
    for (const odd of ['1999', '31/12/1999', '1999-13-01', '1999-02-31', '']) {
      assert.equal(dateInWords('en', odd), odd);
    }
  });

  it('of an instant is the day in the United Kingdom', () => {
    const lateInSummer = new Date('2026-06-30T23:30:00Z');
    assert.equal(dayOf('en', lateInSummer), '1 July 2026');
    assert.equal(momentOf('en', lateInSummer), '1 July 2026 at 00:30');
    assert.equal(momentOf('cy', lateInSummer), '1 Gorffennaf 2026 am 00:30');
  });

  it('is not the only thing that a language counts its own way', () => {
    assert.equal(minutesInWords('en', 1), '1 minute');
    assert.equal(minutesInWords('en', 60), '60 minutes');
    assert.equal(minutesInWords('cy', 60), '60 munud');
  });
});
