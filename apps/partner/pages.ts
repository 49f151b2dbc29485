/** Ridgeway Health's own pages: functions that return escaped HTML. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { html, raw } from 'hono/html';
import type { Account } from 'pkb-link';
import { PASSWORD_LENGTH, type SignedIn } from './accounts.ts';
import type { FormErrors, LogInForm, RegisterForm } from './form.ts';
import { stylePath } from './style.ts';

type Html = ReturnType<typeof html>;

/** The logo: in the header, as the icon of the site, and on the pages of pkb-link. */
export const ridgeFile = fileURLToPath(new URL('ridge.svg', import.meta.url));
export const ridge = raw(readFileSync(ridgeFile, 'utf8'));

interface Page {
  readonly title: string;
  readonly signedIn?: SignedIn | undefined;
  readonly body: Html;
}

function layout({ title, signedIn, body }: Page): Html {
  return html`<!doctype html>
<html lang="en-GB">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${title} - Ridgeway Health</title>
  <link rel="stylesheet" href="${stylePath}">
  <link rel="icon" href="/icon.svg" type="image/svg+xml">
</head>
<body>
  <a class="skip" href="#main">Skip to main content</a>
  <header>
    <a class="name" href="/">${ridge} Ridgeway Health</a>
    ${signedIn && html`<form method="post" action="/log-out"><button class="button plain">Log out</button></form>`}
  </header>
  <main id="main">${body}</main>
  <footer><p>Ridgeway Health is an invented app. It shows how an app can work with Patients Know Best, and is not part of it.</p></footer>
</body>
</html>`;
}

export function welcomePage(): Html {
  return layout({
    title: 'Welcome',
    body: html`<h1>Look after your health, one day at a time</h1>
<p>With Ridgeway Health you can see the health record that you have at Patients Know Best (PKB).</p>
<p>To start, you need an account with us.</p>
<p class="buttons"><a class="button" href="/register">Register</a> <a class="button plain" href="/log-in">Log in</a></p>`,
  });
}

interface Card {
  readonly heading: string;
  readonly text: string;
  readonly action: string;
}

/** What the home page says of the link, by its state. The patient pages at /pkb know what to do about each. */
function card(account: Account): Card {
  switch (account.link?.state) {
    case 'proposed':
      return {
        heading: 'Check your record',
        text: 'You are nearly there. PKB sent us a record. Please tell us if it is yours.',
        action: 'Check your record',
      };
    case 'active':
      return {
        heading: 'Your PKB record is connected',
        text: 'We can see your PKB record. There is nothing you need to do.',
        action: 'See your connection',
      };
    case 'suspended':
      return {
        heading: 'We cannot see your PKB record now',
        text: 'PKB does not let us see your record at the moment. Your connection is kept.',
        action: 'See your connection',
      };
    case 'reauthorization_required':
      return {
        heading: 'Connect again',
        text: 'PKB needs you to say again that we may see your record. We remember which record is yours.',
        action: 'Connect again',
      };
    default:
      return {
        heading: 'Connect your PKB record',
        text: 'If you have a record at Patients Know Best, you can let us see it. You only do this once.',
        action: 'Connect your PKB record',
      };
  }
}

export function homePage(signedIn: SignedIn, account: Account): Html {
  const { heading, text, action } = card(account);
  return layout({
    title: 'Home',
    signedIn,
    body: html`<h1>Hello, ${signedIn.givenName}</h1>
<section class="card" aria-labelledby="pkb">
  <h2 id="pkb">${heading}</h2>
  <p>${text}</p>
  <p><a class="button" href="/pkb">${action}</a></p>
</section>`,
  });
}

export interface FormPage<Form> {
  /** Where to go afterwards. */
  readonly then?: string | undefined;
  /** What was typed. The password is never shown again. */
  readonly form?: Form;
  readonly errors?: FormErrors<keyof Form & string>;
}

export function registerPage({ then, form, errors = {} }: FormPage<RegisterForm>): Html {
  return layout({
    title: titled('Register', errors),
    body: html`${summary(errors)}<h1>Register</h1>
<form method="post" action="/register" novalidate>
  ${field({ name: 'givenName', label: 'First name', autocomplete: 'given-name', value: form?.givenName, error: errors.givenName })}
  ${emailField(form, errors)}
  ${field({
    name: 'password',
    label: 'Password',
    hint: `Use ${PASSWORD_LENGTH.min} characters or more. Three words in a row work well.`,
    type: 'password',
    autocomplete: 'new-password',
    error: errors.password,
  })}
  ${afterwards(then)}
  <button class="button">Register</button>
</form>
<p>Do you have an account? <a href="${withThen('/log-in', then)}">Log in</a></p>`,
  });
}

export function logInPage({ then, form, errors = {} }: FormPage<LogInForm>): Html {
  return layout({
    title: titled('Log in', errors),
    body: html`${summary(errors)}<h1>Log in</h1>
<form method="post" action="/log-in" novalidate>
  ${emailField(form, errors)}
  ${field({ name: 'password', label: 'Password', type: 'password', autocomplete: 'current-password', error: errors.password })}
  ${afterwards(then)}
  <button class="button">Log in</button>
</form>
<p>Are you new here? <a href="${withThen('/register', then)}">Register</a></p>`,
  });
}

/** Something went wrong, and the way on is home. */
export function problemPage(title: string, text: string): Html {
  return layout({
    title,
    body: html`<h1>${title}</h1><p>${text}</p><p><a class="button" href="/">Go to the home page</a></p>`,
  });
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly autocomplete: string;
  readonly type?: 'text' | 'email' | 'password';
  readonly hint?: string;
  readonly value?: string | undefined;
  readonly error: string | undefined;
}

function field({ name, label, autocomplete, type = 'text', hint, value = '', error }: Field): Html {
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for="${name}">${label}</label>
    ${hint && html`<span class="hint" id="${name}-hint">${hint}</span>`}
    ${error && html`<span class="wrong" id="${name}-error">Error: ${error}</span>`}
    <input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${value}"
      ${described && html`aria-describedby="${described}"`} ${error && html`aria-invalid="true"`}>
  </div>`;
}

function emailField(form: LogInForm | undefined, errors: FormErrors<keyof LogInForm>): Html {
  return field({
    name: 'email',
    label: 'Email address',
    type: 'email',
    autocomplete: 'email',
    value: form?.email,
    error: errors.email,
  });
}

/** The list of errors at the top, each a link to its field. It takes the focus, so a screen reader starts there. */
function summary(errors: FormErrors<string>): Html | '' {
  const entries = Object.entries(errors);
  if (entries.length === 0) return '';
  return html`<div class="summary" role="alert" aria-labelledby="summary" tabindex="-1" autofocus>
  <h2 id="summary">There is a problem</h2>
  <ul>${entries.map(([name, error]) => html`<li><a href="#${name}">${error}</a></li>`)}</ul>
</div>`;
}

function titled(title: string, errors: FormErrors<string>): string {
  return Object.keys(errors).length > 0 ? `Error: ${title}` : title;
}

function afterwards(then: string | undefined): Html | '' {
  return then ? html`<input type="hidden" name="then" value="${then}">` : '';
}

function withThen(path: string, then: string | undefined): string {
  return then ? `${path}?then=${encodeURIComponent(then)}` : path;
}
