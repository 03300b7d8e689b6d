/**
 * A page in the real Chromium, without a window: what it loads, what a script would see, how wide it is.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findService, freePort, startProgram } from './services.ts';

export interface Page {
  /** Addresses asked for, the page's own first. */
  readonly requests: readonly string[];
  /** Opens an address and waits until everything is loaded. */
  open(url: string): Promise<void>;
  /** A screen of a phone or a desk, light or dark. */
  show(screen: { readonly widthPx: number; readonly scheme: 'light' | 'dark' }): Promise<void>;
  /** The value of an expression in the page. */
  ask<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: { readonly request?: { readonly url: string } };
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** Starts Chromium with an empty page and a profile of its own. */
export async function openPage(): Promise<Page> {
  const program = findService('chromium');
  if (program === undefined) throw new Error('chromium is not installed');
  const profile = mkdtempSync(join(tmpdir(), 'chromium-'));
  const port = await freePort();
  const running = await startProgram({
    program,
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      `--remote-debugging-port=${port}`,
      `--user-data-dir=${profile}`,
      'about:blank',
    ],
    ready: /DevTools listening on ws:/,
  });
  const leave = async () => {
    await running.stop();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  const wire = await openWire(port).catch(async (error: unknown) => {
    await leave();
    throw error;
  });
  await wire.call('Page.enable');
  await wire.call('Network.enable');
  return {
    requests: wire.requests,
    async open(url) {
      const loaded = wire.next('Page.loadEventFired');
      await wire.call('Page.navigate', { url });
      await loaded;
    },
    async show({ widthPx, scheme }) {
      await wire.call('Emulation.setDeviceMetricsOverride', {
        width: widthPx,
        height: 800,
        deviceScaleFactor: 1,
        mobile: widthPx < 600,
      });
      await wire.call('Emulation.setEmulatedMedia', {
        features: [{ name: 'prefers-color-scheme', value: scheme }],
      });
    },
    async ask<T>(expression: string) {
      const { result } = await wire.call('Runtime.evaluate', { expression, returnByValue: true });
      return (result as { readonly value: T }).value;
    },
    async close() {
      wire.close();
      await leave();
    },
  };
}

/** The protocol of the developer tools: numbered questions, answers and events over a WebSocket. */
async function openWire(port: number) {
  const targets = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    readonly type: string;
    readonly webSocketDebuggerUrl: string;
  }[];
  const target = targets.find(({ type }) => type === 'page');
  if (target === undefined) throw new Error('chromium has no page');
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  const requests: string[] = [];
  const asked = new Map<number, (answer: Answer) => void>();
  const awaited = new Map<string, () => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Answer;
    if (answer.id !== undefined) asked.get(answer.id)?.(answer);
    if (answer.method !== undefined) awaited.get(answer.method)?.();
    if (answer.method === 'Network.requestWillBeSent') {
      requests.push(answer.params?.request?.url ?? '');
    }
  });
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve, { once: true });
    socket.addEventListener('error', () => reject(new Error('chromium does not answer')));
  });
  let id = 0;
  return {
    requests,
    next: (method: string) => new Promise<void>((resolve) => awaited.set(method, resolve)),
    close: () => socket.close(),
    call(method: string, params: object = {}): Promise<Readonly<Record<string, unknown>>> {
      id += 1;
      const number = id;
      return new Promise((resolve, reject) => {
        asked.set(number, ({ result = {}, error }) => {
          if (error === undefined) resolve(result);
          else reject(new Error(`${method}: ${error.message}`));
        });
        socket.send(JSON.stringify({ id: number, method, params }));
      });
    },
  };
}
