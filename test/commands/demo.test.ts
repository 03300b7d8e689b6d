/** The demo as a newcomer runs it: every outcome as declared, in the words of its table. */
import { createServer } from 'node:net';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { makeCommandPlace, runCommandLine } from '../support/command.ts';
