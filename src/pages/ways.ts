import { NHS_APP, PKB } from './pkb-addresses.ts';

/** The ways to a PKB record, and `login` for whoever has one already (PKB, "How to register"; "NHS App and NHS login"). */
export const WAYS = ['nhsLogin', 'nhsApp', 'codes', 'email', 'team', 'login'] as const;
export type Way = (typeof WAYS)[number];

/** How the address of each way's page ends. */
export const WAY_PATHS: Readonly<Record<Way, string>> = {
  nhsLogin: 'nhs-login',
  nhsApp: 'nhs-app',
  codes: 'codes',
  email: 'email',
  team: 'team',
  login: 'login',
};

/** Where the patient goes on each way. */
export const WAY_ADDRESSES: Readonly<Record<Way, string>> = {
  nhsLogin: PKB.logIn,
  nhsApp: NHS_APP,
  codes: PKB.join,
  email: PKB.logIn,
  team: PKB.support,
  login: PKB.logIn,
};
