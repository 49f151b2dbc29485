/**
 * pkb-link: links a patient using your app to their record at Patients Know Best (PKB), once, and keeps that link alive.
 * The door of the library; `pkb-link/server` has the patient pages, `pkb-link/simulator` a PKB to test against.
 */

export { type App, type AppOptions, createApp, type Log } from './app.ts';
export { exitCode } from './cli/exit-code.ts';
export { type Config, configFromEnvironment } from './config.ts';
export * from './errors.ts';
export type { Bundle, FhirClient, Reference, Resource } from './fhir/fhir.ts';
export type { Paging, Searchable, SearchParameters } from './fhir/search-parameters.ts';
export { account } from './flow/account.ts';
export { type AuthorizationRequest, authorize } from './flow/authorize.ts';
export { type CallbackInput, callback } from './flow/callback.ts';
export { type AuthorizationOwner, exchange } from './flow/exchange.ts';
export { fhir } from './flow/fhir.ts';
export { history } from './flow/history.ts';
export { identify } from './flow/identify.ts';
export { type KeepInput, type Kept, keep } from './flow/keep.ts';
export { link } from './flow/link.ts';
export { patient } from './flow/patient.ts';
export { type Granted, refresh } from './flow/refresh.ts';
export { type PatientRequest, request } from './flow/request.ts';
export { rest } from './flow/rest.ts';
export { type UnlinkReason, unlink } from './flow/unlink.ts';
export * from './model.ts';
export { erasePerson } from './operator/erase-person.ts';
export { exportPerson, type HeldOfPerson } from './operator/export-person.ts';
export { type Purged, purge, type Retention } from './operator/purge.ts';
export { type Breach, type Verified, verifyAudit } from './operator/verify-audit.ts';
export { type DeliverInput, deliver } from './outward/deliver.ts';
export { events } from './outward/events.ts';
export type { ProviderSettings } from './provider/provider.ts';
export type { RestClient } from './rest/rest.ts';
export { createWebhook } from './webhook/http.ts';
export type { Webhook, WebhookSettings } from './webhook/webhook.ts';
