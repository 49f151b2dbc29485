import { importLinks, tryImport } from '../operator/import-links.ts';
import { json, line, remark } from './print.ts';
import { progress } from './progress.ts';
import { withApp } from './with-app.ts';

interface ImportOptions {
  readonly report?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

/**
 * `pkb-link import <file>`: makes links of what another system holds. Killed and run again, it goes on. Rows that are refused
 * are no failure of the command: the report names each.
 */
export function importFile(file: string, options: ImportOptions): Promise<void> {
  const report = options.report ?? `${file}.report.jsonl`;
  return withApp(async (app) => {
    const bar = progress(options.dryRun ? 'Looking' : 'Importing');
    const onProgress = (done: number, total: number) => bar.to(done, Math.max(done, total));
    const refusals: string[] = [];
    const tally = await (options.dryRun
      ? tryImport(app, {
          file,
          onProgress,
          onFate(fate) {
            if (fate.fate === 'refused' && refusals.length < SHOWN) {
              refusals.push(`line ${fate.line}: ${fate.remedy} [${fate.code}]`);
            }
          },
        })
      : importLinks(app, { file, report, onProgress })
    ).finally(() => bar.end());
    const { imported, 'already-there': alreadyThere, refused } = tally;
    if (options.json) {
      json({
        imported,
        already_there: alreadyThere,
        refused,
        ...(options.dryRun ? { dry_run: true } : { report }),
      });
    } else {
      const would = options.dryRun ? 'would be imported' : 'imported';
      line(`${imported} ${would}, ${alreadyThere} already there, ${refused} refused.`);
    }
    for (const refusal of refusals) remark(refusal);
    if (options.dryRun && refused > refusals.length) remark(`and ${refused - refusals.length} more.`);
    if (!options.dryRun) remark(`The fate of each row is in ${report}.`);
  });
}

/** Of a dry run, on the terminal. */
const SHOWN = 20;
