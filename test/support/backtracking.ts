/**
 * Tells regular expressions whose cost can grow faster than the text they are given.
 *
 * An expression is read as an automaton (Glushkov's: one state for each character of the pattern). A search
 * that does not begin with `^` may begin anywhere, which is a loop of its own in front. Cost grows with the
 * square where one text can stay in one loop, go over into a second, or stay in the second; without a bound
 * where one text has two ways round the same loop (Weideman and others, 2016). Counts up to 1,000 are no loops.
 * Assertions are taken as passed: what is reported may be held back by one, what is not reported is linear.
 */

type Node =
  | { readonly kind: 'set'; readonly set: bigint }
  | { readonly kind: 'all'; readonly parts: readonly Node[] }
  | { readonly kind: 'any'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly body: Node; readonly min: number; readonly max: number }
  | { readonly kind: 'guard'; readonly start?: boolean; readonly ahead?: Node };

/** One character of each kind that patterns tell apart, and every one that the pattern itself names. */
const samples = `${Array.from({ length: 127 }, (_, code) => String.fromCharCode(code)).join('')}éßıİЯλאاไ日ひア한０：（“”–—′²٣\u00A0\u00AD\u0301\u200B\u202E\u3000\uFEFF😀`;

/** What makes a pattern slow, in words; undefined when its cost is linear. */
export function slownessOf({ source, flags }: RegExp): string | undefined {
  const { nodes, unbounded } = parse(source, flags);
  if (unbounded) return 'a look-behind without a bound';
  for (const node of nodes) {
    const found = new Automaton(node, !flags.includes('m') && isAnchored(node)).ambiguity();
    if (found !== undefined) return found;
  }
  return undefined;
}

function isAnchored(node: Node): boolean {
  if (node.kind === 'guard') return node.start === true;
  if (node.kind === 'all') return node.parts[0] !== undefined && isAnchored(node.parts[0]);
  return node.kind === 'any' && node.parts.every(isAnchored);
}

/** The alternatives of a pattern; `unbounded`: whether a look-behind repeats without end. */
function parse(source: string, flags: string): { nodes: readonly Node[]; unbounded: boolean } {
  const alphabet = [...new Set([...samples, ...source])];
  const modes = flags.replace(/[gy]/g, '');
  let at = 0;
  let unbounded = false;
  const setOf = (atom: string): Node => {
    const one = new RegExp(`^(?:${atom})$`, modes);
    let set = 0n;
    alphabet.forEach((char, index) => {
      if (one.test(char)) set |= 1n << BigInt(index);
    });
    return { kind: 'set', set };
  };
  const take = (pattern: RegExp): string => {
    const found = new RegExp(pattern.source, 'yu');
    found.lastIndex = at;
    const [text = ''] = found.exec(source) ?? [];
    at += text.length;
    return text;
  };
  const alternatives = (): Node[] => {
    const all: Node[] = [sequence()];
    while (take(/\|/) !== '') all.push(sequence());
    return all;
  };
  const sequence = (): Node => {
    const parts: Node[] = [];
    while (at < source.length && !/[|)]/.test(source.charAt(at))) parts.push(counted(atom()));
    return { kind: 'all', parts };
  };
  const counted = (body: Node): Node => {
    const count = take(/(?:[*+?]|\{\d+(?:,\d*)?\})\??/).replace(/(?<=.)\?$/, '');
    if (count === '') return body;
    const [, first = '0', comma, second] = /^\{(\d+)(,?)(\d*)\}$/.exec(count) ?? [];
    const min = count === '+' ? 1 : Number(first);
    const max = count === '?' ? 1 : comma === '' ? min : Number(second || Infinity);
    return { kind: 'repeat', body, min, max: max > 1_000 ? Infinity : max };
  };
  const atom = (): Node => {
    if (take(/\^/) !== '') return { kind: 'guard', start: true };
    if (take(/\$|\\[bB]|\\[1-9]/) !== '') return { kind: 'guard' };
    const open = take(/\((?:\?(?:[:=!]|<[=!]|<\w+>))?/);
    if (open === '')
      return setOf(take(/\[(?:\\.|[^\]\\])*\]|\\[pPu]\{[^}]*\}|\\u\w{4}|\\x\w\w|\\.|./));
    const before = at;
    const body: Node = { kind: 'any', parts: alternatives() };
    if (open.startsWith('(?<') && /[=!]$/.test(open)) {
      unbounded ||= /[^\\[][*+]|,\}/.test(source.slice(before, at));
    }
    take(/\)/);
    if (/<[=!]$/.test(open)) return { kind: 'guard' };
    return /[=!]$/.test(open) ? { kind: 'guard', ahead: body } : body;
  };
  const nodes = alternatives();
  return { nodes, unbounded };
}

/** A part of the automaton: where it is entered and left, and whether it can be passed over. */
interface Part {
  readonly first: readonly number[];
  /** States it is left from, each with whether an assertion behind it can still fail. */
  readonly last: ReadonlyMap<number, boolean>;
  readonly passed?: 'freely' | 'guarded';
}

type States = readonly number[];
/** The loop that each way must not leave. */
type Bounds = readonly (ReadonlySet<number> | undefined)[];

class Automaton {
  private readonly sets: bigint[] = [];
  private readonly next: Set<number>[] = [];
  private twice: string | undefined;

  constructor(node: Node, isAnchored: boolean) {
    const part = this.build(node);
    const isFree = (state: number): boolean => part.last.get(state) === false;
    if (!isAnchored && part.passed !== 'freely') {
      const anywhere = this.state(-1n);
      this.link([anywhere], [anywhere, ...part.first]);
    }
    // What can end a match at once ends the search: no other way is tried from there.
    this.next.forEach((states, from) => {
      for (const to of [...states]) if (isFree(from) || isFree(to)) states.delete(to);
    });
  }

  /** Two ways for one text round a loop, or from one loop to another. */
  ambiguity(): string | undefined {
    if (this.twice !== undefined) return this.twice;
    const loops = this.next.map((_, state) => this.within(state));
    for (const [p, ofP] of loops.entries()) {
      for (const [q, ofQ] of loops.entries()) {
        if (ofP.size === 0 || ofQ.size === 0) continue;
        if (p === q ? this.hasTwoWays(p, ofP) : this.crosses(p, q, ofP, ofQ))
          return p === q ? 'two ways round one loop' : 'two loops over the same text';
      }
    }
    return undefined;
  }

  private state(set: bigint): number {
    this.next.push(new Set());
    return this.sets.push(set) - 1;
  }

  private link(from: Iterable<number>, to: readonly number[]): void {
    for (const state of from) {
      for (const other of to) {
        if (this.next[state]?.has(other)) this.twice = 'a loop inside a loop';
        this.next[state]?.add(other);
      }
    }
  }

  private build(node: Node): Part {
    if (node.kind === 'set') {
      const state = this.state(node.set);
      return { first: [state], last: new Map([[state, false]]) };
    }
    if (node.kind === 'guard') {
      const first = node.ahead === undefined ? [] : this.build(node.ahead).first;
      return { first, last: new Map(), passed: 'guarded' };
    }
    if (node.kind === 'all') {
      const empty: Part = { first: [], last: new Map(), passed: 'freely' };
      return node.parts.reduce((whole, part) => this.behind(whole, this.build(part)), empty);
    }
    if (node.kind === 'any') {
      const parts = node.parts.map((part) => this.build(part));
      const ways = parts.flatMap(({ passed }) => passed ?? []);
      const passed = ways.includes('freely') ? 'freely' : ways[0];
      const last = new Map(parts.flatMap((part) => [...part.last]));
      return { first: parts.flatMap((part) => part.first), last, ...(passed && { passed }) };
    }
    return this.repeated(node);
  }

  private behind(a: Part, b: Part): Part {
    this.link(a.last.keys(), b.first);
    const left = [...a.last].map(
      ([state, guarded]) => [state, guarded || b.passed === 'guarded'] as const,
    );
    const passed =
      a.passed === undefined || b.passed === undefined
        ? undefined
        : a.passed === b.passed
          ? a.passed
          : 'guarded';
    return {
      first: a.passed === undefined ? a.first : [...a.first, ...b.first],
      last: new Map([...(b.passed === undefined ? [] : left), ...b.last]),
      ...(passed && { passed }),
    };
  }

  /** Two copies stand for any count: enough to see whether one can be told from the next. */
  private repeated({ body, min, max }: Extract<Node, { kind: 'repeat' }>): Part {
    const isEndless = !Number.isFinite(max);
    const copies = Math.min(2, isEndless ? Math.max(1, min) : max);
    let whole: Part = { first: [], last: new Map(), passed: 'freely' };
    for (let copy = copies; copy >= 1; copy -= 1) {
      const one = this.build(body);
      if (isEndless && copy === copies) this.link(one.last.keys(), one.first);
      const more = this.behind(one, whole);
      whole = copy <= min ? more : { ...more, passed: 'freely' };
    }
    return whole;
  }

  /** The states of the loop that a state is in; none when it is in none. */
  private within(state: number): ReadonlySet<number> {
    const ahead = this.reach(state);
    return new Set(
      ahead.has(state) ? [...ahead].filter((other) => this.reach(other).has(state)) : [],
    );
  }

  private readonly reached = new Map<number, ReadonlySet<number>>();

  private reach(state: number): ReadonlySet<number> {
    const known = this.reached.get(state);
    if (known !== undefined) return known;
    const seen = new Set<number>();
    const open = [state];
    for (let from = open.pop(); from !== undefined; from = open.pop()) {
      for (const to of this.next[from] ?? []) if (!seen.has(to)) open.push(to);
      for (const to of this.next[from] ?? []) seen.add(to);
    }
    this.reached.set(state, seen);
    return seen;
  }

  /** Whether one text leads from p to p, from p to q and from q to q. */
  private crosses(
    p: number,
    q: number,
    ofP: ReadonlySet<number>,
    ofQ: ReadonlySet<number>,
  ): boolean {
    if (!this.reach(p).has(q)) return false;
    return this.leads([p, p, q], [p, q, q], [ofP, undefined, ofQ]);
  }

  /** Whether one text leads from p to p in two ways. */
  private hasTwoWays(p: number, ofP: ReadonlySet<number>): boolean {
    const parted = this.walk([p, p], [ofP, ofP]).filter(([r, s]) => r !== s);
    return parted.some((states) => this.leads(states, [p, p], [ofP, ofP]));
  }

  private leads(from: States, to: States, within: Bounds): boolean {
    return this.walk(from, within).some((states) => states.join() === to.join());
  }

  /** Where several ways lead that are gone at once, each over the same text. */
  private walk(from: States, within: Bounds): readonly States[] {
    const seen = new Map<string, States>();
    const open: States[] = [from];
    for (let states = open.pop(); states !== undefined; states = open.pop()) {
      for (const step of this.steps(states, within)) {
        if (seen.has(step.join())) continue;
        seen.set(step.join(), step);
        open.push(step);
      }
    }
    return [...seen.values()];
  }

  private steps(states: States, within: Bounds): States[] {
    let steps: { readonly states: States; readonly set: bigint }[] = [{ states: [], set: -1n }];
    for (const [index, state] of states.entries()) {
      const ways = [...(this.next[state] ?? [])].filter((to) => within[index]?.has(to) ?? true);
      steps = steps.flatMap((step) =>
        ways
          .map((to) => ({ states: [...step.states, to], set: step.set & (this.sets[to] ?? 0n) }))
          .filter(({ set }) => set !== 0n),
      );
    }
    return steps.map((step) => step.states);
  }
}
