import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PublicId } from '../../src/model.ts';
import { confirmPage } from '../../src/pages/confirm.ts';
import { connectedPage } from '../../src/pages/connected.ts';
import { connectionPage } from '../../src/pages/connection.ts';
import { declinedPage } from '../../src/pages/declined.ts';
import { disconnectPage } from '../../src/pages/disconnect.ts';
import { disconnectedPage } from '../../src/pages/disconnected.ts';
import { keepPlacePage } from '../../src/pages/keep-place.ts';
import { noRecordPage } from '../../src/pages/no-record.ts';
import { notFoundPage } from '../../src/pages/not-found.ts';
import { oneMomentPage } from '../../src/pages/one-moment.ts';
import { plainDate } from '../../src/pages/plain-date.ts';
import { problemPage } from '../../src/pages/problem.ts';
import type { Html, Site } from '../../src/pages/site.ts';
import { startPage } from '../../src/pages/start.ts';

const NASTY = `<script>alert("x")</script>'&`;

const site: Site = {
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
};

const patient = {
  publicId: '0b9c2c36-6d55-4b0f-9a5e-0a5a0b3f6a11' as PublicId,
  title: 'Dr',
  givenNames: ['Zoë', 'Ngọc'],
  familyName: `O'Brien ${NASTY}`,
  birthDate: '2001-02-03',
  identifiers: [{ name: NASTY, value: '9990000018', display: '999 000 0018' }],
};

const pages: Record<string, Html> = {
  start: startPage(site, { minutes: 60 }),
  noRecord: noRecordPage(site),
  oneMoment: oneMomentPage(site, { again: `/pkb/finish?${NASTY}` }),
  keepPlace: keepPlacePage(site, {
    retry: { method: 'post', action: '/pkb/finish', fields: { authorization: NASTY } },
    reference: '0123abcd',
  }),
  confirm: confirmPage(site, { linkId: NASTY, patient }),
  connected: connectedPage(site, { patient, continueTo: '/' }),
  active: connectionPage(site, { state: 'active', patient, ending: true }),
  away: connectionPage(site, { state: 'active', ending: false }),
  suspended: connectionPage(site, { state: 'suspended', ending: false }),
  reauthorize: connectionPage(site, { state: 'reauthorization_required', ending: true }),
  declined: declinedPage(site),
  disconnect: disconnectPage(site),
  disconnected: disconnectedPage(site),
  notFound: notFoundPage(site),
  problem: problemPage(site, {
    title: NASTY,
    happened: NASTY,
    kept: NASTY,
    next: { advice: NASTY, label: NASTY, href: `/"${NASTY}` },
    field: NASTY,
    reference: NASTY,
    contact: NASTY,
  }),
};

describe('every patient page', () => {
  for (const [name, page] of Object.entries(pages)) {
    it(`${name}: escapes what it is given and runs no script`, async () => {
      const text = String(await page);
      assert.doesNotMatch(text, /<script|javascript:|\son[a-z]+="/i);
      assert.doesNotMatch(text, /style="/);
      assert.ok(text.includes('&lt;script&gt;'));
    });

    it(`${name}: has a language, a title with the app's name, a skip link, one main and one h1`, async () => {
      const text = String(await page);
      assert.match(text, /^<!doctype html>\n<html lang="en">/);
      assert.match(text, /<title>.+ - App /);
      assert.match(text, /<a class="skip" href="#main">[\s\S]*<main id="main"/);
      assert.equal(text.match(/<main\b/g)?.length, 1);
      assert.equal(text.match(/<h1>/g)?.length, 1);
      assert.match(text, /It is independent of Patients Know Best\./);
    });
  }
});

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
    const text = String(await confirmPage(site, { linkId: 'x', patient: nobody }));
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
    assert.equal(plainDate('1999-12-31'), '31 December 1999');
    for (const odd of ['1999', '31/12/1999', '1999-13-01', '']) assert.equal(plainDate(odd), odd);
  });
});
