/** Whose record a caller sees, and why not another's. */

import type { Caller } from '../bearer.ts';
import { type Person, userTypes } from '../people/person.ts';
import type { World } from '../world.ts';
import type { ResponseCode } from './response-code.ts';

/** A patient has a record; a professional's grant sees none of their own. */
export function ownRecord({ person }: Caller): Person | undefined {
  return userTypes(person).includes('PATIENT') ? person : undefined;
}

/**
 * Why a caller may not see a record. A patient is told nothing of another's; a professional is told what closes it.
 * UPSTREAM: not documented in PKB's current list of codes, only in an older one.
 */
export function refusalAbout({ directory }: World, { person }: Caller, publicId: string): ResponseCode {
  const asked = person.kind === 'professional' ? directory.byPublicId(publicId) : undefined;
  if (asked?.status === 'frozen') return 'ACCESS_FROZEN_INWARD';
  return asked?.sharingDisabled ? 'SHARING_DISABLED' : 'NO_ASSOCIATION';
}
