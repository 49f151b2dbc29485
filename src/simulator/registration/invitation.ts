/** The two codes of an invitation letter. They are worked out from the person, so that nobody has to keep them. */

import type { Person } from '../people/person.ts';
import { hashText } from '../people/random.ts';
import type { World } from '../world.ts';

export interface Invitation {
  /** `t1` in the address of PKB's page. */
  readonly invitationCode: string;
  /** `t2`. */
  readonly accessCode: string;
}

/** Undefined where the person has a log-in already, or is not to get one. */
export function invitationFor({ seed }: World, { userId, status, kind }: Person): Invitation | undefined {
  if (kind !== 'patient' || status !== 'unregistered') return undefined;
  const code = hashText(`${seed} ${userId}`).toString(16).padStart(8, '0').toUpperCase();
  return { invitationCode: `${userId}-${code.slice(0, 3)}`, accessCode: code.slice(3) };
}

/** Who is invited by these codes. */
export function invited(world: World, { invitationCode, accessCode }: Invitation): Person | undefined {
  const person = world.directory.byUserId(invitationCode.split('-')[0] ?? '');
  const own = person && invitationFor(world, person);
  return own?.invitationCode === invitationCode.toUpperCase() && own.accessCode === accessCode.toUpperCase()
    ? person
    : undefined;
}

/** The page that an invitation leads to, with its codes filled in (PKB, "Join PKB URLs"). */
export function joinPath({ invitationCode, accessCode }: Invitation, email: string): string {
  return `/join?${new URLSearchParams({ t1: invitationCode, t2: accessCode, e: email })}`;
}
