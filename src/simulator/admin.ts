/** What somebody at PKB could do to a grant or a record while a client is not looking. */

import type { Person, PersonStatus } from './people/person.ts';
import type { ApiSession, PersonChange } from './state.ts';
import type { World } from './world.ts';

/** Each throws `TypeError` where nobody has the public id. */
export interface Admin {
  /** Ends every API session of the person: its tokens answer `API_SESSION_EXPIRED` or `API_SESSION_INVALID`. */
  endSession(who: { readonly publicId: string }, how: 'expired' | 'invalid'): void;
  /** Ends one API session. @throws TypeError where there is none of this id */
  endOneSession(id: string, how: 'expired' | 'invalid'): void;
  /** Revokes every grant of the person, as `revokedSession` says: by default their tokens are unknown, and no code says why. */
  revokeSilently(who: { readonly publicId: string }): void;
  freeze(publicId: string, frozen: boolean): void;
  /** `deceased`, `deregistered` and `deleted` do to the person's API sessions what `sessionsOfGone` says. */
  setStatus(publicId: string, status: PersonStatus): void;
  /** As a merge of records might. Sessions stay, and see the record under its new id. */
  changePublicId(publicId: string, to: string): void;
  /** One record goes into another and is gone; what its API sessions see then, `mergedRecord` says. */
  merge(publicId: string, into: string): void;
  /** A new password or a new, confirmed e-mail address; what API sessions make of it, `credentialChange` says. */
  changeCredentials(publicId: string, to: { readonly password?: string; readonly email?: string }): void;
}

export function createAdmin(world: World): Admin {
  const { state, directory, toggles } = world;

  function person(publicId: string): Person {
    const found = directory.byPublicId(publicId);
    if (!found) throw new TypeError(`nobody has the public id ${publicId}`);
    return found;
  }

  function sessionsOf({ userId }: Person): readonly ApiSession[] {
    return state.sessions
      .values()
      .filter((session) => session.userId === userId)
      .toArray();
  }

  function endAll(who: Person): void {
    for (const session of sessionsOf(who)) session.ended ??= 'invalid';
  }

  function change({ userId }: Person, changed: PersonChange): void {
    state.people.set(userId, { ...state.people.get(userId), ...changed });
    world.save();
  }

  function setStatus(publicId: string, status: PersonStatus): void {
    const who = person(publicId);
    const gone = status === 'deceased' || status === 'deregistered' || status === 'deleted';
    if (gone && toggles.sessionsOfGone === 'end') endAll(who);
    change(who, { status });
  }

  return {
    endSession({ publicId }, how) {
      for (const session of sessionsOf(person(publicId))) session.ended = how;
      world.save();
    },
    endOneSession(id, how) {
      const session = state.sessions.get(id);
      if (!session) throw new TypeError(`there is no API session ${id}`);
      session.ended = how;
      world.save();
    },
    revokeSilently({ publicId }) {
      const who = person(publicId);
      if (toggles.revokedSession === 'invalid') endAll(who);
      else for (const session of sessionsOf(who)) state.sessions.delete(session.id);
      world.save();
    },
    freeze: (publicId, frozen) => setStatus(publicId, frozen ? 'frozen' : 'active'),
    setStatus,
    changePublicId(publicId, to) {
      const who = person(publicId);
      if (!UUID.test(to)) throw new TypeError('a public id must be a UUID in lower case');
      if (directory.byPublicId(to)) throw new TypeError(`${to} is somebody's already`);
      change(who, { publicId: to });
    },
    merge(publicId, into) {
      const [gone, left] = [person(publicId), person(into)];
      if (gone.userId === left.userId) throw new TypeError('a record cannot be merged into itself');
      if (toggles.mergedRecord === 'ends-sessions') endAll(gone);
      else for (const session of sessionsOf(gone)) session.userId = left.userId;
      change(gone, { status: 'deleted', email: '', emailConfirmed: false });
    },
    changeCredentials(publicId, { password, email }) {
      const who = person(publicId);
      const holder = directory.byEmail(email?.toLowerCase() ?? '').find((one) => one.emailConfirmed);
      if (holder && holder.userId !== who.userId) throw new TypeError(`${email} is somebody else's already`);
      if (toggles.credentialChange === 'ends-sessions') endAll(who);
      change(who, {
        ...(password !== undefined && { password }),
        ...(email !== undefined && { email: email.toLowerCase(), emailConfirmed: true }),
      });
    },
  };
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
