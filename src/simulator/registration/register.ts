/**
 * The ways to a record and a log-in: by a national log-in, by an invitation letter, on a team's own page (PKB, "How to
 * register"). None leads back to a grant. UPSTREAM: not documented whether any does.
 */

import { html } from 'hono/html';
import { answerPage, page } from '../layout.ts';
import { problemPage } from '../oauth/pages.ts';
import { nhsNumber } from '../people/national-id.ts';
import { type Person, simulatorPassword } from '../people/person.ts';
import { hashText, uuidFor } from '../people/random.ts';
import { formMediaType, type Handler, mediaType } from '../wire.ts';
import type { World } from '../world.ts';
import {
  agreement,
  birthDate,
  email,
  invitationCodes,
  names,
  newPassword,
  nhsNumberField,
  securityAnswer,
  sex,
} from './fields.ts';
import { type Errors, errorsIn, type Form, formPage } from './form.ts';
import { askToConfirm } from './inbox.ts';
import { invited } from './invitation.ts';

/** PKB's national log-in is for people of this age and older. */
const NATIONAL_LOG_IN_AGE = 16;
const YEAR_MS = 365.25 * 86_400_000;
/** User ids of those who had no record before. */
const FIRST_USER_ID = 30_000_000;

const account = [email, newPassword, securityAnswer, agreement];

const national: Form = {
  title: 'Register with a national log-in',
  introduction:
    'This page stands for a national log-in that has proved who you are, and for the form at PKB that comes after it.',
  fields: [...names, sex, birthDate, nhsNumberField, ...account],
  button: 'Register',
};

const invitation: Form = {
  title: 'Register with an invitation',
  introduction:
    'Your hospital gave you a letter with two codes. The control page of the simulator shows them too.',
  fields: [...invitationCodes, birthDate, ...account],
  button: 'Register',
};

const team = (name: string): Form => ({
  title: `Register with ${name}`,
  introduction: 'Your team keeps a record for you, which only you and your team see.',
  fields: [...names, sex, birthDate, ...account],
  button: 'Register',
});

export function waysToRegister({ directory }: World): Handler {
  return () => {
    const { id, name } = directory.organizations.teamFor('');
    const content = html`
      <h1>Register</h1>
      <p>Nothing leads from here back to the app that you came from. When you are done, start there again.</p>
      <ul>
        <li><a href="/register/national">With a national log-in</a>, if you are ${NATIONAL_LOG_IN_AGE} or older</li>
        <li><a href="/join">With an invitation</a>: a letter or a message with two codes</li>
        <li><a href="/join/${id}">With your team</a>: ${name}</li>
      </ul>
      <p>What the simulator would send by e-mail is in its <a href="/inbox">inbox</a>.</p>`;
    return answerPage(200, page('Register', content));
  };
}

/** The person is known: a record that waits for them becomes theirs, and their address counts as confirmed. */
export function registerNationally(world: World): Handler {
  return form(
    world,
    () => national,
    (values) => {
      const born = Date.parse(text(values, 'born'));
      if (world.now() - born < NATIONAL_LOG_IN_AGE * YEAR_MS) {
        return { born: `A national log-in is for people of ${NATIONAL_LOG_IN_AGE} or older` };
      }
      const number = text(values, 'number').replaceAll(' ', '');
      const record = number === '' ? undefined : world.directory.byNationalId(number);
      if (!record) return welcome(newPerson(world, values, { emailConfirmed: true }));
      if (record.birthDate !== text(values, 'born')) {
        return { '': 'We could not match you to your record. Ask the team that looks after you.' };
      }
      if (record.status !== 'unregistered')
        return { '': 'You have a record with a log-in already. Log in instead.' };
      return welcome(takeOver(world, record, values, { emailConfirmed: true }));
    },
  );
}

export function registerByInvitation(world: World): Handler {
  return form(
    world,
    () => invitation,
    (values) => {
      const codes = { invitationCode: text(values, 't1'), accessCode: text(values, 't2') };
      const record = invited(world, codes);
      if (!record) return { t1: 'Check both codes: they do not go together' };
      if (record.birthDate !== text(values, 'born'))
        return { born: 'This is not the date of birth in the record' };
      return checkYourMail(world, takeOver(world, record, values, { emailConfirmed: false }));
    },
  );
}

export function registerWithTeam(world: World): Handler {
  const teamOf = (id: string | undefined) => world.directory.organizations.byId(id ?? '');
  return form(
    world,
    (c) => {
      const found = teamOf(c.req.param('team'));
      return found && team(found.name);
    },
    (values) => checkYourMail(world, newPerson(world, values, { emailConfirmed: false })),
  );
}

/** Shows the form, and hands it on when it is filled in well. */
function form(
  world: World,
  formOf: (c: Parameters<Handler>[0]) => Form | undefined,
  done: (values: URLSearchParams) => Response | Errors,
): Handler {
  return async (c) => {
    const asked = formOf(c);
    if (!asked) return problemPage(404, 'Page not found', 'There is no such team.');
    if (c.req.method !== 'POST') return formPage(asked, prefilled(new URL(c.req.url).searchParams));
    if (mediaType(c) !== formMediaType) {
      return problemPage(415, 'This is not a form', `Send ${formMediaType}.`);
    }
    const values = new URLSearchParams(await c.req.text());
    const errors = { ...takenAddress(world, values), ...errorsIn(asked, values) };
    if (Object.keys(errors).length > 0) return formPage(asked, values, errors);
    const result = done(values);
    return result instanceof Response ? result : formPage(asked, values, result);
  };
}

/** PKB's addresses name the e-mail address `e`. */
function prefilled(query: URLSearchParams): URLSearchParams {
  const values = new URLSearchParams(query);
  values.set('email', query.get('e') ?? '');
  return values;
}

function takenAddress({ directory }: World, values: URLSearchParams): Errors {
  const address = text(values, 'email').toLowerCase();
  return directory.byEmail(address).some(({ emailConfirmed }) => emailConfirmed)
    ? { email: 'Another record has this e-mail address' }
    : {};
}

function takeOver(
  world: World,
  { userId }: Person,
  values: URLSearchParams,
  { emailConfirmed }: { emailConfirmed: boolean },
): Person {
  world.state.people.set(userId, {
    ...world.state.people.get(userId),
    status: 'active',
    email: text(values, 'email').toLowerCase(),
    emailConfirmed,
    password: values.get('password') ?? '',
  });
  world.save();
  return world.directory.byUserId(userId) as Person;
}

function newPerson(
  world: World,
  values: URLSearchParams,
  { emailConfirmed }: { emailConfirmed: boolean },
): Person {
  const { registered } = world.state;
  const number = text(values, 'number').replaceAll(' ', '');
  const male = text(values, 'sex') === 'Male';
  const person: Person = {
    publicId: uuidFor(hashText(world.seed), hashText('registered'), registered.size),
    userId: String(FIRST_USER_ID + registered.size),
    kind: 'patient',
    status: 'active',
    title: male ? 'Mr' : 'Ms',
    givenNames: text(values, 'given').split(/\s+/),
    familyName: text(values, 'family'),
    birthDate: text(values, 'born'),
    dateDeceased: null,
    gender: male ? 'MALE' : 'FEMALE',
    email: text(values, 'email').toLowerCase(),
    emailConfirmed,
    password: values.get('password') ?? simulatorPassword,
    phone: '',
    address: { address1: '', city: '', county: '', postalCode: '', country: 'GB-ENG' },
    heightCm: 170,
    weightKg: 70,
    nationalIds: number === '' ? [] : [nhsNumber(number)],
    sharingDisabled: false,
    carers: [],
    note: 'Registered here.',
  };
  registered.set(person.userId, person);
  world.save();
  return person;
}

function checkYourMail(world: World, person: Person): Response {
  askToConfirm(world, person);
  world.save();
  const content = html`
    <h1>Check your e-mail</h1>
    <p>We sent a link to ${person.email}. You can log in once you have opened it. The simulator keeps it in its
      <a href="/inbox">inbox</a>.</p>`;
  return answerPage(200, page('Check your e-mail', content));
}

function welcome(person: Person): Response {
  const content = html`
    <h1>You are registered</h1>
    <p>Your record is ready, and you can log in with ${person.email}. Nothing leads back from here: go to the app you
      came from and start there again.</p>`;
  return answerPage(200, page('Registered', content));
}

function text(values: URLSearchParams, name: string): string {
  return (values.get(name) ?? '').trim();
}
