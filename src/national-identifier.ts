/**
 * National identifiers of patients: which system a kind of number has, whether it passes its own check, how people read it.
 * Systems: PKB, "Identifier systems". Check: NHS Data Dictionary, "NHS Number", modulus 11.
 */

import type { NationalIdentifier } from './model.ts';

const NHS_NUMBER = 'https://fhir.nhs.uk/Id/nhs-number';

const SYSTEMS: readonly { readonly system: string; readonly name: string; readonly spelled: RegExp }[] = [
  { system: NHS_NUMBER, name: 'NHS number', spelled: /^nhs number$/i },
  {
    system: 'urn:oid:2.16.840.1.113883.2.1.3.2.4.16.53',
    name: 'CHI number',
    spelled: /^(chi( number)?|community health index( number)?)$/i,
  },
  {
    system: 'urn:uuid:1479257a-ce8f-482a-89fa-429ac066c158',
    name: 'Health and Care Number',
    spelled: /^(h&c|health (and|&) (social )?care)( number)?$/i,
  },
];

/** @param identifier by FHIR system, or by PKB's name for the kind (`nationalIds[].name` of `/users/self`). */
export function nationalIdentifier(
  identifier: { readonly value: string } & ({ readonly system: string } | { readonly name: string }),
): NationalIdentifier {
  const { value } = identifier;
  const known = SYSTEMS.find((kind) =>
    'system' in identifier ? kind.system === identifier.system : kind.spelled.test(identifier.name),
  );
  const system = known?.system ?? ('system' in identifier ? identifier.system : undefined);
  const name = known?.name ?? ('name' in identifier ? identifier.name : 'Identifier');
  const digits = value.replaceAll(/[\s-]/g, '');
  const isNhsNumber = system === NHS_NUMBER;
  const valid = isNhsNumber ? passesModulus11(digits) : undefined;
  return {
    name,
    value,
    display: valid ? `${digits.slice(0, 3)} ${digits.slice(3, 6)} ${digits.slice(6)}` : value,
    ...(system !== undefined && { system }),
    ...(valid !== undefined && { valid }),
  };
}

/** Ten digits whose last one checks the first nine, weighted 10 down to 2. */
function passesModulus11(digits: string): boolean {
  if (!/^\d{10}$/.test(digits)) return false;
  const sum = [...digits.slice(0, 9)].reduce(
    (total, digit, index) => total + Number(digit) * (10 - index),
    0,
  );
  const check = (11 - (sum % 11)) % 11;
  return check === Number(digits[9]);
}
