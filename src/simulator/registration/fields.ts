/** What somebody who registers is asked. */

import { checkDigit } from '../people/national-id.ts';
import { isPasswordAllowed } from '../people/person.ts';
import type { Field } from './form.ts';

export const names: readonly Field[] = [
  { name: 'given', label: 'First name', autocomplete: 'given-name', missing: 'Enter your first name' },
  { name: 'family', label: 'Last name', autocomplete: 'family-name', missing: 'Enter your last name' },
];

export const sex: Field = {
  name: 'sex',
  label: 'Sex assigned at birth',
  options: ['Female', 'Male'],
  missing: 'Choose female or male',
  check: (value) => (value === 'Female' || value === 'Male' ? undefined : 'Choose female or male'),
};

export const birthDate: Field = {
  name: 'born',
  label: 'Date of birth',
  type: 'date',
  autocomplete: 'bday',
  missing: 'Enter your date of birth',
  check: (value) =>
    /^\d{4}-\d\d-\d\d$/.test(value) && !Number.isNaN(Date.parse(value))
      ? undefined
      : 'Enter a date of birth that there is',
};

export const nhsNumberField: Field = {
  name: 'number',
  label: 'NHS number',
  hint: 'Ten digits that begin with 999: those are for tests. Nobody has one.',
  check: (value) => {
    const digits = value.replaceAll(' ', '');
    return /^999\d{7}$/.test(digits) && String(checkDigit(digits.slice(0, 9))) === digits[9]
      ? undefined
      : 'Enter a number of ten digits that begins with 999 and passes its check digit';
  },
};

export const email: Field = {
  name: 'email',
  label: 'E-mail address',
  type: 'email',
  hint: 'Nothing is sent: the simulator has its own inbox.',
  autocomplete: 'email',
  missing: 'Enter your e-mail address',
  check: (value) =>
    /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(value) ? undefined : 'Enter an e-mail address such as sam@example.com',
};

export const newPassword: Field = {
  name: 'password',
  label: 'New password',
  type: 'password',
  hint: 'Ten characters or more, with a capital letter, a small letter, a digit and a sign.',
  autocomplete: 'new-password',
  missing: 'Choose a password',
  check: (value) =>
    isPasswordAllowed(value)
      ? undefined
      : 'Choose a password of ten characters or more with a capital letter, a small letter, a digit and a sign',
};

export const securityAnswer: Field = {
  name: 'answer',
  label: 'The name of your first school',
  hint: 'A security question, as PKB asks one. The answer is not kept.',
  missing: 'Enter the name of your first school',
};

export const agreement: Field = {
  name: 'agree',
  label: 'I accept the user agreement and the privacy policy',
  type: 'checkbox',
  missing: 'Accept the agreement to register',
};

export const invitationCodes: readonly Field[] = [
  { name: 't1', label: 'Invitation code', missing: 'Enter the invitation code' },
  { name: 't2', label: 'Access code', missing: 'Enter the access code' },
];
