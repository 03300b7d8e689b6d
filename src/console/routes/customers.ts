/**
 * Customers: the list, one record with its history and cases, and correcting it by hand.
 *
 * What is no record has a path below `/customers/-/`, since a record may have any id.
 */
import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Customer } from '../../core/customer.ts';
import { longestBilledTwice, subscriptionStates } from '../customer-states.ts';
import { type Html, html } from '../html.ts';
import { csrfField, sendPage } from '../page.ts';
import type { ConsoleParts } from '../parts.ts';
import { actOf, mayDo, personOf } from '../person.ts';
import { textOf } from '../query.ts';
import { stepOf, typedFrom } from '../typed-form.ts';
import { customerAddress } from '../views/case-list.ts';
import { scenarioWords } from '../views/case-words.ts';
import { type CustomerForm, customerForm } from '../views/customer-form.ts';
import { customerLines, customerSearch, customersAddress } from '../views/customer-list.ts';
import { billedTwiceList, customerRecord } from '../views/customer-record.ts';
import { importRoutes } from './customer-imports.ts';

const pageLines = 50;
const historyLines = 50;
const caseLinesShown = 10;
const billedTwiceMax = 100;
/** A record of some hundred subscriptions, every field filled. */
const formBytesMax = 1024 * 1024;

const assets = ['records.css'] as const;

export function customersRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  app.register(async (scope) => {
    const form = 'application/x-www-form-urlencoded';
    if (!scope.hasContentTypeParser(form)) await scope.register(formbody);
    listRoutes(scope, parts);
    recordRoutes(scope, parts);
    editRoutes(scope, parts);
    await importRoutes(scope, parts);
  });
}

function listRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { store, timeZone } = parts;
  app.get('/customers', { config: { role: 'viewer' } }, async (request, reply) => {
    const q = textOf(request.query, 'q').trim().slice(0, 200);
    const after = textOf(request.query, 'after');
    const found = await store.searchCustomers({
      limit: pageLines + 1,
      ...(q === '' ? {} : { text: q }),
      ...(after === '' ? {} : { afterId: after }),
    });
    const lines = found.slice(0, pageLines);
    const last = found.length > pageLines ? lines.at(-1) : undefined;
    return sendPage(request, reply, {
      title: q === '' ? 'Customers' : `${q} · Customers`,
      section: '/customers',
      assets,
      body: html`<div class="spread"><h1>Customers</h1>${actions(request)}</div>
${customerSearch(q)}
${q !== '' && !(store.searchesAll && /[\p{L}\p{N}]{3}/u.test(q)) && html`<p class="note">For this search only the first customers are looked through, by their ids.</p>`}
${lines.length === 0 ? html`<p class="card">${q === '' && after === '' ? 'Customers appear here once a file is imported or one is added.' : 'No customer fits this search.'}</p>` : customerLines(lines, timeZone)}
<nav class="row" aria-label="Pages of the list">
${after !== '' && html`<a class="button" href="${customersAddress(q)}">First</a>`}
${last !== undefined && html`<a class="button" href="${customersAddress(q, last.id)}">Next</a>`}</nav>`,
    });
  });
  app.get('/customers/-/billed-twice', { config: { role: 'viewer' } }, async (request, reply) => {
    const lines = await longestBilledTwice(parts, billedTwiceMax + 1);
    return sendPage(request, reply, {
      title: 'Billed twice',
      section: '/customers',
      assets,
      body: html`<h1>Billed twice</h1>
<p>These customers pay Microsoft for the old subscription while the new one runs at yours, the longest first.</p>
${billedTwiceList(lines.slice(0, billedTwiceMax), lines.length > billedTwiceMax)}`,
    });
  });
}

function actions(request: FastifyRequest): Html {
  const { role } = personOf(request);
  return html`<span class="row">${mayDo(role, 'desk') && html`<a class="button" href="/customers/-/new">Add a customer</a>`}
${mayDo(role, 'admin') && html`<a class="button" href="/customers/-/import">Import a file</a>`}</span>`;
}

interface IdRoute {
  readonly Params: { readonly id: string };
}

function noSuchCustomer(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return sendPage(request, reply.code(404), {
    title: 'Not found',
    section: '/customers',
    body: html`<h1>Not found</h1><p>There is no customer of this id. <a href="/customers">To the customers</a></p>`,
  });
}

/** What was just done, in the address of the page that comes then. */
const doneWords: Readonly<Record<string, string>> = {
  saved: 'Saved.',
  unchanged: 'Nothing was changed: these are the values of the record.',
};

function recordRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { store, customers, timeZone } = parts;
  app.get<IdRoute>('/customers/:id', { config: { role: 'viewer' } }, async (request, reply) => {
    const customer = await store.findCustomer(request.params.id);
    if (customer === undefined) return noSuchCustomer(request, reply);
    const { id, name } = customer;
    const [history, cases, states] = await Promise.all([
      store.listHistory(id, historyLines),
      store.searchCases({ customerId: id, limit: caseLinesShown }),
      subscriptionStates(parts, customer),
    ]);
    return sendPage(request, reply, {
      title: name,
      section: '/customers',
      assets,
      body: customerRecord({
        customer,
        typed: customers.typedOf(customer),
        states,
        history,
        cases,
        mayEdit: mayDo(personOf(request).role, 'desk'),
        done: doneWords[textOf(request.query, 'done')],
        timeZone,
      }),
    });
  });
  app.get<IdRoute>(
    '/customers/:id/reply',
    { config: { role: 'viewer' } },
    async (request, reply) => {
      const customer = await store.findCustomer(request.params.id);
      if (customer === undefined) return noSuchCustomer(request, reply);
      const given = customers.replyOf(customer);
      return sendPage(request, reply, {
        title: `Reply to ${customer.name}`,
        section: '/customers',
        assets,
        body: html`<h1>The reply that this record gives now</h1>
<p><a href="${customerAddress(customer.id)}">${customer.name}</a></p>
${
  given.kind === 'none'
    ? html`<p class="note">None is composed: ${given.sentence}</p>`
    : html`<div class="card"><dl class="facts"><dt>To</dt><dd>${given.to}</dd><dt>Subject</dt><dd>${given.subject}</dd><dt>Scenario</dt><dd>${Object.hasOwn(scenarioWords, given.scenario) ? scenarioWords[given.scenario as keyof typeof scenarioWords] : given.scenario}</dd><dt>Language</dt><dd>${given.locale}</dd></dl>
<pre>${given.text}</pre></div>`
}`,
      });
    },
  );
}

function editRoutes(app: FastifyInstance, parts: ConsoleParts): void {
  const { store, customers } = parts;
  const options = { config: { role: 'desk' }, bodyLimit: formBytesMax } as const;

  app.get('/customers/-/new', { config: { role: 'desk' } }, async (request, reply) =>
    sendForm(request, reply, {
      typed: { fields: {}, contacts: [''], subscriptions: [{}] },
      faults: [],
      action: '/customers/-/new',
      seen: '',
      csrf: csrfField(request),
    }),
  );
  app.post('/customers/-/new', options, async (request, reply) =>
    answerForm(request, reply, { action: '/customers/-/new', seen: '' }),
  );
  app.get<IdRoute>('/customers/:id/edit', { config: { role: 'desk' } }, async (request, reply) => {
    const customer = await store.findCustomer(request.params.id);
    if (customer === undefined) return noSuchCustomer(request, reply);
    return sendForm(request, reply, formOf(request, customer));
  });
  app.post<IdRoute>('/customers/:id/edit', options, async (request, reply) => {
    const { id } = request.params;
    const seen = textOf(request.body, 'seen');
    // Without it the form would make a new record: this one is corrected, never made.
    if (seen === '') return reply.redirect(`${customerAddress(id)}/edit`, 303);
    return answerForm(request, reply, { action: `${customerAddress(id)}/edit`, seen, id });
  });

  function formOf(request: FastifyRequest, customer: Customer): CustomerForm {
    return {
      typed: customers.typedOf(customer),
      faults: [],
      action: `${customerAddress(customer.id)}/edit`,
      seen: customers.digestOf(customer),
      csrf: csrfField(request),
    };
  }

  async function answerForm(
    request: FastifyRequest,
    reply: FastifyReply,
    posted: { readonly action: string; readonly seen: string; readonly id?: string },
  ): Promise<FastifyReply> {
    const { action, seen, id } = posted;
    const all = typedFrom(request.body);
    // The id of a record stays, whatever the form says.
    const typed = id === undefined ? all : { ...all, fields: { ...all.fields, customer_id: id } };
    const form = { typed, faults: [], action, seen, csrf: csrfField(request) };
    const step = stepOf(textOf(request.body, 'do'), typed);
    if (step.kind === 'rows')
      return sendForm(request, reply, { ...form, typed: step.typed }, { added: step.added });
    const outcome = await customers.save(typed, seen, actOf(request, parts.clock));
    switch (outcome.kind) {
      case 'saved':
      case 'unchanged':
        return reply.redirect(`${customerAddress(outcome.customerId)}?done=${outcome.kind}`, 303);
      case 'faults':
        return sendForm(request, reply.code(422), { ...form, faults: outcome.faults });
      case 'conflict':
        return sendConflict(request, reply.code(409), form, outcome.now);
    }
  }
}

function sendForm(
  request: FastifyRequest,
  reply: FastifyReply,
  form: CustomerForm,
  more: { readonly added?: 'contact' | 'subscription' | undefined; readonly note?: Html } = {},
): FastifyReply {
  const title =
    form.seen === '' ? 'Add a customer' : `Edit ${form.typed.fields.customer_name ?? ''}`;
  return sendPage(request, reply, {
    title,
    section: '/customers',
    assets,
    body: html`<h1>${title}</h1>${more.note}${customerForm(form, more.added)}`,
  });
}

/** The record is shown as it is now, beside what was typed: nothing is overwritten, and nothing is lost. */
function sendConflict(
  request: FastifyRequest,
  reply: FastifyReply,
  form: CustomerForm,
  now: Customer | undefined,
): FastifyReply {
  if (now === undefined) return noSuchCustomer(request, reply);
  const address = customerAddress(now.id);
  const isNew = form.seen === '';
  const note = isNew
    ? html`<p class="note bad" role="alert">Not saved. There is a customer of this id already: <a href="${address}">${now.name}</a>.</p>`
    : html`<p class="note bad" role="alert">Not saved. Somebody else, or a file, changed this record after you had opened it. What you typed is below; <a href="${address}">the record as it is now</a> has the change in its history. <a href="${address}/edit">Begin anew from that record</a> and repeat what you typed.</p>`;
  return sendForm(request, reply, form, { note });
}
