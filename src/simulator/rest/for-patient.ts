/** `/json` calls of scope PATIENT. A session is locked to its scope; the sentence is PKB's own ("Scopes"). */

import { type Caller, callerOf, restRefusal } from '../bearer.ts';
import type { Handler, WireContext } from '../wire.ts';
import type { World } from '../world.ts';

type PatientHandler = (c: WireContext, caller: Caller) => Response | Promise<Response>;

export function forPatient(world: World, handler: PatientHandler): Handler {
  return (c) => {
    const caller = callerOf(world, c);
    if (typeof caller === 'string') return restRefusal(world, caller);
    const { scope } = caller.session;
    if (scope === 'PATIENT') return handler(c, caller);
    const sentence = `User type ${scope} can't execute API call requiring scope PATIENT`;
    return restRefusal(world, 'USER_TYPE_NOT_PERM', sentence);
  };
}
