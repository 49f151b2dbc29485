import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { pathOfOurs } from '../../apps/partner/then.ts';

const ORIGIN = 'http://localhost:8080';

describe('then', () => {
  for (const path of [
    '/',
    '/pkb',
    '/pkb/finish?authorization=0a1b',
    '/a/../pkb',
    '/%2F%2Felsewhere.example',
  ]) {
    it(`leads to ${path}`, () => {
      assert.equal(pathOfOurs(path, ORIGIN)?.href, new URL(path, ORIGIN).href);
    });
  }

  const elsewhere = [
    '',
    'pkb',
    '//elsewhere.example',
    '///elsewhere.example',
    '/\\elsewhere.example',
    '\\\\elsewhere.example',
    '/\t/elsewhere.example',
    '/\n/elsewhere.example',
    ' //elsewhere.example',
    '/.//elsewhere.example',
    '/a/..//elsewhere.example',
    'https://elsewhere.example/',
    'javascript:alert(1)',
    `/${'a'.repeat(512)}`,
  ];
  for (const text of elsewhere) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.equal(pathOfOurs(text, ORIGIN), undefined);
    });
  }
});
