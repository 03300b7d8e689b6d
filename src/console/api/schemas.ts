/**
 * The shapes of the API, as JSON Schema: requests are checked by them, answers are written by them, and the OpenAPI
 * description is made of them.
 *
 * JSON Schema 2020-12, as OpenAPI 3.1 has it.
 */
import {
  advisorStatuses,
  billingAccounts,
  billingKinds,
  cspStatuses,
  transitionStatuses,
} from '../../core/customer.ts';
import { scenarios } from '../../core/decision.ts';
import { nameCharsMax } from '../../core/limits.ts';
import { actions, reasons } from '../../core/reasons.ts';
import { auditSubjects } from '../../ports/audit.ts';
import { dismissals, settlementKinds } from '../../ports/desk.ts';
import { replyStates } from '../../ports/states.ts';
import { holdKinds, jobKinds } from '../../ports.ts';

type Schema = Readonly<Record<string, unknown>>;

export const text: Schema = { type: 'string' };
export const shortText: Schema = { type: 'string', minLength: 1, maxLength: nameCharsMax };
export const time: Schema = { type: 'string', format: 'date-time' };
export const whole: Schema = { type: 'integer' };
export const yesNo: Schema = { type: 'boolean' };

export function oneOf(words: readonly string[]): Schema {
  return { type: 'string', enum: words };
}

export function listOf(items: Schema): Schema {
  return { type: 'array', items };
}

/** Nothing but these properties; those that are not named as optional are required. */
export function object(
  properties: Readonly<Record<string, Schema>>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return {
    type: 'object',
    properties,
    additionalProperties: false,
    ...(required.length === 0 ? {} : { required }),
  };
}

/** For queries: each may be left away. */
export function query(properties: Readonly<Record<string, Schema>>): Schema {
  return object(properties, Object.keys(properties));
}

export function ref(name: keyof typeof shared): Schema {
  return { $ref: `${name}#` };
}

export const templateProblem = object(
  { file: text, line: whole, column: whole, message: text, isHere: yesNo },
  ['line', 'column'],
);

const settlement = object(
  {
    kind: oneOf(settlementKinds),
    at: time,
    by: text,
    undoUntil: time,
    dismissal: oneOf(dismissals),
    note: text,
  },
  ['undoUntil', 'dismissal', 'note'],
);

const caseProperties = {
  caseId: text,
  mailbox: text,
  receivedAt: time,
  decidedAt: time,
  subject: text,
  action: oneOf(actions),
  reason: oneOf(Object.keys(reasons)),
  scenario: oneOf(scenarios),
  customerId: text,
};

const composed = object({ to: text, subject: text, text });

const subscription = object(
  {
    product: shortText,
    advisorSubscriptionId: text,
    advisorStatus: oneOf(advisorStatuses),
    advisorRenewsOn: text,
    advisorEndsOn: text,
    billing: oneOf(billingKinds),
    billingAccount: oneOf(billingAccounts),
    licensesAssigned: whole,
    licensesTotal: whole,
    cspStatus: oneOf(cspStatuses),
    cspSubscriptionId: text,
    cspLicensesAssigned: whole,
    monthlyCost: text,
    currency: text,
    transitionStatus: oneOf(transitionStatuses),
  },
  [
    'advisorSubscriptionId',
    'advisorStatus',
    'advisorRenewsOn',
    'advisorEndsOn',
    'billing',
    'billingAccount',
    'licensesAssigned',
    'licensesTotal',
    'cspStatus',
    'cspSubscriptionId',
    'cspLicensesAssigned',
    'monthlyCost',
    'currency',
    'transitionStatus',
  ],
);

/** By the name that the description gives them. */
export const shared = {
  Error: object({
    error: object(
      {
        code: text,
        message: text,
        hint: text,
        fields: listOf(object({ path: text, problem: text })),
        problems: listOf(templateProblem),
      },
      ['hint', 'fields', 'problems'],
    ),
  }),
  CaseLine: object(
    {
      ...caseProperties,
      sender: text,
      customerName: text,
      replyState: oneOf(replyStates),
      expiresOn: text,
      hasProposal: yesNo,
      overdueSince: time,
      settlement,
    },
    [
      'scenario',
      'customerId',
      'sender',
      'customerName',
      'replyState',
      'expiresOn',
      'overdueSince',
      'settlement',
    ],
  ),
  Case: object(
    {
      ...caseProperties,
      messageId: text,
      sentence: text,
      sender: text,
      evidence: listOf(object({ stage: text, code: text, detail: text })),
      proposal: composed,
      reply: object(
        {
          state: oneOf(replyStates),
          attempts: whole,
          response: text,
          settledAt: time,
          content: composed,
        },
        ['response', 'settledAt'],
      ),
      relatedCaseId: text,
      followUps: listOf(text),
      settlements: listOf(settlement),
    },
    ['scenario', 'customerId', 'messageId', 'sender', 'proposal', 'reply', 'relatedCaseId'],
  ),
  Proposal: object(
    {
      digest: text,
      scenario: oneOf(scenarios),
      to: text,
      customerId: text,
      locale: text,
      subject: text,
      text,
      html: text,
      markdown: text,
      recipients: listOf(
        object({ address: text, name: text, as: oneOf(['author', 'contact']) }, ['name']),
      ),
      scenarios: listOf(oneOf(scenarios)),
      locales: listOf(text),
      warnings: listOf(text),
      answeredBefore: object({ caseId: text, at: time, to: text }),
    },
    ['customerId', 'locale', 'answeredBefore'],
  ),
  Done: object({ caseId: text, undoUntil: time }, ['undoUntil']),
  Customer: object(
    {
      id: shortText,
      name: shortText,
      tenantDomain: text,
      tenantId: text,
      otherDomains: listOf(text),
      contacts: listOf(object({ name: text, address: text }, ['name'])),
      locale: text,
      country: text,
      partnerApproved: yesNo,
      partnerApprovedOn: text,
      approvalLink: text,
      accountManager: text,
      subscriptions: listOf(subscription),
    },
    [
      'tenantDomain',
      'tenantId',
      'locale',
      'country',
      'partnerApproved',
      'partnerApprovedOn',
      'approvalLink',
      'accountManager',
    ],
  ),
  Hold: object({ kind: oneOf(holdKinds), name: text, at: time, detail: text, caseId: text }, [
    'caseId',
  ]),
  QueueDepth: object({
    mailbox: text,
    kind: oneOf(jobKinds),
    waiting: whole,
    active: whole,
    delayed: whole,
  }),
  AuditEntry: object(
    {
      id: whole,
      at: time,
      by: text,
      via: oneOf(['console', 'api', 'command']),
      from: text,
      action: text,
      subject: oneOf(auditSubjects),
      subjectId: text,
      before: { type: 'object', additionalProperties: text },
      after: { type: 'object', additionalProperties: text },
    },
    ['from', 'before', 'after'],
  ),
} as const satisfies Readonly<Record<string, Schema>>;

/** A page of a list: `next` is the cursor of the one behind it; absent on the last. */
export function pageOf(name: string, items: Schema): Schema {
  return object({ [name]: listOf(items), next: text }, ['next']);
}

export const limitMax = 200;
export const limitDefault = 50;
export const paging = {
  limit: { type: 'integer', minimum: 1, maximum: limitMax, default: limitDefault },
  cursor: { type: 'string', minLength: 1, maxLength: 400 },
} as const;
