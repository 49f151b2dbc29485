/** Which address is answered by what. */

import { Hono } from 'hono';
import * as fhir from './fhir/facade.ts';
import { stylesheet } from './layout.ts';
import { authorizationPages } from './oauth/authorize.ts';
import { problemPage } from './oauth/pages.ts';
import { revocationEndpoint, tokenEndpoint } from './oauth/token.ts';
import { limited } from './rate-limit.ts';
import { confirm, inbox } from './registration/inbox.ts';
import {
  registerByInvitation,
  registerNationally,
  registerWithTeam,
  waysToRegister,
} from './registration/register.ts';
import { measurements, measurementsByType, measurementTypes, writeMeasurement } from './rest/measurements.ts';
import { usersSelf } from './rest/self.ts';
import type { Script } from './script.ts';
import { startPage } from './start-page.ts';
import { bodyLimitBytes, type Handler, json, limitBody, type Routes, type Wire } from './wire.ts';
import type { World } from './world.ts';

export function routes(world: World, script: Script): Routes {
  const app: Routes = new Hono<Wire>();
  app.use(limitBody(bodyLimitBytes, () => json({ error: 'request_too_large' }, 413)));

  app.use(async (c, next) => {
    await next();
    const ahead = world.toggles.dateOffsetSeconds;
    if (ahead !== 0) c.res.headers.set('date', new Date(Date.now() + ahead * 1000).toUTCString());
  });

  const { authorize, grant, hop } = authorizationPages(world);
  app.get('/apiAuthorize.action', script.at('authorize', authorize));
  app.post('/apiAuthorize.action', script.at('grant', grant));
  app.get('/logInHop.action', hop);
  app.all('/apiAuthorize.action', () => notAllowed('GET, HEAD, POST'));

  const token = (host: () => World['toggles']['tokenHost']) =>
    script.at('token', limited(world, tokenEndpoint(world, host)));
  app.post(
    '/apiToken.action',
    token(() => world.toggles.tokenHost),
  );
  app.all('/apiToken.action', () => notAllowed('POST'));
  app.post(
    '/api/oauth/token',
    token(() => 'system'),
  );
  app.all('/api/oauth/token', () => notAllowed('POST'));
  app.post('/apiRevoke.action', script.at('revoke', revocationEndpoint(world)));

  const readable = (path: string, handler: Handler) => {
    app.get(path, handler);
    app.all(path, () => fhir.methodNotAllowed('GET, HEAD'));
  };
  readable('/fhir/metadata', script.at('metadata', fhir.metadata(world)));
  readable('/fhir/OperationDefinition/:id', fhir.operationDefinition(world));
  app.all('/fhir/Consent/:operation', script.at('purview', limited(world, fhir.purview(world))));
  const [readResource, searchResources] = [fhir.read(world), fhir.search(world)];
  readable('/fhir/:type{Patient}/:id', script.at('patient', limited(world, readResource)));
  readable('/fhir/Patient', script.at('patient', limited(world, searchResources)));
  readable('/fhir/:type/:id', script.at('records', limited(world, readResource)));
  readable('/fhir/:type', script.at('records', limited(world, searchResources)));
  app.all('/fhir/*', () => fhir.notFound('The simulator does not have this.'));

  app.get('/json/users/self', script.at('users-self', limited(world, usersSelf(world))));
  app.all('/json/users/self', () => notAllowed('GET, HEAD'));
  const measured = (handler: Handler) => script.at('measurements', limited(world, handler));
  app.post('/json/v1/measurements', measured(writeMeasurement(world)));
  app.all('/json/v1/measurements', () => notAllowed('POST'));
  app.get('/json/v1/measurements/byType/:type', measured(measurementsByType(world)));
  app.get('/json/v2-beta/measurements', measured(measurements(world)));
  app.get('/json/v2-beta/measurements/apiRefs', measured(measurementTypes()));
  app.all('/json/*', () => json({ error: 'not_found' }, 404));

  const registration = (path: string, handler: Handler) => {
    app.on(['GET', 'POST'], path, script.at('registration', handler));
  };
  registration('/register', waysToRegister(world));
  registration('/register/national', registerNationally(world));
  registration('/join', registerByInvitation(world));
  registration('/join/:team', registerWithTeam(world));
  registration('/inbox', inbox(world));
  registration('/confirm/:userId', confirm(world));

  app.get('/', () => startPage(world));
  app.get('/simulator.css', () => stylesheet());
  // Hono's own handler would write to the console of the process that the simulator runs in.
  app.onError((error) => problemPage(500, 'The simulator failed', error.message));
  app.notFound(() => problemPage(404, 'Page not found', 'The simulator does not have this page.'));
  return app;
}

function notAllowed(allow: string): Response {
  return json({ error: 'method_not_allowed' }, 405, { allow });
}
