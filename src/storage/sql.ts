/**
 * What the store needs of a database. Statements are written once, with PostgreSQL's placeholders, in the SQL that
 * SQLite and PostgreSQL share; times are whole milliseconds since 1970-01-01 UTC.
 */

export type SqlValue = string | number | null;

export interface Query {
  /** With `$1`, `$2` … where the values go. */
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** ``sql`select * from link where id = ${id}` ``: what is interpolated becomes a parameter, never text. */
export function sql(parts: TemplateStringsArray, ...values: readonly SqlValue[]): Query {
  let text = texts.get(parts);
  if (text === undefined) {
    text = parts.reduce((before, part, place) => `${before}$${place}${part}`);
    texts.set(parts, text);
  }
  return { text, values };
}

/** Of each place in the source one: the same string every time, whose hash is known to those who look it up. */
const texts = new WeakMap<TemplateStringsArray, string>();

export interface Sql {
  all<Row>(query: Query): Promise<Row[]>;

  get<Row>(query: Query): Promise<Row | undefined>;

  /** How many rows it changed. */
  run(query: Query): Promise<number>;

  /** Several statements without parameters, as in a migration. */
  script(text: string): Promise<void>;
}

/** Every statement may throw UniqueViolation. A statement outside of `transaction` is a transaction of its own. */
export interface SqlDatabase extends Sql {
  /**
   * All of `work` or none of it, one writer at a time. A failed statement fails the transaction, whether or not `work`
   * catches its error.
   */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;

  /**
   * Whether nothing is left in any file of the database of rows that were deleted and held these texts.
   * @returns false also where it cannot be known: then `rewrite` may help
   */
  expunged(texts: readonly string[]): Promise<boolean>;

  /**
   * Writes its files anew, without what was deleted. Takes long where there is much, keeps writers waiting and this process
   * too. False where that cannot be done.
   */
  rewrite(): Promise<boolean>;

  /**
   * Calls `changed` with the column's value in each row of the table that this connection changes or deletes from now on: when
   * the statement does so, before its commit. Missing where what others change cannot be told without reading it.
   * @param of names of ours, which become text of a statement
   * @returns whether another connection has committed anything since it was last asked, as far as anybody can have heard of it
   */
  watch?(
    of: { readonly table: string; readonly column: string },
    changed: (value: string) => void,
  ): () => boolean;

  close(): Promise<void>;
}

/** A unique index refused a row. */
export class UniqueViolation extends Error {
  /** The index's name. */
  readonly constraint: string;

  constructor(constraint: string, options?: ErrorOptions) {
    super(`a row that ${constraint} forbids`, options);
    this.name = 'UniqueViolation';
    this.constraint = constraint;
  }
}

export function toMillis(at: Date | null | undefined): number | null {
  return at?.getTime() ?? null;
}
