/** Answers that a tester wants most, ready to be chosen. */

import type { ScriptedAnswer } from '../script.ts';

export interface ReadyAnswer {
  readonly name: string;
  readonly answer: ScriptedAnswer;
}

export const readyAnswers: readonly ReadyAnswer[] = [
  {
    name: 'busy: 503 with Retry-After',
    answer: { status: 503, headers: { 'retry-after': '30' }, body: 'Busy' },
  },
  {
    name: 'too many requests: 429 with Retry-After',
    answer: { status: 429, headers: { 'retry-after': '60' }, body: '' },
  },
  { name: 'failed: 500', answer: { status: 500, body: 'Something went wrong' } },
  { name: 'acted, and the answer is lost', answer: { drop: 'after-acting' } },
  { name: 'connection reset before acting', answer: { drop: 'before-acting' } },
  { name: 'acted, then 502 with an HTML page', answer: { act: 'before', ...html(502, 'Bad gateway') } },
  { name: 'an HTML page, 200', answer: html(200, 'Welcome') },
  { name: 'the real answer, ten seconds late', answer: { delayMs: 10_000 } },
  {
    name: 'the real answer as text/plain',
    answer: { act: 'before', headers: { 'content-type': 'text/plain' } },
  },
  {
    name: 'JSON cut short',
    answer: { body: '{"access_token": "abc', headers: { 'content-type': 'application/json' } },
  },
  { name: 'an empty JSON object', answer: { body: {} } },
  { name: 'no body', answer: { status: 200, body: '' } },
];

function html(status: number, text: string): ScriptedAnswer {
  return {
    status,
    body: `<!doctype html><title>${text}</title><h1>${text}</h1>`,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  };
}
