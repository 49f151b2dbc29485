/**
 * pkb-link: links a patient using your app to their record at Patients Know Best (PKB), once, and keeps that link alive.
 * The door of the library; `pkb-link/server` has the patient pages, `pkb-link/simulator` a PKB to test against.
 */

export { type App, type AppOptions, createApp, type Log } from './app.ts';
export { exitCode } from './cli/exit-code.ts';
export { type Config, configFromEnvironment } from './config.ts';
export * from './errors.ts';
export { account } from './flow/account.ts';
export { type AuthorizationRequest, authorize } from './flow/authorize.ts';
export { type CallbackInput, callback } from './flow/callback.ts';
export { type AuthorizationOwner, exchange } from './flow/exchange.ts';
export { identify } from './flow/identify.ts';
export { link } from './flow/link.ts';
export { patient } from './flow/patient.ts';
export { type Granted, refresh } from './flow/refresh.ts';
export { type PatientRequest, request } from './flow/request.ts';
export { type UnlinkReason, unlink } from './flow/unlink.ts';
export * from './model.ts';
export type { ProviderSettings } from './provider/provider.ts';
