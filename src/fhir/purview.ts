/**
 * The answer of `$purview`: whom consents would name for the token's owner. Exactly one reference of one of three kinds:
 * Patient, Organization (a professional's team) or Practitioner (PKB, "Operation: purview").
 */

import { FaultError, IdentityConflictError } from '../errors.ts';
import { asPublicId, type PublicId } from '../model.ts';
import { fields } from '../provider/upstream.ts';

/**
 * The public id in a Parameters resource. UPSTREAM: only the relative form `Patient/<uuid>` is documented; an absolute
 * reference to this server and a versioned one (`/_history/<n>`) name the same Patient and are read too.
 *
 * @throws IdentityConflictError `not-a-patient` for a reference to anything else; FaultError `unexpected-response`
 * where there is not exactly one reference
 */
export function readPurview(parameters: Readonly<Record<string, unknown>>, baseUrl: string): PublicId {
  const list: unknown[] = Array.isArray(parameters.parameter) ? parameters.parameter : [];
  const references = list
    .map(fields)
    .filter((parameter) => parameter.name === 'purview')
    .map((parameter) => fields(parameter.valueReference).reference);
  const [reference] = references;
  if (references.length !== 1 || typeof reference !== 'string') {
    throw new FaultError('unexpected-response', '$purview did not answer with one reference');
  }
  return publicIdIn(reference, baseUrl);
}

function publicIdIn(reference: string, baseUrl: string): PublicId {
  const base = `${baseUrl}/`;
  const relative = reference.startsWith(base) ? reference.slice(base.length) : reference;
  const [, id] = /^Patient\/([^/]+)(?:\/_history\/[^/]+)?$/.exec(relative) ?? [];
  const publicId = id === undefined ? undefined : asPublicId(id);
  if (publicId) return publicId;
  throw new IdentityConflictError('not-a-patient', 'the grant is not for a patient of this environment');
}
