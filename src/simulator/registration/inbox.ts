/** E-mails that PKB would send. They stay here, for everybody to see. */

import { randomUUID } from 'node:crypto';
import { html } from 'hono/html';
import { answerPage, page } from '../layout.ts';
import { problemPage } from '../oauth/pages.ts';
import type { Person } from '../people/person.ts';
import type { Handler } from '../wire.ts';
import type { World } from '../world.ts';

export function sendMail({ state, now }: World, mail: { to: string; subject: string; link: string }): void {
  state.mail.push({ id: randomUUID(), at: now(), ...mail });
}

export function askToConfirm(world: World, person: Person): void {
  sendMail(world, {
    to: person.email,
    subject: 'Confirm your e-mail address',
    link: `/confirm/${person.userId}?${new URLSearchParams({ e: person.email })}`,
  });
}

export function inbox({ state }: World): Handler {
  return () => {
    const content = html`
      <h1>Inbox</h1>
      <p>E-mails that the simulator would send, to whomever, the newest first. None of them leaves it.</p>
      ${
        state.mail.length === 0
          ? html`<p>There is none.</p>`
          : html`<ul class="people">${state.mail
              .toReversed()
              .map(
                ({ to, subject, link }) => html`<li>To ${to}: <a href="${link}">${subject}</a></li>`,
              )}</ul>`
      }`;
    return answerPage(200, page('Inbox', content));
  };
}

/** An address logs in one record only: the first that confirms it keeps it. */
export function confirm(world: World): Handler {
  return (c) => {
    const person = world.directory.byUserId(c.req.param('userId') ?? '');
    if (!person || person.email === '' || person.email !== c.req.query('e')) {
      return problemPage(404, 'This link no longer works', 'Register again, or log in with another address.');
    }
    const holder = world.directory.byEmail(person.email).find((one) => one.emailConfirmed);
    if (holder && holder.userId !== person.userId) {
      return problemPage(
        409,
        'This address is taken',
        'Another record has it. Register with an address of your own.',
      );
    }
    world.state.people.set(person.userId, {
      ...world.state.people.get(person.userId),
      emailConfirmed: true,
    });
    world.save();
    const content = html`<h1>Your address is confirmed</h1>
      <p>You can log in now. Nothing leads back from here: go to the app you came from and start there again.</p>`;
    return answerPage(200, page('Confirmed', content));
  };
}
