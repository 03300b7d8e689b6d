/**
 * Fields that the forms of a case have in common.
 */
import type { FastifyRequest } from 'fastify';
import type { Reason } from '../../core/reasons.ts';
import type { CaseView } from '../case-view.ts';
import { choiceFields } from '../form-fields.ts';
import { type Content, type Html, html } from '../html.ts';
import { csrfField } from '../page.ts';

/** Where it leads back to, and that it is this person's own. */
export function formFields(request: FastifyRequest, view: Origin): Html {
  return html`${csrfField(request)}${originInputs(view)}`;
}

type Origin = Pick<CaseView, 'from'> & { readonly reason?: Reason };

export function originInputs({ from, reason }: Origin): Html {
  return html`<input type="hidden" name="from" value="${from}">${reason !== undefined && html`<input type="hidden" name="reason" value="${reason}">`}`;
}

export function choiceInputs({ choice }: Pick<CaseView, 'choice'>): Content {
  return choiceFields(choice).map(
    ([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`,
  );
}

/** The page of the case, as it is open now, for a form that only looks. */
export function pageOf({ from, stored }: Pick<CaseView, 'from' | 'stored'>): string {
  return from === 'review' ? '/review' : `/cases/${stored.caseId}`;
}

export function caseInput({ from, stored }: Pick<CaseView, 'from' | 'stored'>): Content {
  return from === 'review' && html`<input type="hidden" name="case" value="${stored.caseId}">`;
}

/** The same page with other choices. */
export function pageWith(view: CaseView, more: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({
    ...(view.from === 'review' ? { case: view.stored.caseId } : {}),
    ...(view.reason === undefined ? {} : { reason: view.reason }),
    ...more,
  }).toString();
  return `${pageOf(view)}${query === '' ? '' : `?${query}`}`;
}
