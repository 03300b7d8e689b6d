/**
 * Statements that PGlite prepares once, as a server does (`prepared.ts`).
 *
 * PGlite’s own `query` has each statement parsed and planned anew, in seven messages, which took more than half of
 * what a mail cost in the embedded store. Here it is two messages in one (PostgreSQL’s “Extended Query”).
 */
import assert from 'node:assert';
import { messages, type PGlite, protocol } from '@electric-sql/pglite';
import type { PostgresQueryResult } from 'kysely';

const { serialize } = protocol;

/** What a query answers, as Kysely has it of node-postgres. */
export type SqlResult<Row> = PostgresQueryResult<Row>;
export type Command = SqlResult<unknown>['command'];

/** A statement, with what PostgreSQL said of it. */
interface Prepared {
  readonly text: string;
  readonly paramTypes: readonly number[];
  readonly columns: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/** After so many statements plans are made anew for the first time, then after twice as many, and so on. */
const firstPlans = 256;

export class PreparedStatements {
  readonly #db: PGlite;
  readonly #byName = new Map<string, Prepared>();
  #runs = 0;
  #plansUntil = firstPlans;

  constructor(db: PGlite) {
    this.#db = db;
  }

  /** Whoever asks has the session to itself. */
  async run<Row>(name: string, text: string, params: readonly unknown[]): Promise<SqlResult<Row>> {
    this.#runs += 1;
    // A plan that was made over an empty ledger reads all of a full one, and nobody analyses tables here. What a
    // ledger grows by comes of statements: each time it may have become twice as large.
    if (this.#runs >= this.#plansUntil) {
      this.#plansUntil *= 2;
      await this.#db.exec('discard plans');
    }
    return this.#db.runExclusive(async () => {
      const statement = this.#byName.get(name) ?? (await this.#prepare(name, text));
      assert(statement.text === text, `two statements are called ${name}`);
      return this.#execute<Row>(name, statement, params);
    });
  }

  async #prepare(name: string, text: string): Promise<Prepared> {
    const answer = await this.#ask(
      serialize.parse({ name, text }),
      serialize.describe({ type: 'S', name }),
    );
    const described = answer.find((one) => one instanceof messages.ParameterDescriptionMessage);
    const row = answer.find((one) => one instanceof messages.RowDescriptionMessage);
    const statement: Prepared = {
      text,
      paramTypes: described?.dataTypeIDs ?? [],
      columns: row?.fields ?? [],
    };
    this.#byName.set(name, statement);
    return statement;
  }

  async #execute<Row>(
    name: string,
    { paramTypes, columns }: Prepared,
    params: readonly unknown[],
  ): Promise<SqlResult<Row>> {
    const values = params.map((value, place) => this.#written(value, paramTypes[place]));
    const answer = await this.#ask(
      serialize.bind({ statement: name, values }),
      serialize.execute({}),
    );
    const rows: Row[] = [];
    let tag: readonly string[] = [];
    for (const one of answer) {
      if (one instanceof messages.DataRowMessage) rows.push(this.#read(one.fields, columns) as Row);
      else if (one instanceof messages.CommandCompleteMessage) tag = one.text.split(' ');
    }
    // `SELECT 2`, `INSERT 0 2`
    return { command: (tag[0] ?? '') as Command, rowCount: Number(tag.at(-1) ?? 0), rows };
  }

  /** All at once, with the Sync after which the session goes on whatever became of them. */
  async #ask(...parts: readonly Uint8Array[]) {
    const asked = Buffer.concat([...parts, serialize.sync()]);
    return this.#db.execProtocolStream(asked);
  }

  #written(value: unknown, type = 0): string | null {
    if (value === null || value === undefined) return null;
    return this.#db.serializers[type]?.(value) ?? String(value);
  }

  #read(fields: readonly (string | null)[], columns: Prepared['columns']): object {
    return Object.fromEntries(
      columns.map(({ name, dataTypeID }, place) => {
        const text = fields[place] ?? null;
        const parse = this.#db.parsers[dataTypeID];
        return [name, text === null || parse === undefined ? text : parse(text)];
      }),
    );
  }
}
