/** What a part of the bench finds: a table, the targets beside what was measured, and bars for the chart. */

export interface Table {
  readonly title: string;
  /** How it was measured, in a sentence or two. */
  readonly method: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly targets?: readonly Target[];
  readonly bars?: Bars;
}

export interface Target {
  readonly what: string;
  readonly target: string;
  readonly measured: string;
  readonly met: boolean;
}

/** One panel of the chart. */
export interface Bars {
  readonly title: string;
  readonly bars: readonly { readonly label: string; readonly value: number; readonly ours: boolean }[];
}

export interface Setting {
  /** A short form, which shows that everything works and says nothing about speed. */
  readonly quick: boolean;
  /** Told what is being done, for whoever waits. */
  readonly progress: (what: string) => void;
  /** For files; gone afterwards. */
  readonly folder: string;
}

export type Part = (setting: Setting) => Promise<readonly Table[]>;
