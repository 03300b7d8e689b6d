/**
 * A process that is gone in the middle: ports of which one call, and all later ones, fail for good.
 */
import type { PipelineParts } from '../../src/pipeline/parts.ts';

export const cutOff = new Error('the process is gone');

/** Ports of which the nth call, before it does anything or after it has, and all later ones fail. */
export function cutAfter(parts: PipelineParts, n: number): { readonly parts: PipelineParts } {
  let calls = 0;
  const wrap = <Port extends object>(port: Port): Port =>
    new Proxy(port, {
      get(target, property, receiver) {
        const method: unknown = Reflect.get(target, property, receiver);
        if (typeof method !== 'function') return method;
        return async (...args: unknown[]) => {
          calls += 1;
          if (calls >= n) throw cutOff;
          const result: unknown = await Reflect.apply(method, target, args);
          calls += 1;
          if (calls >= n) throw cutOff;
          return result;
        };
      },
    });
  const desks = new Map(
    [...parts.desks].map(([name, desk]) => [
      name,
      { ...desk, mailbox: wrap(desk.mailbox), submission: wrap(desk.submission) },
    ]),
  );
  return { parts: { ...parts, store: wrap(parts.store), jobs: wrap(parts.jobs), desks } };
}
