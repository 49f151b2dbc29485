/** What somebody at PKB could do to a grant or a record while a client is not looking. */

import type { Person, PersonStatus } from './people/named.ts';
import type { ApiSession } from './state.ts';
import { peopleNow, type World } from './world.ts';

/** Each throws `TypeError` where nobody has the public id. */
export interface Admin {
  /** Ends every API session of the person: its tokens answer `API_SESSION_EXPIRED` or `API_SESSION_INVALID`. */
  endSession(who: { readonly publicId: string }, how: 'expired' | 'invalid'): void;
  /** Forgets every API session of the person: their tokens are unknown from then on, and no code says why. */
  revokeSilently(who: { readonly publicId: string }): void;
  freeze(publicId: string, frozen: boolean): void;
  /** `deregistered` and `deleted` end the person's API sessions as invalid. */
  setStatus(publicId: string, status: PersonStatus): void;
  /** As a merge of records might. Sessions stay, and see the record under its new id. */
  changePublicId(publicId: string, to: string): void;
}

export function createAdmin(world: World): Admin {
  const { state } = world;

  function person(publicId: string): Person {
    const found = peopleNow(state).find((one) => one.publicId === publicId);
    if (!found) throw new TypeError(`nobody has the public id ${publicId}`);
    return found;
  }

  function sessionsOf({ userId }: Person): readonly ApiSession[] {
    return [...state.sessions.values()].filter((session) => session.userId === userId);
  }

  function change({ userId }: Person, changed: Partial<Pick<Person, 'publicId' | 'status'>>): void {
    state.people.set(userId, { ...state.people.get(userId), ...changed });
    world.save();
  }

  function setStatus(publicId: string, status: PersonStatus): void {
    const who = person(publicId);
    if (status === 'deregistered' || status === 'deleted') {
      for (const session of sessionsOf(who)) session.ended ??= 'invalid';
    }
    change(who, { status });
  }

  return {
    endSession({ publicId }, how) {
      for (const session of sessionsOf(person(publicId))) session.ended = how;
      world.save();
    },
    revokeSilently({ publicId }) {
      for (const session of sessionsOf(person(publicId))) state.sessions.delete(session.id);
      world.save();
    },
    freeze: (publicId, frozen) => setStatus(publicId, frozen ? 'frozen' : 'active'),
    setStatus,
    changePublicId(publicId, to) {
      const who = person(publicId);
      if (peopleNow(state).some((one) => one.publicId === to))
        throw new TypeError(`${to} is somebody's already`);
      change(who, { publicId: to });
    },
  };
}
