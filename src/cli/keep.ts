import { keep as keepOnce } from '../flow/keep.ts';
import { json, line, remark } from './print.ts';
import { progress } from './progress.ts';
import { withApp } from './with-app.ts';

/** `pkb-link keep`: one round of what `serve` does by itself where it is asked to. */
export async function keep(options: {
  readonly unusedDays?: number;
  readonly perMinute?: number;
  readonly json?: boolean;
}): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  const bar = progress('Refreshing');
  const { turn, refreshed, ended, failed, announced } = await withApp((app) =>
    keepOnce(app, {
      signal: stop.signal,
      onProgress: bar.to,
      ...(options.unusedDays !== undefined && { unusedSeconds: options.unusedDays * 86_400 }),
      ...(options.perMinute !== undefined && { perMinute: options.perMinute }),
    }),
  ).finally(bar.end);
  if (options.json)
    return json({ turn, refreshed, ended, failed, announced, interrupted: stop.signal.aborted });
  if (!turn) return remark('Another process is at it: nothing was done.');
  if (stop.signal.aborted) remark('Interrupted; nothing is lost. Run it again to go on.');
  line(
    `${refreshed} refreshed, ${ended} had ended, ${failed} could not be refreshed; ${announced} told that their session ends soon.`,
  );
}
