import { InvalidRequestError } from '../errors.ts';

/**
 * One parameter of a query or form body (`application/x-www-form-urlencoded`), or undefined where it is not there.
 * Stricter than URLSearchParams, which picks one of two values and replaces what is not UTF-8.
 *
 * @throws InvalidRequestError `bad-input` naming the field: twice, longer than `maxLength`, not UTF-8, or with control
 * characters
 */
export function parameter(encoded: string, name: string, maxLength: number): string | undefined {
  const values = encoded
    .split('&')
    .map((pair) => pair.split(/=(.*)/s))
    .filter(([key = '']) => decoded(key) === name)
    .map(([, value = '']) => value);
  const [first] = values;
  if (first === undefined) return undefined;
  if (values.length > 1) throw refused(name, 'is there more than once');
  const value = decoded(first);
  if (value === undefined) throw refused(name, 'is not UTF-8');
  if (value.length > maxLength) throw refused(name, 'is too long');
  if (/\p{Cc}/u.test(value)) throw refused(name, 'has control characters');
  return value;
}

/** @throws InvalidRequestError `bad-input`, also where the parameter is missing or empty */
export function requiredParameter(encoded: string, name: string, maxLength: number): string {
  const value = parameter(encoded, name, maxLength);
  if (value === undefined || value === '') throw refused(name, 'is missing');
  return value;
}

/** The query of a request as it came, without the question mark. */
export function queryOf(request: Request): string {
  return new URL(request.url).search.slice(1);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}

function refused(field: string, trouble: string): InvalidRequestError {
  return new InvalidRequestError('bad-input', `${field} ${trouble}`, { field });
}
