import { isTerminal, overwrite, remark } from './print.ts';

const BAR = 30;

interface Progress {
  /** How much is done, and of how much. */
  to(done: number, total: number): void;
  /** Leaves the line to what comes next. */
  end(): void;
}

/** A bar on a terminal; elsewhere a line at each tenth of the way. */
export function progress(what: string): Progress {
  let tenths = 0;
  return {
    to(done, total) {
      const share = Math.min(1, done / total);
      const count = `${Math.floor(share * 100)} % (${done} of ${total})`;
      if (isTerminal()) {
        const full = Math.round(share * BAR);
        overwrite(`${what} [${'#'.repeat(full)}${'.'.repeat(BAR - full)}] ${count}`);
      } else if (Math.floor(share * 10) > tenths) {
        tenths = Math.floor(share * 10);
        remark(`${what}: ${count}`);
      }
    },

    end() {
      if (isTerminal()) overwrite('');
    },
  };
}
