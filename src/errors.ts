/**
 * Operational errors: what can go wrong outside, said once, with whether trying again helps and what to do.
 *
 * Strange mail is never an error (it is a decision), and a programmer's error is an assertion. Edges
 * turn their library's errors into these; nothing above an edge reads a library's message text.
 */

interface ErrorEntry {
  /**
   * `later`: trying again can help; a refused login for sending is one of these, so that replies go out
   * once the password was corrected. `never`: somebody must do something first, and a job is given up.
   */
  readonly retry: 'later' | 'never';
  readonly exitStatus: 1 | 2;
  readonly hint: string;
  /** `long`: asking again soon makes it worse, since that locks accounts or counts as a flood. */
  readonly pause?: 'long';
}

export const errorTable = {
  SETTINGS_INVALID: {
    retry: 'never',
    exitStatus: 2,
    hint: 'Correct the values named above and start again.',
  },
  SETTINGS_NOT_FOUND: {
    retry: 'never',
    exitStatus: 2,
    hint: 'Name the file with --config or TRANSITION_RESPONDER_CONFIG.',
  },
  FILE_NOT_READABLE: { retry: 'never', exitStatus: 2, hint: 'Check the path and its permissions.' },
  USAGE: { retry: 'never', exitStatus: 2, hint: 'See --help.' },
  CUSTOMERS_INVALID: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Correct the file; `import --skip-bad` takes the customers without a bad row.',
  },
  MANIFEST_INVALID: {
    retry: 'never',
    exitStatus: 2,
    hint: 'Correct the lines named above; docs/evaluate.md says what a label may hold.',
  },
  TEMPLATES_INVALID: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Correct the templates named above; `templates check` shows them again.',
  },
  TEMPLATES_READ_ONLY: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Mount the templates folder so that the service may write to it; docs/templates.md says how.',
  },
  TEMPLATES_CHECK_FAILED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Make the text shorter, or ask again in a moment.',
  },
  IMAP_UNREACHABLE: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Check host, port and `secure` of the mailbox, and that no firewall stands between.',
  },
  IMAP_LOGIN_REFUSED: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Check the user and password of the mailbox, and that IMAP is enabled for it.',
  },
  IMAP_NO_ACCESS: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Go through the causes above in their order; docs/oauth.md has the commands for each.',
    pause: 'long',
  },
  IMAP_DISABLED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Let an administrator enable IMAP for the mailbox; docs/oauth.md has the commands.',
    pause: 'long',
  },
  IMAP_THROTTLED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'It is tried again by itself after a long pause; let no other program use the mailbox so much.',
    pause: 'long',
  },
  IMAP_FOLDER_MISSING: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Create the folder, or correct its name in the settings.',
  },
  LEASE_LOST: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Nothing to do: this process stands by, and takes over when the other one ends.',
  },
  IMAP_FAILED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'The mailbox is tried again by itself; if it goes on, ask the mail server’s administrator.',
  },
  INTAKE_PAUSED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'New mails are taken in again by themselves once fewer wait; see why replies cannot leave.',
  },
  SMTP_UNREACHABLE: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Check host, port and `secure` of the sending server, and that no firewall stands between.',
  },
  SMTP_LOGIN_REFUSED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Check the user and password for sending, and that SMTP AUTH is enabled for it.',
  },
  SMTP_DISABLED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Let an administrator enable SMTP AUTH for the mailbox; docs/oauth.md has the commands.',
    pause: 'long',
  },
  SMTP_FAILED: { retry: 'later', exitStatus: 1, hint: 'The reply is tried again by itself.' },
  SMTP_THROTTLED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Sending goes on by itself, more slowly; if it goes on, set mailboxes[].smtp.perMinute to what the server allows.',
  },
  OAUTH_REFUSED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Mend the login as said above; docs/oauth.md has the steps.',
    pause: 'long',
  },
  OAUTH_UNREACHABLE: {
    retry: 'later',
    exitStatus: 1,
    hint: 'It is tried again by itself; check that this machine reaches the login by HTTPS.',
  },
  STORE_UNREACHABLE: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Check DATABASE_URL and that PostgreSQL is running.',
  },
  STORE_IN_USE: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Stop the other process first, or set DATABASE_URL to use PostgreSQL, which many processes can share.',
  },
  STORE_FAILED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Check the disk and the database’s own log.',
  },
  QUEUE_UNREACHABLE: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Check REDIS_URL and that Redis is running.',
  },
  MAIL_UNDECIDABLE: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Let a person answer the mail, and report it: no mail should be able to do this.',
  },
  DECISION_CUT_OFF: {
    retry: 'later',
    exitStatus: 1,
    hint: 'It is decided after the next start.',
  },
  PORT_IN_USE: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Stop what uses the port, or name another with --port, or `http.port` or `console.port` in the settings.',
  },
  HTTP_FAILED: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Correct `http.host` or `console.host` in the settings: an address of this machine, or 0.0.0.0 for all of them.',
  },
  OIDC_UNREACHABLE: {
    retry: 'later',
    exitStatus: 1,
    hint: 'Check console.oidc.issuer, and that this machine reaches it by HTTPS.',
  },
  OIDC_REFUSED: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Check console.oidc and what the issuer has registered for it; docs/console.md has the steps.',
  },
  USER_NOT_FOUND: { retry: 'never', exitStatus: 1, hint: '`user list` lists them.' },
  USER_REFUSED: {
    retry: 'never',
    exitStatus: 1,
    hint: 'docs/console.md says what users, passwords and tokens may be.',
  },
  CASE_NOT_FOUND: {
    retry: 'never',
    exitStatus: 1,
    hint: '`explain --waiting` lists the cases that wait for the desk.',
  },
  CUSTOMER_NOT_FOUND: {
    retry: 'never',
    exitStatus: 1,
    hint: 'The id is the one of customers.csv; `export` writes all of them.',
  },
  HOLD_NOT_FOUND: {
    retry: 'never',
    exitStatus: 1,
    hint: '`holds` lists what is held back.',
  },
  SYNC_LOGIN_FAILED: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Mend the login as said above; docs/sync.md has the steps.',
  },
  SYNC_REFUSED: {
    retry: 'never',
    exitStatus: 1,
    hint: 'Give the app the permission or the role; docs/sync.md lists what each source needs.',
  },
  SYNC_FAILED: {
    retry: 'later',
    exitStatus: 1,
    hint: 'What was merged stays; the next `sync` goes on from there within 24 hours.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof errorTable;

/** An operational error. `message` is one sentence for the operator, without secrets. */
export class ResponderError extends Error {
  readonly code: ErrorCode;
  /** One line each, for errors that come in numbers. */
  readonly details: readonly string[];

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly details?: readonly string[] } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = 'ResponderError';
    this.code = code;
    this.details = options.details ?? [];
  }

  get retry(): 'later' | 'never' {
    return errorTable[this.code].retry;
  }

  get pause(): 'long' | undefined {
    const entry: ErrorEntry = errorTable[this.code];
    return entry.pause;
  }

  get exitStatus(): 1 | 2 {
    return errorTable[this.code].exitStatus;
  }

  get hint(): string {
    return errorTable[this.code].hint;
  }
}
