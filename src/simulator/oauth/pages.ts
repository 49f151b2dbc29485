/** The pages between the client's link and the way back: log in, grant, and the ends that lead nowhere. */

import { html } from 'hono/html';
import { answerPage, type Html, page } from '../layout.ts';
import { fullName, type Person, simulatorPassword } from '../people/person.ts';
import type { Client } from './clients.ts';

export function problemPage(status: number, title: string, text: string): Response {
  return answerPage(status, page(`Error: ${title}`, html`<h1>${title}</h1><p>${text}</p>`));
}

/** An end without a way back that is no error. */
export function endPage(title: string, text: string): Response {
  return answerPage(200, page(title, html`<h1>${title}</h1><p>${text}</p>`));
}

export interface LogInPage {
  readonly interaction: string;
  readonly client: Client;
  readonly people: readonly Person[];
  /** What was typed, where logging in with it failed. */
  readonly failed?: { readonly email: string };
}

export function logInPage({ interaction, client, people, failed }: LogInPage): Response {
  const content = html`
    ${failed ? errorSummary : ''}
    <h1>Log in to continue to ${client.product}</h1>
    <p>${client.product}, a product of ${client.owner}, asks for access to your record. You decide after you log in.</p>
    <form method="post" action="/apiAuthorize.action">
      <input type="hidden" name="interaction" value="${interaction}">
      <label for="email">E-mail address</label>
      <input id="email" name="email" type="email" autocomplete="username" value="${failed?.email ?? ''}" required>
      <label for="password">Password</label>
      <input id="password" name="password" type="password" autocomplete="current-password" required>
      <div><button>Log in</button></div>
    </form>
    <section aria-labelledby="people">
      <h2 id="people">Simulator only: log in with one click</h2>
      <p>Everybody's password is <code>${simulatorPassword}</code>. A button here stands for any other way to prove who
        you are, so it does not need a confirmed e-mail address.</p>
      <p>No record yet? <a href="/register">Register</a>. That does not lead back here.</p>
      <form method="post" action="/apiAuthorize.action">
        <input type="hidden" name="interaction" value="${interaction}">
        <ul class="people">${people.map(personItem)}</ul>
      </form>
    </section>`;
  return answerPage(failed ? 422 : 200, page(failed ? 'Error: Log in' : 'Log in', content));
}

function personItem(person: Person): Html {
  const note = `note-${person.publicId}`;
  return html`<li>
    <button class="second" name="person" value="${person.publicId}" aria-describedby="${note}">Log in as ${fullName(person)}</button>
    <p id="${note}">Born ${longDate(person.birthDate)}. ${person.note}</p>
  </li>`;
}

/** One text for every reason: it must not tell which addresses have a record. */
const errorSummary = html`<div class="error" role="alert">
  <h2>We could not log you in</h2>
  <p><a href="#email">Check the e-mail address and the password</a>. Somebody whose record is not registered or is
    closed cannot log in.</p>
</div>`;

export interface GrantPage {
  readonly interaction: string;
  readonly client: Client;
  readonly person: Person;
  /** Somebody logged in earlier, in this browser: it may be somebody else who sits here now. */
  readonly remembered: boolean;
}

export function grantPage({ interaction, client, person, remembered }: GrantPage): Response {
  const content = html`
    <h1>Allow ${client.product} to use your record?</h1>
    <p>You are logged in as <strong>${fullName(person)}</strong>, born ${longDate(person.birthDate)}.</p>
    <p>${client.product}, a product of ${client.owner}, asks to read your record and add to it for you, as you can do
      yourself.</p>
    <form method="post" action="/apiAuthorize.action">
      <input type="hidden" name="interaction" value="${interaction}">
      <div class="answers">
        <button name="answer" value="approve">Approve</button>
        <button class="second" name="answer" value="deny">Deny</button>
        ${remembered ? html`<button class="second" name="answer" value="log-out">Log in as somebody else</button>` : ''}
      </div>
    </form>`;
  return answerPage(200, page('Allow access', content));
}

/** What stands between logging in and the grant, as where another identity provider proves who somebody is. */
export function hopPage(interaction: string): Response {
  const content = html`
    <h1>You are being sent back</h1>
    <p>This page stands for a log-in somewhere else. You have proved who you are.</p>
    <form method="post" action="/apiAuthorize.action">
      <input type="hidden" name="interaction" value="${interaction}">
      <button>Continue</button>
    </form>`;
  return answerPage(200, page('Continue', content));
}

const dates = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' });

export function longDate(date: string): string {
  return dates.format(new Date(date));
}
