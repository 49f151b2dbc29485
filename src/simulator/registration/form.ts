/** A form with plain fields: drawn, read, and drawn again with what is wrong in it. */

import { html } from 'hono/html';
import { answerPage, type Html, page } from '../layout.ts';

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly type?: 'text' | 'email' | 'password' | 'date' | 'checkbox';
  /** What may be chosen; a text field where there is none. */
  readonly options?: readonly string[];
  readonly autocomplete?: string;
  /** What to do where there is no value; it may be left out where nothing is to be done. */
  readonly missing?: string;
  /** What to do about a value, or undefined where it is good. */
  readonly check?: (value: string) => string | undefined;
}

export interface Form {
  readonly title: string;
  readonly introduction: string;
  readonly fields: readonly Field[];
  readonly button: string;
}

/** By name of the field; `''` for the form as a whole. */
export type Errors = Readonly<Record<string, string>>;

export function errorsIn({ fields }: Form, values: URLSearchParams): Errors {
  const errors = fields.flatMap(({ name, missing, check }) => {
    const value = (values.get(name) ?? '').trim();
    const error = value === '' ? missing : check?.(value);
    return error === undefined ? [] : [[name, error]];
  });
  return Object.fromEntries(errors);
}

export function formPage(form: Form, values = new URLSearchParams(), errors: Errors = {}): Response {
  const wrong = Object.entries(errors);
  const content = html`
    ${wrong.length === 0 ? '' : summary(wrong)}
    <h1>${form.title}</h1>
    <p>${form.introduction}</p>
    <form method="post">
      ${form.fields.map((field) => fieldOf(field, values.get(field.name) ?? '', errors[field.name]))}
      <button>${form.button}</button>
    </form>`;
  const failed = wrong.length > 0;
  return answerPage(failed ? 422 : 200, page(failed ? `Error: ${form.title}` : form.title, content));
}

function summary(errors: readonly (readonly [string, string])[]): Html {
  return html`<div class="error" role="alert">
    <h2>There is a problem</h2>
    <ul>${errors.map(([name, text]) => html`<li>${name === '' ? text : html`<a href="#${name}">${text}</a>`}</li>`)}</ul>
  </div>`;
}

function fieldOf(field: Field, value: string, error: string | undefined): Html {
  const { name, label, hint, type = 'text', options } = field;
  const described = [hint && `${name}-hint`, error && `${name}-error`].filter(Boolean).join(' ');
  const about = html`id="${name}" name="${name}" ${described ? html`aria-describedby="${described}"` : ''} ${error ? html`aria-invalid="true"` : ''}`;
  if (type === 'checkbox') {
    return html`<p class="check">
      <input type="checkbox" value="yes" ${about} ${value === 'yes' ? html`checked` : ''}>
      <label for="${name}">${label}</label>${error ? html` <span class="wrong" id="${name}-error">${error}</span>` : ''}
    </p>`;
  }
  return html`<div>
    <label for="${name}">${label}${field.missing === undefined ? ' (if you have one)' : ''}</label>
    ${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}
    ${error ? html`<p class="wrong" id="${name}-error">${error}</p>` : ''}
    ${
      options
        ? html`<select ${about}>${options.map((option) => html`<option ${option === value ? html`selected` : ''}>${option}</option>`)}</select>`
        : html`<input type="${type}" ${about} value="${type === 'password' ? '' : value}" autocomplete="${field.autocomplete ?? 'off'}">`
    }
  </div>`;
}
