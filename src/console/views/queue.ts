/**
 * How many jobs wait, run and are to be tried again, by mailbox; and the way to the board of the queue.
 */
import type { House, PartAnswer } from '../../ports/house.ts';
import type { JobKind, QueueDepth } from '../../ports.ts';
import { type Html, html } from '../html.ts';

const kindNames: Readonly<Record<JobKind, string>> = {
  handle: 'deciding about mails',
  deliver: 'sending replies',
  mark: 'marking mails on the server',
};

export interface QueuePage {
  readonly depths: PartAnswer<readonly QueueDepth[]>;
  readonly kept: House['queueKept'];
  /** Where the board is, for those who may open it. */
  readonly board: 'open' | 'for admins' | 'none';
}

export function queueView({ depths, kept, board }: QueuePage): Html {
  return html`<h1>Queue</h1>
<p>What is to be done stands in the store; the queue only says when. It is rebuilt from the store by itself, so that
nothing is lost with it.</p>
${depthsView(depths)}
${boardView(kept, board)}`;
}

function depthsView(depths: QueuePage['depths']): Html {
  if ('why' in depths)
    return html`<p class="note bad">The queue does not answer: ${depths.why}</p>`;
  if (depths.value.length === 0)
    return html`<p class="soft">The jobs of each mailbox will stand here once the service runs.</p>`;
  return html`<div class="scroll"><table>
<caption class="hidden">Jobs by mailbox</caption>
<thead><tr><th scope="col">Mailbox</th><th scope="col">For</th><th scope="col">Waiting</th>
<th scope="col">Running</th><th scope="col">Again later</th></tr></thead>
<tbody>${depths.value.map(
    ({ mailbox, kind, jobs }) => html`<tr><td>${mailbox}</td><td>${kindNames[kind]}</td>
<td>${jobs.waiting}</td><td>${jobs.active}</td><td>${jobs.delayed}</td></tr>`,
  )}</tbody></table></div>`;
}

function boardView(kept: QueuePage['kept'], board: QueuePage['board']): Html {
  if (kept === 'process')
    return html`<p class="note">The jobs are kept in the service itself, so there is no board to look into them. With
PostgreSQL or Redis there is one.</p>`;
  switch (board) {
    case 'open':
      return html`<p><a class="button" href="/settings/queue/board/">Open the board</a></p>
<p class="soft">The board shows each job. It changes nothing: a reply goes out, is sent again or is taken back on the
page of its case only.</p>`;
    case 'for admins':
      return html`<p class="soft">Admins can look at each job on the board.</p>`;
    case 'none':
      return html`<p class="soft">The board is not open in this process.</p>`;
  }
}
