/** Sets of toggles with a name. */

import { defaultToggles, type Toggles } from './toggles.ts';

export type Profile = 'documented' | 'strict' | 'hostile' | 'oauth2-host';

export interface ProfileSettings {
  readonly what: string;
  readonly toggles: Partial<Toggles>;
}

export const profiles: Readonly<Record<Profile, ProfileSettings>> = {
  documented: {
    what: 'What PKB documents, and the likeliest where it is silent: the defaults',
    toggles: {},
  },
  strict: {
    what: 'Everything that may be refused is refused; every honest request works',
    toggles: {
      pkce: 'required',
      codeReuse: 'end-session',
      oldAccessAfterRefresh: 'revoked',
      concurrentSessions: 'newest-only',
      refreshScopeParam: 'required',
      credentialChange: 'ends-sessions',
      mergedRecord: 'ends-sessions',
      redirectMatch: 'exact',
      tokenRedirectUri: 'always',
      wwwAuthenticate: true,
      rateLimit: 600,
      searchPaging: 10,
    },
  },
  hostile: {
    what: 'Allowed, as nothing says otherwise, and awkward for a client in every way that leaves a way through',
    toggles: {
      denyMode: 'redirect-without-state',
      codeTtlSeconds: 10,
      codeReuse: 'end-session',
      tokenErrorStyle: 'operation-outcome',
      oldAccessAfterRefresh: 'revoked',
      concurrentSessions: 'newest-only',
      accessTokenSeconds: 60,
      apiErrorStyle: '401-html',
      restErrorStyle: 'html',
      purviewVerb: 'post',
      purviewReference: 'absolute',
      wrongUserType: 'issue-tokens',
      webSession: 'remembered',
      loginHop: 'on',
      usersSelfId: 'per-session',
      expiresInType: 'string',
      dateOffsetSeconds: 300,
      searchPaging: 3,
    },
  },
  'oauth2-host': {
    what: "The token endpoint in the words of PKB's host for system clients",
    toggles: {
      tokenHost: 'system',
      accessTokenSeconds: 600,
      firstRefreshToken: 'omitted',
      refreshRotation: 'omit',
    },
  },
};

export function isProfile(name: string): name is Profile {
  return Object.hasOwn(profiles, name);
}

/** Every toggle, as this profile has it. */
export function togglesOf(profile: Profile): Toggles {
  return { ...defaultToggles, ...profiles[profile].toggles };
}
