import { closeSync, fsyncSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { InvalidRequestError } from '../errors.ts';
import { type ExportedLink, exportLinks } from '../operator/export-links.ts';
import { openLines, sealLines } from '../operator/sealed-lines.ts';
import { json, line, remark } from './print.ts';
import { withApp } from './with-app.ts';

interface ExportOptions {
  /** Path of the recipient's public key. */
  readonly to?: string;
  /** Path of the recipient's private key. */
  readonly open?: string;
  readonly json?: boolean;
}

/** `pkb-link export <file>`: seals all links to the key of who takes them over, or opens what was so sealed. */
export async function exportFile(file: string, { to, open, json: asJson }: ExportOptions): Promise<void> {
  if ((to === undefined) === (open === undefined)) {
    throw refusal('to', 'give --to with a public key to export, or --open with the private one to read');
  }
  if (to !== undefined) return sealTo(file, to, asJson);
  return print(file, open as string);
}

function sealTo(file: string, to: string, asJson = false): Promise<void> {
  const { head, seal } = sealLines(textOf(to, 'to'));
  return withApp(async (app) => {
    const descriptor = newFile(file);
    let [links, unsure] = [0, 0];
    try {
      writeFileSync(descriptor, `${head}\n`);
      for await (const each of exportLinks(app)) {
        writeFileSync(descriptor, `${seal(JSON.stringify(rowOf(each)))}\n`);
        links += 1;
        if (each.unsure) unsure += 1;
      }
      writeFileSync(descriptor, `${seal(JSON.stringify({ end: links }))}\n`);
      fsyncSync(descriptor);
    } catch (error) {
      rmSync(file);
      throw error;
    } finally {
      closeSync(descriptor);
    }
    if (asJson) json({ file, links, unsure });
    else line(`${file} holds ${links} links, sealed to ${to}.`);
    if (unsure > 0) remark(`${unsure} of them are unsure: their refresh token may be spent.`);
    remark('Serve from one place only: the next refresh here spends what was exported.');
  });
}

/** All of it is looked at before any is printed. */
function print(file: string, keyPath: string): void {
  const [head = '', ...sealed] = textOf(file, 'file').split('\n');
  const { open } = openLines(textOf(keyPath, 'open'), head);
  const rows = sealed.filter((text) => text !== '').map(open);
  const end = rows.pop();
  if (end === undefined || JSON.parse(end).end !== rows.length) {
    throw refusal('file', `${file} is not whole: its end is missing`);
  }
  for (const row of rows) line(row);
}

/** What `pkb-link import` reads. */
function rowOf({ link, refreshToken }: ExportedLink): Readonly<Record<string, string>> {
  return {
    app_user_id: link.appUserId,
    pkb_public_id: link.publicId,
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    granted_at: link.grantedAt.toISOString(),
    state: link.state,
  };
}

function newFile(file: string): number {
  try {
    return openSync(file, 'wx', 0o600);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw refusal(
      'file',
      code === 'EEXIST' ? `${file} exists: choose another name` : `${file}: ${code}`,
      cause,
    );
  }
}

function textOf(path: string, field: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw refusal(field, `${path} cannot be read (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
}

function refusal(field: string, message: string, cause?: unknown): InvalidRequestError {
  return new InvalidRequestError('bad-input', message, { cause, field });
}
