/** The command line. Each command is a file beside this one and loads only when it is called. */

import { readFileSync } from 'node:fs';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { API_KEY_ACCESS, CONSOLE_ROLES, GRANT_HEALTHS, LINK_STATES } from '../model.ts';
import { failure, outputWritten, watchOutput } from './print.ts';

/** @returns the exit code: 0, or who must act next (see `exit-code.ts`) */
export async function main(args: readonly string[]): Promise<number> {
  watchOutput();
  return (await run(args)) || outputWritten();
}

async function run(args: readonly string[]): Promise<number> {
  try {
    await commands().parseAsync([...args], { from: 'user' });
    return 0;
  } catch (thrown) {
    // Commander has printed its own line by now: help and version are no failure, all else is the caller's input.
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    return failure(thrown);
  }
}

function commands(): Command {
  const program = new Command('pkb-link')
    .description('Links patients to their record at Patients Know Best, and keeps the links alive.')
    .version(version())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'pkb-link:')) })
    .showHelpAfterError('(pkb-link --help shows what there is)')
    .addHelpText(
      'after',
      '\nSettings come from the environment (PKB_ENVIRONMENT, PKB_CLIENT_ID, ...): see docs/settings.md.' +
        '\nExit codes: 0 done, 2 your input, 3 the patient must act, 4 wait, 5 PKB refuses, 6 identity conflict, 78 configuration, 1 our fault.',
    );

  program
    .command('serve')
    .description('serve the HTTP API on PORT (default 8080)')
    .option('--tenant <name=file...>', 'serve several clients, each with the settings of its own env file')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./serve.ts')).serve(options));

  program
    .command('simulate')
    .description('run a stand-in PKB on this machine')
    .addOption(new Option('--port <number>', 'where it listens').default(8181).argParser(port))
    .option('--client-id <id>', 'the client it knows', 'example-app')
    .option('--redirect-uri <uri...>', "the client's redirect addresses", [
      'http://localhost:8080/pkb/callback',
    ])
    .option('--data <file>', 'keep its state in this file')
    .option('--profile <name>', 'how it behaves: documented, strict, hostile or oauth2-host', 'documented')
    .option('--toggle <name=value...>', 'what it does otherwise: see docs/simulator.md')
    .option('--seed <text>', 'what its population is worked out from', '1')
    .addOption(new Option('--patients <number>', 'how many there are').default(0).argParser(Number))
    .addOption(new Option('--control-port <number>', 'where its control pages are').argParser(port))
    .option('--no-control', 'no control pages')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./simulate.ts')).simulate(options));

  program
    .command('doctor')
    .description('check the configuration, the database, the disk and PKB; changes nothing')
    .option('--json', 'print one JSON object a line')
    .action(async (options) => (await import('./doctor.ts')).doctor(options));

  program
    .command('migrate')
    .description('bring the database up to this version')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./migrate.ts')).migrate(options));

  program
    .command('links')
    .description('list the links')
    .addOption(new Option('--state <state>', 'only those in this state').choices(LINK_STATES))
    .addOption(new Option('--health <health>', 'only those in this health').choices(GRANT_HEALTHS))
    .option('--json', 'print one JSON object a line')
    .action(async (options) => (await import('./links.ts')).links(options));

  program
    .command('link')
    .description("show one account's link and its history")
    .argument('<app_user_id>')
    .option('--json', 'print JSON')
    .action(async (appUserId, options) => (await import('./link.ts')).link(appUserId, options));

  program
    .command('unlink')
    .description("destroy the tokens of one account's link")
    .argument('<app_user_id>')
    .option('--json', 'print JSON')
    .action(async (appUserId, options) => (await import('./unlink.ts')).unlink(appUserId, options));

  program
    .command('keep')
    .description('refresh grants that nobody uses, and tell of sessions about to end')
    .addOption(new Option('--unused-days <number>', 'refresh what is unused for so long').argParser(count))
    .addOption(new Option('--per-minute <number>', 'at most so many refreshes').default(60).argParser(count))
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./keep.ts')).keep(options));

  const keys = program.command('keys').description('look at the encryption keys, seal with a new one');
  keys
    .command('list')
    .description('list the keys and how much each of them seals')
    .option('--json', 'print one JSON object a line')
    .action(async (options) => (await import('./keys-list.ts')).keysList(options));
  keys
    .command('rotate')
    .description('seal with the first key what the others sealed, while others serve')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./keys-rotate.ts')).keysRotate(options));
  keys
    .command('lost')
    .description('give up what a lost key sealed: those patients grant again')
    .argument('<id>')
    .requiredOption('--grant-again', 'yes, every patient whose tokens it sealed must grant again')
    .option('--json', 'print JSON')
    .action(async (id, options) => (await import('./keys-lost.ts')).keysLost(id, options));

  const webhooks = program.command('webhooks').description('look at events that the receiver never accepted');
  webhooks
    .command('list')
    .description('list the dead letters')
    .option('--json', 'print one JSON object a line')
    .action(async (options) => (await import('./webhooks-list.ts')).webhooksList(options));
  webhooks
    .command('resend')
    .description('send a dead letter once more')
    .argument('[event]', 'its id')
    .option('--all', 'all of them, in their order')
    .option('--json', 'print JSON')
    .action(async (event, options) => (await import('./webhooks-resend.ts')).webhooksResend(event, options));

  const apiKeys = program
    .command('api-keys')
    .description('make and revoke the keys of callers of the HTTP API');
  apiKeys
    .command('create')
    .description('make a key and print it, this once')
    .argument('<name>', 'whose it is, in your own words')
    .addOption(
      new Option('--access <access>', 'what it may do').choices(API_KEY_ACCESS).makeOptionMandatory(),
    )
    .option('--json', 'print JSON')
    .action(async (name, options) => (await import('./api-keys-create.ts')).apiKeysCreate(name, options));
  apiKeys
    .command('list')
    .description('list the keys: what they may do, when they were last used')
    .option('--json', 'print one JSON object a line')
    .action(async (options) => (await import('./api-keys-list.ts')).apiKeysList(options));
  apiKeys
    .command('revoke')
    .description('make a key worthless')
    .argument('<id>')
    .option('--json', 'print JSON')
    .action(async (id, options) => (await import('./api-keys-revoke.ts')).apiKeysRevoke(id, options));

  const person = program.command('person').description("answer one person's rights");
  person
    .command('export')
    .description('print all that is held of one person, as JSON; no token')
    .argument('<app_user_id>')
    .action(async (appUserId) => (await import('./person-export.ts')).personExport(appUserId));
  person
    .command('erase')
    .description('delete all that is held of one person; the audit trail keeps that it was done')
    .argument('<app_user_id>')
    .option('--yes', 'do not ask')
    .option('--json', 'print JSON')
    .action(async (appUserId, options) =>
      (await import('./person-erase.ts')).personErase(appUserId, options),
    );

  program
    .command('purge')
    .description('erase what has been kept as long as the settings say; serve does it by itself')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./purge.ts')).purge(options));

  const audit = program.command('audit').description('look at the audit trail: who did what to which link');
  audit
    .command('list')
    .description('list its entries, oldest first')
    .option('--link <id>', 'only what is about this link')
    .option('--account <app_user_id>', 'only what is about the links of this account')
    .addOption(new Option('--after <position>', 'only what comes after').argParser(position))
    .option('--json', 'print one JSON object a line')
    .action(async (options) => (await import('./audit-list.ts')).auditList(options));
  audit
    .command('verify')
    .description('check that nobody has changed, removed or cut off what it tells')
    .option('--head <position:hash>', 'what an earlier verify printed, kept elsewhere')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./audit-verify.ts')).auditVerify(options));

  program
    .command('console')
    .description("let people into the operator's console")
    .command('login')
    .description('print an address that lets one person in, once, within ten minutes')
    .addOption(new Option('--role <role>', 'what they may do').choices(CONSOLE_ROLES).makeOptionMandatory())
    .requiredOption('--name <name>', 'who they are: the audit trail has it')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./console-login.ts')).consoleLogin(options));

  program
    .command('import')
    .description('make links of refresh tokens that another system holds: see docs/coming-from-elsewhere.md')
    .argument('<file>', 'CSV or JSON Lines: app_user_id, pkb_public_id, refresh_token[, granted_at]')
    .option('--report <file>', "where each row's fate is written (default: <file>.report.jsonl)")
    .option('--dry-run', 'say what would be done, and do nothing')
    .option('--json', 'print JSON')
    .action(async (file, options) => (await import('./import.ts')).importFile(file, options));

  program
    .command('export')
    .description('seal all links, refresh tokens included, to the key of who takes them over')
    .argument('<file>')
    .option('--to <public key>', 'export to <file>, sealed to this X25519 key (PEM)')
    .option('--open <private key>', 'print what <file> holds')
    .option('--json', 'print JSON')
    .action(async (file, options) => (await import('./export.ts')).exportFile(file, options));

  program
    .command('backup')
    .description('copy the SQLite database while it is in use')
    .argument('<file>')
    .option('--json', 'print JSON')
    .action(async (file, options) => (await import('./backup.ts')).backup(file, options));

  program
    .command('restore')
    .description('look after the links once the database has been restored from a backup')
    .requiredOption('--check', 'mark as unsure what may have been refreshed since the backup')
    .option('--json', 'print JSON')
    .action(async (options) => (await import('./restore-check.ts')).restoreCheck(options));

  return program;
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}

function count(value: string): number {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (number < 1) throw new InvalidArgumentError('It must be a whole number from 1 to 99999.');
  return number;
}

function position(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It must be the position of an entry.');
  return Number(value);
}

function port(value: string): number {
  const number = /^\d{1,5}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number <= 65_535)) throw new InvalidArgumentError('It must be a whole number from 0 to 65535.');
  return number;
}
