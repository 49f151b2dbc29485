import type { App } from '../app.ts';
import type { Link, PublicId } from '../model.ts';
import type { StoreTransaction } from '../storage/store.ts';
import { batches, type Line, measured, rowsOf } from './import-file.ts';
import { type Fate, type ImportReport, openReport, type Tally } from './import-report.ts';

export interface ImportInput {
  /** Path of the CSV or JSON Lines file, UTF-8. */
  readonly file: string;
  /** Path of the report. Where it is of this file already, the import goes on where it ended. */
  readonly report: string;
  /** Called after each batch: lines done, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
}

type Held = Pick<Link, 'appUserId' | 'publicId' | 'state'>;

/** What a row meets. */
interface Known {
  findLink(appUserId: string): Promise<Held | undefined>;
  findConfirmedLink(publicId: PublicId): Promise<Held | undefined>;
}

/**
 * Makes active links of a file's rows. Their grants have no access token: the first use refreshes. May be killed anywhere and
 * called again: each row is imported, and told of in the report, once. One at a time for a report.
 *
 * @throws InvalidRequestError `bad-input` where the file cannot be read at all; what is wrong with a row is in the report
 */
export async function importLinks(app: App, input: ImportInput): Promise<Tally> {
  const { sha256, lines } = await measured(input.file);
  const rows = await rowsOf(input.file);
  const report = openReport(input.report, { sha256 });
  const after = Math.max(rows.after, report.lastLine);
  try {
    for await (const batch of batches(input.file, { ...rows, after }, app.now())) {
      report.add(await app.store.transaction((tx) => importBatch(app, tx, batch, report)));
      input.onProgress?.(batch.at(-1)?.number ?? 0, lines);
    }
    return report.tally;
  } finally {
    report.close();
  }
}

/** What `importLinks` would do, and nothing done. */
export async function tryImport(
  app: App,
  input: Pick<ImportInput, 'file' | 'onProgress'> & { readonly onFate: (fate: Fate) => void },
): Promise<Tally> {
  const { lines } = await measured(input.file);
  const tally = { imported: 0, 'already-there': 0, refused: 0 };
  const accounts = new Map<string, Held>();
  const records = new Map<PublicId, Held>();
  const known: Known = {
    findLink: async (appUserId) => accounts.get(appUserId) ?? app.store.findLink(appUserId),
    findConfirmedLink: async (publicId) => records.get(publicId) ?? app.store.findConfirmedLink(publicId),
  };
  for await (const batch of batches(input.file, await rowsOf(input.file), app.now())) {
    for (const line of batch) {
      const fate = await fateOf(known, line);
      if (line.row && fate.fate === 'imported') {
        const held = { ...line.row, state: 'active' } as const;
        accounts.set(held.appUserId, held);
        records.set(held.publicId, held);
      }
      tally[fate.fate] += 1;
      input.onFate(fate);
    }
    input.onProgress?.(batch.at(-1)?.number ?? 0, lines);
  }
  return tally;
}

async function importBatch(
  app: App,
  tx: StoreTransaction,
  batch: readonly Line[],
  report: ImportReport,
): Promise<readonly Fate[]> {
  const at = app.now();
  const fates: Fate[] = [];
  for (const line of batch) {
    const id = report.linkIdOf(line.number);
    // Killed after the transaction and before its report: it is ours, whatever has become of it since.
    const before = line.row && (await tx.findLinkById(id));
    const fate: Fate = before
      ? { line: line.number, app_user_id: line.appUserId, fate: 'imported' }
      : await fateOf(tx, line);
    fates.push(fate);
    if (before || !line.row || fate.fate !== 'imported') continue;
    const { appUserId, publicId, refreshToken, grantedAt = at } = line.row;
    // No access token, and none that is believed to be good for a moment.
    const tokenSet = { accessToken: '', refreshToken, issuedAt: at, expiresAt: at };
    await tx.addLink({ id, appUserId, publicId, state: 'active', grantedAt, tokenSet });
    await tx.addEvent({ linkId: id, type: 'link.active', at, by: app.actor, reason: 'imported' });
  }
  return fates;
}

async function fateOf(known: Known, { number: line, row, appUserId, failure }: Line): Promise<Fate> {
  const which = { line, app_user_id: appUserId };
  if (!row) {
    const { field, message: remedy = '' } = failure ?? {};
    return { ...which, fate: 'refused', code: 'bad-input', ...(field !== undefined && { field }), remedy };
  }
  const own = await known.findLink(row.appUserId);
  if (own?.state === 'proposed') {
    return {
      ...which,
      fate: 'refused',
      code: 'proposal-waiting',
      field: 'app_user_id',
      remedy: 'the patient is being asked whether a record is theirs: import the row again once that is over',
    };
  }
  if (own) {
    if (own.publicId === row.publicId) return { ...which, fate: 'already-there' };
    return {
      ...which,
      fate: 'refused',
      code: 'different-patient',
      field: 'pkb_public_id',
      remedy:
        'the account is linked to another record: find out which is right, and unlink that one if it is not',
    };
  }
  if (await known.findConfirmedLink(row.publicId)) {
    return {
      ...which,
      fate: 'refused',
      code: 'linked-to-another-account',
      field: 'pkb_public_id',
      remedy:
        'the record is linked to another account: find out whose it is, and unlink the other if it is not theirs',
    };
  }
  return { ...which, fate: 'imported' };
}
