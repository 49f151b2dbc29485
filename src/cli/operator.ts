import { userInfo } from 'node:os';
import { environmentVariables } from '../config.ts';
import type { Actor } from '../model.ts';

/** Who runs this command, for the audit trail: the account of the machine, and who became it by `sudo`. */
export function operator(): Actor {
  const { SUDO_USER } = environmentVariables();
  return `command-line:${SUDO_USER ? `${SUDO_USER} as ` : ''}${account()}`;
}

function account(): string {
  try {
    return userInfo().username;
  } catch {
    // A container's account may have no name.
    return `uid ${process.getuid?.()}`;
  }
}
