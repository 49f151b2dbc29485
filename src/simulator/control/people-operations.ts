/** What can be done to people, their records and their grants. */

import { beginSession, grantedTokens } from '../oauth/sessions.ts';
import type { PersonStatus } from '../people/person.ts';
import { personStatuses, userTypes } from '../people/person.ts';
import { sendMail } from '../registration/inbox.ts';
import { invitationFor, joinPath } from '../registration/invitation.ts';
import { findPeople } from './find-people.ts';
import { anyObject, listOf, NotThere, type Operation, object, personAt, text, whole } from './operation.ts';
import type { Schema } from './schema.ts';
import { sessionView, tokensOf } from './session-view.ts';

const how: Schema = { type: 'string', enum: ['expired', 'invalid'] };

export const peopleOperations: readonly Operation[] = [
  {
    id: 'getPeople',
    method: 'get',
    path: '/api/people',
    what: 'People, the named ones first; or those whose public id, user id, e-mail address or NHS number it is',
    query: { search: text, from: whole, count: whole },
    answer: object({ total: whole, people: listOf(anyObject) }),
    run: ({ world }, { query }) =>
      findPeople(world.directory, {
        search: query.search ?? '',
        from: Number(query.from ?? 0),
        count: Number(query.count ?? 50),
      }),
  },
  {
    id: 'getPerson',
    method: 'get',
    path: '/api/people/{publicId}',
    what: 'One person, and their invitation where they have not registered',
    answer: anyObject,
    run: (controls, call) => {
      const person = personAt(controls, call);
      return { ...person, invitation: invitationFor(controls.world, person) ?? null };
    },
  },
  {
    id: 'setStatus',
    method: 'post',
    path: '/api/people/{publicId}/status',
    what: 'Freeze, thaw (active), de-register, delete, or let die',
    body: object({ status: { type: 'string', enum: personStatuses } }),
    run: (controls, call) =>
      controls.admin.setStatus(
        personAt(controls, call).publicId,
        (call.body as { status: PersonStatus }).status,
      ),
  },
  {
    id: 'changePublicId',
    method: 'post',
    path: '/api/people/{publicId}/public-id',
    what: 'Give the record another public id; API sessions stay',
    body: object({ to: text }),
    run: (controls, call) =>
      controls.admin.changePublicId(personAt(controls, call).publicId, (call.body as { to: string }).to),
  },
  {
    id: 'merge',
    method: 'post',
    path: '/api/people/{publicId}/merge',
    what: 'Merge the record into another, as the toggle mergedRecord says',
    body: object({ into: text }),
    run: (controls, call) =>
      controls.admin.merge(personAt(controls, call).publicId, (call.body as { into: string }).into),
  },
  {
    id: 'changeCredentials',
    method: 'post',
    path: '/api/people/{publicId}/credentials',
    what: 'Change the password or the e-mail address, as the toggle credentialChange says',
    body: object({ password: text, email: text }, 'password', 'email'),
    run: (controls, call) => controls.admin.changeCredentials(personAt(controls, call).publicId, call.body),
  },
  {
    id: 'endSessions',
    method: 'post',
    path: '/api/people/{publicId}/end-sessions',
    what: 'End every API session of the person',
    body: object({ how }),
    run: (controls, call) =>
      controls.admin.endSession(personAt(controls, call), (call.body as { how: 'expired' | 'invalid' }).how),
  },
  {
    id: 'revoke',
    method: 'post',
    path: '/api/people/{publicId}/revoke',
    what: 'Revoke every grant of the person, as the toggle revokedSession says: silently by default',
    run: (controls, call) => controls.admin.revokeSilently(personAt(controls, call)),
  },
  {
    id: 'invite',
    method: 'post',
    path: '/api/people/{publicId}/invite',
    what: 'Send an invitation to the inbox of the simulator',
    body: object({ email: text }),
    run: (controls, call) => {
      const invitation = invitationFor(controls.world, personAt(controls, call));
      if (!invitation) throw new TypeError('only somebody unregistered can be invited');
      const { email } = call.body as { email: string };
      const link = joinPath(invitation, email);
      sendMail(controls.world, { to: email, subject: 'You are invited to Patients Know Best', link });
      controls.world.save();
    },
  },
  {
    id: 'getSessions',
    method: 'get',
    path: '/api/sessions',
    what: 'API sessions, oldest first, of everybody or of one person',
    query: { publicId: text },
    answer: listOf(anyObject),
    run: ({ world }, { query }) =>
      world.state.sessions
        .values()
        .map((session) => sessionView(world, session))
        .filter(({ publicId }) => query.publicId === undefined || publicId === query.publicId)
        .toArray(),
  },
  {
    id: 'getTokens',
    method: 'get',
    path: '/api/sessions/{id}/tokens',
    what: 'The tokens of an API session, and which of them work',
    answer: object({ access: listOf(anyObject), refresh: listOf(anyObject) }),
    run: ({ world }, { path }) => {
      const session = world.state.sessions.get(path.id ?? '');
      if (!session) throw new NotThere(`there is no API session ${path.id}`);
      return tokensOf(world, session);
    },
  },
  {
    id: 'endSession',
    method: 'post',
    path: '/api/sessions/{id}/end',
    what: 'End one API session',
    body: object({ how }),
    run: ({ world, admin }, { path, body }) => {
      const { id = '' } = path;
      if (!world.state.sessions.has(id)) throw new NotThere(`there is no API session ${id}`);
      admin.endOneSession(id, (body as { how: 'expired' | 'invalid' }).how);
    },
  },
  {
    id: 'grant',
    method: 'post',
    path: '/api/grants',
    what: 'Grant a client access without a browser: the tokens, as the token endpoint would issue them',
    body: object({ clientId: text, publicId: text }),
    answer: object(
      { access_token: text, expires_in: whole, refresh_token: text, scope: text },
      'refresh_token',
    ),
    run: ({ world }, { body }) => {
      const { clientId, publicId } = body as { clientId: string; publicId: string };
      const client = world.clients.get(clientId);
      const person = world.directory.byPublicId(publicId);
      if (!client) throw new TypeError(`client ${clientId} is not registered`);
      if (!person) throw new TypeError(`nobody has the public id ${publicId}`);
      const scope = client.scopes.find((one) => userTypes(person).includes(one));
      if (!scope) throw new TypeError(`client ${clientId} may not ask this user type`);
      const issued = grantedTokens(world, client, beginSession(world, client, person.userId, scope));
      world.save();
      return {
        access_token: issued.accessToken,
        expires_in: issued.expiresIn,
        ...(issued.refreshToken !== undefined && { refresh_token: issued.refreshToken }),
        scope: issued.scope,
      };
    },
  },
  {
    id: 'getMail',
    method: 'get',
    path: '/api/mail',
    what: 'E-mails that would have been sent, oldest first',
    answer: listOf(anyObject),
    run: ({ world }) => world.state.mail,
  },
];
