import { environmentVariables } from '../config.ts';
import { ConfigurationError } from '../errors.ts';
import { examine } from '../operator/doctor/examine.ts';
import { json, line, oneLine } from './print.ts';

/** `pkb-link doctor`: what is right and what is wrong with this installation, one check a line. Changes nothing. */
export async function doctor(options: { readonly json?: boolean }): Promise<void> {
  const findings = await examine(environmentVariables());
  for (const finding of findings) {
    const { check, verdict, says, remedy } = finding;
    if (options.json) json(finding);
    else
      line(oneLine(`${verdict}  ${check.padEnd(22)}  ${says}${remedy === undefined ? '' : ` -> ${remedy}`}`));
  }
  const failed = findings.filter(({ verdict }) => verdict === 'fail').length;
  if (failed > 0) {
    throw new ConfigurationError('bad-configuration', `${failed} of ${findings.length} checks failed`);
  }
}
