import { createInterface } from 'node:readline/promises';
import { InvalidRequestError } from '../errors.ts';
import { checkedAppUserId } from '../flow/account.ts';
import { erasedJson } from '../http/api/link-json.ts';
import { erasePerson } from '../operator/erase-person.ts';
import { json, line, remark } from './print.ts';
import { withApp } from './with-app.ts';

/**
 * `pkb-link person erase <app_user_id>`: deletes all that is held of one person. Asks for the id once more. Again is a success.
 * @throws InvalidRequestError `bad-input` where what was asked for is not what is answered
 */
export async function personErase(
  appUserId: string,
  options: { readonly yes?: boolean; readonly json?: boolean },
): Promise<void> {
  const id = checkedAppUserId(appUserId);
  if (!options.yes) await confirm(id);
  return withApp(async (app) => {
    const erased = await erasePerson(app, { appUserId: id });
    const { expunged: clean, ...counts } = erasedJson(erased);
    const expunged = clean || (await app.store.rewrite());
    if (options.json) json({ ...counts, expunged });
    else {
      const said = Object.entries(counts).map(([name, count]) => `${count} ${name.replace('_', ' ')}`);
      line(`Erased: ${said.join(', ')}.`);
    }
    if (!expunged) {
      remark(
        'What was deleted may still be in the files of the database for a while: see docs/operating.md.',
      );
    }
    remark(
      'Backups from before have it: erase again after a restore. PKB was not told, nor were your own systems.',
    );
  });
}

async function confirm(appUserId: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  // Without an answer, at the end of the input, `question` would wait for ever.
  const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
  const asked = terminal.question('This cannot be undone. Type the app_user_id again to erase it: ');
  const answer = await Promise.race([asked, ended]);
  terminal.close();
  if (answer === appUserId) return;
  throw new InvalidRequestError(
    'bad-input',
    'that is not the same id: nothing was erased (--yes does not ask)',
    {
      field: 'app_user_id',
    },
  );
}
