/** Numbers out of many measurements, and how they are written. */

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** A median with the middle half of what was measured. */
export function withSpread(values: readonly number[], write: (value: number) => string): string {
  return `${write(median(values))} (${write(quantile(values, 0.25))}–${write(quantile(values, 0.75))})`;
}

export function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB');
}

export function hundredths(value: number): string {
  return value.toFixed(2);
}

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : whole(value)} ms`;
}

export interface Timed {
  /** Calls a second. */
  readonly rate: number;
  /** Of each call, in milliseconds. */
  readonly times: readonly number[];
}

/** How many times as fast one is as another, in each round. */
export function ratios(
  ones: readonly Pick<Timed, 'rate'>[],
  others: readonly Pick<Timed, 'rate'>[],
): readonly number[] {
  return ones.map(({ rate }, round) => rate / (others[round]?.rate ?? Number.NaN));
}

/** So many at once, each doing its next when its last is done. */
export async function inFlight(atOnce: number, count: number, work: (n: number) => unknown): Promise<Timed> {
  const times: number[] = [];
  let next = 0;
  const from = performance.now();
  await Promise.all(
    Array.from({ length: Math.min(atOnce, count) }, async () => {
      while (next < count) {
        const n = next;
        next += 1;
        const asked = performance.now();
        await work(n);
        times.push(performance.now() - asked);
      }
    }),
  );
  return { rate: (count * 1000) / (performance.now() - from), times };
}

/**
 * All contenders in turn, again and again, so that whatever else the machine does falls on each of them alike.
 * @returns by contender, what each round found
 */
export async function interleaved<Found>(
  rounds: number,
  contenders: ReadonlyMap<string, () => Promise<Found>>,
): Promise<Map<string, Found[]>> {
  const found = new Map([...contenders.keys()].map((name) => [name, [] as Found[]]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, measure] of contenders) found.get(name)?.push(await measure());
  }
  return found;
}
