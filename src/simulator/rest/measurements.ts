/**
 * `/json/v1/measurements` and `/json/v2-beta/measurements`: readings that a patient's app writes and reads (PKB, "REST
 * API" and "Frequently requested APIs"). UPSTREAM: not documented: every body here.
 */

import { randomUUID } from 'node:crypto';
import { restProblem } from '../bearer.ts';
import type { Measurement } from '../state.ts';
import { type Handler, json, mediaType } from '../wire.ts';
import type { World } from '../world.ts';
import { forPatient } from './for-patient.ts';

interface MeasurementType {
  readonly apiRef: string;
  readonly name: string;
  readonly unit: string;
}

/** The catalogue, which anybody may read. */
const types: readonly MeasurementType[] = [
  { apiRef: 'weight', name: 'Weight', unit: 'kg' },
  { apiRef: 'height', name: 'Height', unit: 'cm' },
  { apiRef: 'heart_rate', name: 'Heart rate', unit: 'beats per minute' },
  { apiRef: 'temperature', name: 'Temperature', unit: 'degrees Celsius' },
  { apiRef: 'blood_glucose', name: 'Blood glucose', unit: 'mmol/L' },
];

export function measurementTypes(): Handler {
  return () => json(types);
}

/** `POST /json/v1/measurements` with `type`, `value` and `measuredAt`. */
export function writeMeasurement(world: World): Handler {
  return forPatient(world, async (c, { person }) => {
    if (mediaType(c) !== 'application/json')
      return restProblem(world, 415, 'unsupported_media_type', 'Send application/json.');
    const read = readMeasurement(await c.req.text());
    if (typeof read === 'string') return restProblem(world, 400, 'bad_request', read);
    const earlier = world.state.measurements.get(person.userId) ?? [];
    world.state.measurements.set(person.userId, [...earlier, read]);
    world.save();
    return json(read, 201);
  });
}

/** `GET /json/v1/measurements/byType/{type}`. */
export function measurementsByType(world: World): Handler {
  return forPatient(world, (c, { person }) => {
    const type = c.req.param('type');
    if (!types.some(({ apiRef }) => apiRef === type))
      return restProblem(world, 404, 'not_found', `There is no measurement ${type}.`);
    return json((world.state.measurements.get(person.userId) ?? []).filter((one) => one.type === type));
  });
}

/** `GET /json/v2-beta/measurements?apiRefs=`: which types must be named; there is no filter by date. */
export function measurements(world: World): Handler {
  return forPatient(world, (c, { person }) => {
    const asked = c.req.queries('apiRefs')?.flatMap((text) => text.split(',')) ?? [];
    const unknown = asked.find((ref) => !types.some(({ apiRef }) => apiRef === ref));
    if (asked.length === 0) return restProblem(world, 400, 'bad_request', 'apiRefs is missing.');
    if (unknown !== undefined)
      return restProblem(world, 400, 'bad_request', `There is no measurement ${unknown}.`);
    const all = world.state.measurements.get(person.userId) ?? [];
    return json(all.filter(({ type }) => asked.includes(type)));
  });
}

function readMeasurement(text: string): Measurement | string {
  let sent: { type?: unknown; value?: unknown; measuredAt?: unknown };
  try {
    sent = JSON.parse(text) ?? {};
  } catch {
    return 'The body is no JSON.';
  }
  const type = types.find(({ apiRef }) => apiRef === sent.type);
  const value = String(sent.value ?? '');
  const measuredAt = Date.parse(String(sent.measuredAt ?? ''));
  if (!type) return `type must be one of ${types.map(({ apiRef }) => apiRef).join(', ')}.`;
  if (!/^\d{1,6}(\.\d{1,4})?$/.test(value)) return 'value must be a number.';
  if (Number.isNaN(measuredAt)) return 'measuredAt must be a date and time.';
  return {
    id: randomUUID(),
    type: type.apiRef,
    value,
    unit: type.unit,
    measuredAt: new Date(measuredAt).toISOString(),
  };
}
