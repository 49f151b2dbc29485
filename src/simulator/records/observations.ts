/** Test results and readings, and the reports that gather them. `status` is always `unknown` (PKB, "Facade Observation"). */

import type { Chance } from '../people/random.ts';
import { careOf, codeable, instant, meta, several, someLabel } from './elements.ts';
import type { RecordContext, Resource } from './resource.ts';

const CATEGORY = 'http://fhir.patientsknowbest.com/codesystem/observation-category';
/** UPSTREAM: not documented: the system of a report's category. */
const REPORT_CATEGORY = 'http://fhir.patientsknowbest.com/codesystem/diagnostic-report-category';
const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';

interface Kind {
  readonly code: string;
  readonly name: string;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
  readonly decimals: number;
}

const tests: readonly Kind[] = [
  { code: '718-7', name: 'Haemoglobin', unit: 'g/L', low: 115, high: 165, decimals: 0 },
  { code: '2160-0', name: 'Creatinine', unit: 'umol/L', low: 45, high: 104, decimals: 0 },
  { code: '2823-3', name: 'Potassium', unit: 'mmol/L', low: 3.5, high: 5.3, decimals: 1 },
  { code: '2951-2', name: 'Sodium', unit: 'mmol/L', low: 133, high: 146, decimals: 0 },
  { code: '4548-4', name: 'Haemoglobin A1c', unit: 'mmol/mol', low: 20, high: 48, decimals: 0 },
  { code: '2093-3', name: 'Total cholesterol', unit: 'mmol/L', low: 2.5, high: 5, decimals: 1 },
];

const readings: readonly Kind[] = [
  { code: '29463-7', name: 'Body weight', unit: 'kg', low: 50, high: 100, decimals: 1 },
  { code: '8867-4', name: 'Heart rate', unit: '/min', low: 60, high: 100, decimals: 0 },
  { code: '8310-5', name: 'Body temperature', unit: 'Cel', low: 36.1, high: 37.8, decimals: 1 },
];

/** UPSTREAM: not documented but for LABORATORY. */
export const observationCategories = ['LABORATORY', 'VITAL_SIGNS'] as const;

export function observations(context: RecordContext): readonly Resource[] {
  return [...laboratory(context), ...ofCategory(context, 'VITAL_SIGNS', readings, { from: 2, to: 12 })];
}

function laboratory(context: RecordContext): readonly Resource[] {
  return ofCategory(context, 'LABORATORY', tests, { from: 6, to: 30 });
}

function ofCategory(
  context: RecordContext,
  category: (typeof observationCategories)[number],
  kinds: readonly Kind[],
  count: { readonly from: number; readonly to: number },
): readonly Resource[] {
  const { team } = careOf(context);
  const make = (drawn: Chance, n: number) => {
    const kind = drawn.oneOf(kinds);
    const { unit, low, high, decimals } = kind;
    const value = low + ((drawn.number(120) - 10) / 100) * (high - low);
    const quantity = (amount: number) => ({
      value: Number(amount.toFixed(decimals)),
      unit,
      system: UCUM,
      code: unit,
    });
    return {
      meta: meta(someLabel(drawn)),
      status: 'unknown',
      category: [codeable(CATEGORY, category, category === 'LABORATORY' ? 'Laboratory' : 'Vital signs')],
      code: codeable(LOINC, kind.code, kind.name),
      subject: context.subject,
      effectiveDateTime: instant(n * 17 + drawn.number(17), drawn.number(480)),
      performer: [team],
      valueQuantity: quantity(value),
      referenceRange: [{ low: quantity(low), high: quantity(high) }],
    };
  };
  return several(context, 'Observation', count, make, `Observation ${category}`);
}

/** A report for every three test results. */
export function diagnosticReports(context: RecordContext): readonly Resource[] {
  const { team } = careOf(context);
  const results = laboratory(context);
  return Array.from({ length: Math.floor(results.length / 3) }, (_, n) => {
    const three = results.slice(n * 3, n * 3 + 3);
    return {
      resourceType: 'DiagnosticReport',
      id: context.id('DiagnosticReport', n),
      meta: meta('GENERAL_HEALTH'),
      status: 'final',
      category: codeable(REPORT_CATEGORY, 'LABORATORY', 'Laboratory'),
      code: { text: 'Blood tests' },
      subject: context.subject,
      effectiveDateTime: three[0]?.effectiveDateTime,
      issued: three[0]?.effectiveDateTime,
      performer: [{ actor: team }],
      result: three.map(({ id }) => ({ reference: `Observation/${id}` })),
    };
  });
}
