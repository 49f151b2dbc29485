/** The door "pkb-link/simulator": a stand-in PKB to build and test against. */

export type { Admin } from './simulator/admin.ts';
export type { Scope, SimulatorClient } from './simulator/oauth/clients.ts';
export { type NationalId, type Person, type PersonStatus, simulatorPassword } from './simulator/people/named.ts';
export type { Endpoint, ReceivedParameters, ReceivedRequest, ScriptedAnswer } from './simulator/script.ts';
export { type Simulator, type SimulatorOptions, startSimulator } from './simulator/start.ts';
export type { Toggles } from './simulator/toggles.ts';
