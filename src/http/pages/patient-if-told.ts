import type { Context } from 'hono';
import type { App } from '../../app.ts';
import { patient } from '../../flow/patient.ts';
import type { Demographics } from '../../model.ts';
import { reportFailure } from '../report-failure.ts';

/** The patient's details for a page that can do without them: whatever keeps PKB from telling them is only logged. */
export async function patientIfTold(
  c: Context,
  app: App,
  appUserId: string,
): Promise<Demographics | undefined> {
  try {
    return await patient(app, { appUserId });
  } catch (thrown) {
    reportFailure(c, app, thrown);
    return undefined;
  }
}
