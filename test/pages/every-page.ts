/** Every patient page in every form that its text has, rendered with what a hostile partner and PKB could send. */

import type { PublicId } from '../../src/model.ts';
import { alreadyConnectedPage } from '../../src/pages/already-connected.ts';
import { confirmPage } from '../../src/pages/confirm.ts';
import { connectedPage } from '../../src/pages/connected.ts';
import { connectionPage } from '../../src/pages/connection.ts';
import { cookiesPage } from '../../src/pages/cookies.ts';
import { declinedPage } from '../../src/pages/declined.ts';
import { disconnectPage } from '../../src/pages/disconnect.ts';
import { disconnectedPage } from '../../src/pages/disconnected.ts';
import { historyPage } from '../../src/pages/history.ts';
import { noRecordPage } from '../../src/pages/no-record.ts';
import { notFoundPage } from '../../src/pages/not-found.ts';
import { notSurePage } from '../../src/pages/not-sure.ts';
import { oneMomentPage } from '../../src/pages/one-moment.ts';
import { openInBrowserPage } from '../../src/pages/open-in-browser.ts';
import { problemPage } from '../../src/pages/problem.ts';
import type { Html, Site } from '../../src/pages/site.ts';
import { startPage } from '../../src/pages/start.ts';
import { type Language, TEXTS } from '../../src/pages/texts.ts';
import { wayPage } from '../../src/pages/way.ts';
import { WAYS } from '../../src/pages/ways.ts';

const NASTY = `<script>alert("x")</script>'&`;

export function siteIn(language: Language): Site {
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

export const patient = {
  publicId: '0b9c2c36-6d55-4b0f-9a5e-0a5a0b3f6a11' as PublicId,
  title: 'Dr',
  givenNames: ['Zoë', 'Ngọc'],
  familyName: `O'Brien ${NASTY}`,
  birthDate: '2001-02-03',
  identifiers: [
    {
      system: 'https://fhir.nhs.uk/Id/nhs-number',
      name: 'NHS number',
      value: '9990000018',
      display: '999 000 0018',
    },
    { name: NASTY, value: '1', display: NASTY },
  ],
};

const types = [
  ['link.proposed'],
  ['link.active'],
  ['link.recovered'],
  ['link.suspended'],
  ['link.session_ending', 'session-length'],
  ['link.completion_refused', 'different-account'],
  ['link.reauthorization_required', 'api-session-expired'],
  ['link.identity_conflict', 'different-patient'],
  ['link.unlinked', 'superseded'],
  ['link.unlinked', 'asked'],
  ['link.unlinked', 'not-my-record'],
  ['link.unlinked', 'operator'],
  ['link.unlinked', 'proposal-expired'],
] as const;
const events = types.map(([type, reason], minute) => ({
  linkId: 'x',
  type,
  appUserId: 'account-1',
  at: new Date(Date.UTC(2026, 10, 24, 10, minute)),
  ...(reason !== undefined && { reason }),
}));

const granted = { grantedAt: new Date('2026-11-24T10:00:00Z'), since: new Date('2026-11-24T10:02:00Z') };
const used = {
  lastUsedAt: new Date('2026-11-25T10:00:00Z'),
  sessionEndsAt: new Date('2026-12-01T10:00:00Z'),
};

/** Every page, in every form that its text has. */
export function pagesOf(site: Site): Record<string, Html> {
  const { supportUrl: _, ...withoutSupportPage } = site.brand;
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
    keepPlace: problemPage(site, {
      text: 'away',
      next: 'later',
      again: `/pkb/finish?${NASTY}`,
      reference: '0123abcd',
    }),
    confirm: confirmPage(site, {
      linkId: NASTY,
      patient,
      comparison: { familyName: 'unknown', birthDate: 'match', nhsNumber: 'match' },
    }),
    confirmNobody: confirmPage(site, { linkId: 'x', patient: { givenNames: [], identifiers: [] } }),
    connected: connectedPage(site, { patient, continueTo: '/' }),
    connectedAway: connectedPage(site, { patient: undefined, continueTo: '/' }),
    active: connectionPage(site, { ...granted, ...used, state: 'active', patient }),
    away: connectionPage(site, { ...granted, state: 'active' }),
    suspended: connectionPage(site, { ...granted, ...used, state: 'suspended' }),
    reauthorize: connectionPage(site, { ...granted, state: 'reauthorization_required' }),
    history: historyPage(site, { events }),
    noHistory: historyPage(site, { events: [] }),
    declined: declinedPage(site),
    disconnect: disconnectPage(site),
    disconnected: disconnectedPage(site),
    notFound: notFoundPage(site),
    ...Object.fromEntries(
      (['start', 'reauthorize', 'connection', 'app', 'later', 'support'] as const).map((next) => [
        `problem ${next}`,
        problemPage(site, { text: 'away', next }),
      ]),
    ),
    problemWithoutSupportPage: problemPage(
      { ...site, brand: withoutSupportPage },
      { text: 'ourFault', next: 'support' },
    ),
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
