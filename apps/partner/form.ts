/** What a patient typed, checked. */

import { PASSWORD_LENGTH } from './accounts.ts';

/** A request that our own pages never make. The message is for the page and repeats nothing of the request. */
export class BadRequest extends Error {}

export type FormErrors<Name extends string> = Readonly<Partial<Record<Name, string>>>;

/** The parameter, at most once and in UTF-8; '' where there is none. */
export function single(parameters: URLSearchParams, name: string): string {
  const [value = '', ...more] = parameters.getAll(name);
  if (more.length > 0) throw new BadRequest(`"${name}" came more than once.`);
  if (value.includes('\uFFFD')) throw new BadRequest(`"${name}" is not readable text.`);
  return value;
}

/** The fields of a form post. */
export async function readForm(request: Request): Promise<URLSearchParams> {
  const [type] = (request.headers.get('content-type') ?? '').split(';');
  if (type?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') {
    throw new BadRequest('This page takes what its own form sends, and nothing else.');
  }
  return new URLSearchParams(await request.text());
}

export interface LogInForm {
  readonly email: string;
  readonly password: string;
}

export interface RegisterForm extends LogInForm {
  readonly givenName: string;
}

export function logInForm(fields: URLSearchParams): LogInForm {
  return { email: single(fields, 'email').trim(), password: single(fields, 'password') };
}

export function registerForm(fields: URLSearchParams): RegisterForm {
  return { givenName: single(fields, 'givenName').trim(), ...logInForm(fields) };
}

export const NOT_AN_EMAIL = 'Enter an email address like name@example.com';

export function logInErrors({ email, password }: LogInForm): FormErrors<keyof LogInForm> {
  return {
    ...(looksLikeEmail(email) ? {} : { email: NOT_AN_EMAIL }),
    ...(password === '' ? { password: 'Enter your password' } : {}),
    ...(password.length > PASSWORD_LENGTH.max ? { password: tooLong(PASSWORD_LENGTH.max) } : {}),
  };
}

export function registerErrors(form: RegisterForm): FormErrors<keyof RegisterForm> {
  const { givenName, password } = form;
  return {
    ...(givenName === '' ? { givenName: 'Enter your first name' } : {}),
    ...(givenName.length > 100 ? { givenName: tooLong(100) } : {}),
    ...(/\p{Cc}/u.test(givenName) ? { givenName: 'Use letters, spaces, hyphens and apostrophes' } : {}),
    ...logInErrors(form),
    ...(password.length < PASSWORD_LENGTH.min
      ? { password: `Make a password of ${PASSWORD_LENGTH.min} characters or more` }
      : {}),
  };
}

function looksLikeEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text);
}

function tooLong(max: number): string {
  return `Use ${max} characters or fewer`;
}
