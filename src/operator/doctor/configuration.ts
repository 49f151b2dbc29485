import { providerSettings } from '../../app.ts';
import { type Config, configFromEnvironment, type Environment } from '../../config.ts';
import { ConfigurationError } from '../../errors.ts';
import type { ProviderSettings } from '../../provider/provider.ts';
import { isPostgres, sqlitePath } from '../../storage/open-store.ts';
import { type KeyRing, parseKeyRing } from '../../storage/seal.ts';
import { createWebhook } from '../../webhook/http.ts';
import { type Finding, failedBy, pass } from './finding.ts';

export interface Sound {
  readonly config: Config;
  readonly settings: ProviderSettings;
  readonly keyRing: KeyRing;
}

/** In place of what is missing, so that what comes after it is looked at too. Nothing is ever done with them. */
const STAND_INS: Environment = {
  PKB_ENVIRONMENT: 'sandbox',
  PKB_CLIENT_ID: 'stand-in',
  PKB_CLIENT_SECRET: 'stand-in',
  PKB_CLIENT_AUTH: 'post',
  PKB_REDIRECT_URI: 'https://stand-in.example/callback',
  PKB_AUTHORIZATION_ENDPOINT: 'https://stand-in.example/authorize',
  PKB_TOKEN_ENDPOINT: 'https://stand-in.example/token',
  PKB_FHIR_BASE_URL: 'https://stand-in.example/fhir',
  PKB_REST_BASE_URL: 'https://stand-in.example/json',
  PKB_LINK_DATABASE_URL: 'file:stand-in.db',
  PKB_LINK_ENCRYPTION_KEYS: `stand-in:${Buffer.alloc(32).toString('base64')}`,
  PKB_LINK_APP_NAME: 'stand-in',
  PKB_LINK_ORGANISATION: 'stand-in',
  PKB_LINK_SUPPORT_CONTACT: 'stand-in',
  PKB_LINK_SUPPORT_URL: 'https://stand-in.example/',
  PKB_LINK_PRIVACY_URL: 'https://stand-in.example/',
  PKB_LINK_HOME_URL: 'https://stand-in.example/',
  PKB_LINK_WEBHOOK_URL: 'https://stand-in.example/',
  PKB_LINK_CONSOLE_URL: 'https://console.stand-in.example',
  PKB_LINK_CONSOLE_ADDRESS: '127.0.0.1:1',
  PKB_LINK_CONSOLE_OIDC_ISSUER: 'https://stand-in.example',
  PKB_LINK_CONSOLE_OIDC_CLIENT_ID: 'stand-in',
  PKB_LINK_CONSOLE_OIDC_CLIENT_SECRET: 'stand-in',
  PKB_LINK_CONSOLE_OIDC_ROLE_CLAIM: 'stand-in',
  PKB_LINK_CONSOLE_OIDC_SUPPORT: 'stand-in',
  PKB_LINK_CONSOLE_OIDC_OPERATOR: 'stand-in',
  PKB_LINK_WEBHOOK_SECRETS: `whsec_${Buffer.from([...Array(32).keys()]).toString('base64')}`,
};

/** Every setting that is missing or wrong, not the first alone; or, where there is none, what they say. */
export function checkConfiguration(environment: Environment): {
  readonly findings: readonly Finding[];
  readonly sound?: Sound;
} {
  const findings = new Map<string, Finding>();
  let env = environment;
  for (;;) {
    try {
      const sound = read(env);
      if (findings.size > 0) return { findings: [...findings.values()] };
      return { findings: [pass('configuration', 'every setting can be read')], sound };
    } catch (thrown) {
      const setting = thrown instanceof ConfigurationError ? thrown.setting : undefined;
      const key = setting ?? '';
      const finding = failedBy('configuration', thrown, `correct ${setting ?? 'it'} (docs/settings.md)`);
      if (!findings.has(key)) findings.set(key, finding);
      // First without it, then with one in its place; where that does not help either, there is no looking further.
      const instead = env[key] === undefined ? STAND_INS[key] : undefined;
      if (env[key] === instead) return { findings: [...findings.values()] };
      env = { ...env, [key]: instead };
    }
  }
}

/** @throws ConfigurationError about one setting */
function read(env: Environment): Sound {
  const config = configFromEnvironment(env);
  const settings = providerSettings(config.app);
  const keyRing = parseKeyRing(config.app.encryptionKeys);
  if (!isPostgres(config.app.databaseUrl)) sqlitePath(config.app.databaseUrl);
  if (config.webhook) createWebhook(config.webhook).close();
  return { config, settings, keyRing };
}
