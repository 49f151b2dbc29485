/** The door "pkb-link/simulator": a stand-in PKB to build and test against. */

export type { Admin } from './simulator/admin.ts';
export type { Scope, SimulatorClient } from './simulator/oauth/clients.ts';
export type { Directory } from './simulator/people/directory.ts';
export type { NationalId } from './simulator/people/national-id.ts';
export { type Person, type PersonStatus, simulatorPassword } from './simulator/people/person.ts';
export { type Profile, togglesOf } from './simulator/profiles.ts';
export type { Endpoint, ReceivedParameters, ReceivedRequest, ScriptedAnswer } from './simulator/script.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator/start.ts';
export type { ApiSession } from './simulator/state.ts';
export type { Toggles } from './simulator/toggles.ts';
