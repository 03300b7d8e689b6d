/**
 * Errors of the API: one shape, a code that stays, a sentence for people, a status that fits.
 */
import type { FastifyError } from 'fastify';
import { ResponderError } from '../../errors.ts';
import type { Refused } from '../../ports/desk.ts';
import type { DraftProblem } from '../../ports/template-desk.ts';

interface ErrorDetails {
  /** What to do. */
  readonly hint?: string;
  /** For `invalid`: each value that is wrong, by its path. */
  readonly fields?: readonly { readonly path: string; readonly problem: string }[];
  /** For words of templates: each problem, at its line. */
  readonly problems?: readonly DraftProblem[];
}

export class ApiError extends Error {
  readonly statusCode: number;
  readonly code: string;
  readonly details: ErrorDetails;

  constructor(statusCode: number, code: string, message: string, details: ErrorDetails = {}) {
    super(message);
    this.statusCode = statusCode;
    this.code = code;
    this.details = details;
  }
}

export interface ErrorBody {
  readonly error: { readonly code: string; readonly message: string } & ErrorDetails;
}

export function notFound(what: string): ApiError {
  return new ApiError(404, 'not-found', `There is no such ${what}.`);
}

/** What the desk's rules refuse: its own word is the code. */
export function refusedError({ why, sentence }: Refused): ApiError {
  return why === 'no-case' ? notFound('case') : new ApiError(409, why, sentence);
}

/** Any failure as an answer. `isOurs`: something here is wrong, which the log should say. */
export function answerTo(error: FastifyError): {
  readonly status: number;
  readonly body: ErrorBody;
  readonly isOurs: boolean;
} {
  if (error instanceof ApiError) {
    const { statusCode: status, code, message, details } = error;
    return { status, body: { error: { code, message, ...details } }, isOurs: status >= 500 };
  }
  // Of an operational error the message may name hosts and files of the operator: its code and its mend are enough.
  if (error instanceof ResponderError)
    return answer(503, 'unavailable', 'A part of the service does not answer.', {
      hint: `${error.code}: ${error.hint}`,
    });
  if (error.validation !== undefined) return invalid(error);
  switch (error.statusCode) {
    case 413:
      return answer(413, 'too-large', 'The body is larger than it may be.');
    case 415:
      return answer(415, 'wrong-media-type', 'The body is of a kind that is not taken here.', {
        hint: 'Send application/json, or what GET /api/openapi.json names for this address.',
      });
    case undefined:
      break;
    default:
      if (error.statusCode < 500) return answer(error.statusCode, 'invalid', error.message);
  }
  return answer(500, 'failed', 'Something went wrong here; the log of the service says what.');
}

function answer(status: number, code: string, message: string, details: ErrorDetails = {}) {
  return { status, body: { error: { code, message, ...details } }, isOurs: status >= 500 };
}

function invalid({ validation = [], validationContext }: FastifyError) {
  const fields = validation.map(({ instancePath, message = 'is wrong', params }) => {
    const names = [params.missingProperty, params.additionalProperty].filter(
      (name) => typeof name === 'string',
    );
    const path = [...instancePath.split('/').filter((part) => part !== ''), ...names].join('.');
    return { path: path === '' ? (validationContext ?? 'request') : path, problem: message };
  });
  return answer(
    400,
    'invalid',
    `The ${partNames[validationContext ?? ''] ?? 'request'} is not as it is to be.`,
    {
      fields,
      hint: 'GET /api/openapi.json says what is expected.',
    },
  );
}

const partNames: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'address',
  headers: 'header section',
};
