/**
 * Statements that are prepared once for each connection: those that every mail needs.
 *
 * Their text must be the same each time, so lists go in as arrays; and it must name its columns, since a
 * prepared `select *` breaks when a newer version adds one. What the planner has to see (the condition of a
 * partial index) stands in the text, never in a parameter.
 */
import { type RawBuilder, sql } from 'kysely';
import pg from 'pg';

const mark = /^\/\* prepared: ([\w-]+) \*\//;

/** Begins a statement that is to be prepared under this name, which no other text may have. */
export function prepared(name: string): RawBuilder<unknown> {
  return sql.raw(`/* prepared: ${name} */`);
}

/** The name of a statement that is to be prepared. */
export function preparedName(text: string): string | undefined {
  return mark.exec(text)?.[1];
}

/** A client that prepares what asks for it. */
export class PreparingClient extends pg.Client {
  constructor(config?: string | pg.ClientConfig) {
    super(config);
    const query = (text: unknown, values?: unknown, ...more: readonly unknown[]): unknown => {
      const name = typeof text === 'string' ? preparedName(text) : undefined;
      const asked = name === undefined ? [text, values] : [{ name, text, values }];
      return Reflect.apply(pg.Client.prototype.query, this, [...asked, ...more]);
    };
    Reflect.set(this, 'query', query);
  }
}
