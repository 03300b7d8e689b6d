/** What the demo uses of hoodiecrow-imap, which has no types of its own. */
declare module 'hoodiecrow-imap' {
  import type { Server, Socket } from 'node:net';

  export interface Message {
    uid: number;
    /** A binary string: one character per byte. */
    raw: string;
    flags: string[];
    internaldate: string;
  }

  export interface Folder {
    uidvalidity: number;
    uidnext: number;
    messages: Message[];
  }

  export interface Connection {
    /** Null once the connection has closed. */
    socket: Socket | null;
    /** Takes the client's next line in place of the command parser, while in IDLE. */
    inputHandler: false | ((line: string) => void);
  }

  export interface FetchItem {
    section?: readonly unknown[];
    partial?: number[];
  }

  export type FetchHandler = (
    connection: Connection,
    message: Message,
    item: FetchItem,
  ) => { type: 'LITERAL'; value: string } | unknown;

  export interface HoodiecrowServer {
    readonly server: Server;
    readonly connectionHandlers: ((connection: Connection) => void)[];
    readonly fetchHandlers: Record<string, FetchHandler>;
    listen(port: number, host: string): void;
    getMailbox(path: string): Folder | undefined;
    appendMessage(
      path: string,
      flags: readonly string[],
      internalDate: string,
      raw: string,
    ): { readonly message: Message };
  }

  export interface HoodiecrowOptions {
    readonly plugins?: readonly string[];
    readonly id?: Readonly<Record<string, string>>;
    readonly users: Readonly<Record<string, { readonly password: string }>>;
    readonly storage: Readonly<Record<string, object>>;
  }

  export default function hoodiecrow(options: HoodiecrowOptions): HoodiecrowServer;
}

declare module 'hoodiecrow-imap/lib/commands/handlers/fetch.js' {
  import type { FetchHandler } from 'hoodiecrow-imap';

  const handlers: Record<string, FetchHandler>;
  export default handlers;
}
