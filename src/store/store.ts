/**
 * The store as the pipeline sees it: every method of the port, with failures as operational errors.
 */
import assert from 'node:assert';
import { setImmediate as turn } from 'node:timers/promises';
import { sql } from 'kysely';
import { gathered } from '../core/gather.ts';
import { ResponderError } from '../errors.ts';
import type { AuditStore } from '../ports/audit.ts';
import type { FreshReply } from '../ports/batches.ts';
import type { CaseQuery, ConsoleStore } from '../ports/console.ts';
import type { DeskStore } from '../ports/desk-store.ts';
import type { DoorStore } from '../ports/doors.ts';
import type { HouseStore } from '../ports/house.ts';
import type { IdempotencyStore } from '../ports/idempotency.ts';
import type { LeaseRequest } from '../ports/leases.ts';
import type { PrivacyStore } from '../ports/privacy.ts';
import type { CaseRecord, Store } from '../ports.ts';
import { addToken, findToken, listTokens, revokeToken } from './api-tokens.ts';
import { listAudit, writeAudit } from './audit.ts';
import { searchCases } from './case-search.ts';
import { findCase, listReplied, listWaiting } from './cases.ts';
import { searchCustomers } from './customer-search.ts';
import { countCustomers, findCandidates, findCustomer } from './customers.ts';
import { dayFigures } from './day-figures.ts';
import { approveReply, sendReplyAgain } from './desk-approve.ts';
import { listAuditNaming, listNotesNaming } from './desk-privacy.ts';
import {
  changeMarks,
  countReview,
  eachSettledCase,
  findMailHead,
  findRaw,
  listPresence,
  listReview,
  listSettlements,
  notePresence,
} from './desk-reads.ts';
import { noteArrived, reopenCase, settleCase, undoSettlement } from './desk-settle.ts';
import { doubleBillingTrend, eachDoubleBilling, openBillings } from './double-billings.ts';
import { eachCustomer } from './each-customer.ts';
import { erasePerson } from './erase-person.ts';
import { type StorePlace, storeFailure } from './failures.ts';
import {
  addFollowUp,
  countOwnMails,
  dueFollowUps,
  findFollowUp,
  findOpenCase,
  hasUndecidedMails,
  laterCases,
  settleFollowUp,
  stirredFollowUps,
} from './follow-ups.ts';
import { holdsOn, listHolds, releaseHold } from './holds.ts';
import { claimWrite, freeWrite, keepWriteAnswer } from './idempotency.ts';
import { importCustomers } from './import.ts';
import { listWatchers, releaseLease, renewLease, takeLease } from './leases.ts';
import { accept, findCursor, findMails } from './mails.ts';
import { findMarkedCases, finishMails } from './marked-cases.ts';
import { mergeFacts } from './merge-facts.ts';
import { saveOwnCase } from './own-cases.ts';
import {
  countKeptCases,
  eachKeptCase,
  eachRecordNaming,
  listHistoryNaming,
  listHoldsNaming,
} from './privacy.ts';
import { RecentMail } from './recent-mail.ts';
import { listHistory } from './record-reader.ts';
import {
  claimFresh,
  claimReply,
  type FreshClaim,
  settleReply,
  settleSent,
  withdrawReply,
} from './replies.ts';
import { replyHistories } from './reply-history.ts';
import { compact, deleteRawMails, emptyOldCases } from './retention.ts';
import { giveUp } from './review.ts';
import { saveCustomer } from './save-customer.ts';
import { hasConsequences, saveDecisions } from './save-decisions.ts';
import { type Database, schemaName } from './schema.ts';
import {
  addOneTimeLogin,
  beginLogin,
  endOtherSessions,
  endSession,
  findSession,
  forgetLogins,
  hasComeFrom,
  listSessions,
  openSession,
  takeOneTimeLogin,
} from './sessions.ts';
import { findSimilar } from './similar-names.ts';
import { findSyncRun, saveSyncRun } from './sync-runs.ts';
import {
  findTemplateWords,
  lastTemplateSaves,
  saveTemplate,
  templateFileHistory,
} from './template-saves.ts';
import {
  acceptTemplates,
  findTemplateSet,
  findTemplateVersion,
  keepTemplateSet,
  listTemplateRefusals,
  listTemplateVersions,
  refuseTemplates,
} from './template-versions.ts';
import { countUnfinishedElsewhere, countUnsettled, unfinishedJobs } from './unfinished.ts';
import {
  addUser,
  changePassword,
  changeRole,
  findPasswordHash,
  findUser,
  keepIssuerAccount,
  keepRehash,
  listUsers,
  removeUser,
} from './users.ts';
import {
  acceptBackfill,
  beginWatch,
  findWatch,
  keepPlaces,
  mailboxHealth,
  noteLook,
  noteReconciliation,
  noteTrouble,
  withoutPlace,
} from './watches.ts';

async function check(
  db: Database,
  place: StorePlace,
): Promise<{ server: string; schemaVersion: string }> {
  const { rows } = await sql<{ version: string; schema: string | null }>`
    select current_setting('server_version') as version,
      (select max(name) from ${sql.table(`${schemaName}.kysely_migration`)}) as schema`.execute(db);
  const version = rows[0]?.version.split(' ')[0] ?? 'of unknown version';
  return {
    server: place.isServer ? `PostgreSQL ${version}` : `PGlite (PostgreSQL ${version})`,
    schemaVersion: rows[0]?.schema ?? 'none',
  };
}

/** A statement for more is hardly cheaper for each, and whoever is in it waits for all. */
const itemsMax = 64;

/** What the database or an assertion says of a statement may be about one of its rows. */
function isOfOne(error: unknown): boolean {
  return !(error instanceof ResponderError) || error.code === 'STORE_FAILED';
}

export interface StoreParts {
  readonly place: StorePlace;
  /** Ends the pool as well, whoever else uses it. */
  readonly close: () => Promise<void>;
  /** Whether the database has pg_trgm. */
  readonly hasSimilarNames: boolean;
}

/** Everything that the store can do; each caller is given the part it needs. */
export type WholeStore = Store &
  PrivacyStore &
  AuditStore &
  ConsoleStore &
  DeskStore &
  DoorStore &
  HouseStore &
  IdempotencyStore;

export function storeOver(db: Database, { place, close, hasSimilarNames }: StoreParts): WholeStore {
  /** Binds the database, and translates what fails. */
  const on =
    <Args extends readonly unknown[], Result>(
      method: (db: Database, ...args: Args) => Promise<Result>,
    ) =>
    async (...args: Args): Promise<Result> => {
      try {
        return await method(db, ...args);
      } catch (error) {
        throw storeFailure(error, place);
      }
    };
  /** The same for what is read in pages. */
  const each = <Args extends readonly unknown[], Item>(
    method: (db: Database, ...args: Args) => AsyncIterable<Item>,
  ) =>
    async function* (...args: Args): AsyncGenerator<Item> {
      try {
        yield* method(db, ...args);
      } catch (error) {
        throw storeFailure(error, place);
      }
    };
  /** For what many ask at once. */
  const many = <Item, Result>(
    method: (db: Database, items: readonly Item[]) => Promise<readonly Result[]>,
    isOfOne?: (error: unknown) => boolean,
  ) => gathered<Item, Result>(on(method), { itemsMax, turn, ...(isOfOne && { isOfOne }) });
  const recent = new RecentMail();
  const claiming = many<FreshClaim, FreshReply | undefined>(claimFresh);
  const settling = many(settleSent);
  const settle = on(settleReply);
  // Apart, since one with a reply waits for its locks.
  const savingReplies = many(saveDecisions, isOfOne);
  const savingOthers = many(saveDecisions, isOfOne);
  const savingAlone = on(saveDecisions);
  const saving = async (record: CaseRecord) => {
    if (!hasConsequences(record))
      return record.reply === undefined ? savingOthers(record) : savingReplies(record);
    const [outcome] = await savingAlone([record]);
    return outcome ?? assert.fail('one record has one outcome');
  };
  return {
    findCursor: on(findCursor),
    accept: on((database, ...args: Parameters<Store['accept']>) =>
      accept(database, recent, ...args),
    ),
    takeLease: on((database, request: LeaseRequest) =>
      takeLease(database, request, place.isServer),
    ),
    renewLease: on(renewLease),
    releaseLease: on(releaseLease),
    acceptBackfill: on(acceptBackfill),
    beginWatch: on(beginWatch),
    findWatch: on(findWatch),
    withoutPlace: on(withoutPlace),
    keepPlaces: on(keepPlaces),
    noteLook: on(noteLook),
    noteTrouble: on(noteTrouble),
    noteReconciliation: on(noteReconciliation),
    mailboxHealth: on(mailboxHealth),
    findMail: many((database, ids: readonly string[]) => findMails(database, recent, ids)),
    findCandidates: many(findCandidates),
    findSimilar: hasSimilarNames ? on(findSimilar) : async () => [],
    findCustomer: on(findCustomer),
    replyHistory: many(replyHistories),
    saveDecision: (record) => saving(record),
    saveOwnCase: on(saveOwnCase),
    claimReply: on(claimReply),
    claimFresh: (caseId, claim) => claiming({ caseId, ...claim }),
    settleReply: (caseId, settlement) =>
      settlement.state === 'sent' ? settling({ caseId, settlement }) : settle(caseId, settlement),
    findMarkedCase: many(findMarkedCases),
    giveUp: on(giveUp),
    findCase: on(findCase),
    listWaiting: on(listWaiting),
    finishMail: many(finishMails),
    unfinishedJobs: on(unfinishedJobs),
    countUnsettled: on(countUnsettled),
    countUnfinishedElsewhere: on(countUnfinishedElsewhere),
    withdrawReply: on(withdrawReply),
    importCustomers: on(importCustomers),
    countCustomers: on(countCustomers),
    eachDoubleBilling: each(eachDoubleBilling),
    doubleBillingTrend: on(doubleBillingTrend),
    mergeFacts: on(mergeFacts),
    findSyncRun: on(findSyncRun),
    saveSyncRun: on(saveSyncRun),
    listHolds: on(listHolds),
    holdsOn: on(holdsOn),
    releaseHold: on(releaseHold),
    addFollowUp: on(addFollowUp),
    dueFollowUps: on(dueFollowUps),
    stirredFollowUps: on(stirredFollowUps),
    findFollowUp: on(findFollowUp),
    laterCases: on(laterCases),
    findOpenCase: on(findOpenCase),
    hasUndecidedMails: on(hasUndecidedMails),
    countOwnMails: on(countOwnMails),
    settleFollowUp: on(settleFollowUp),
    eachCustomer: () => eachCustomer(db, place),
    listHistory: on(listHistory),
    listReplied: on(listReplied),
    findTemplateVersion: on(findTemplateVersion),
    keepTemplateSet: on(keepTemplateSet),
    findTemplateSet: on(findTemplateSet),
    listTemplateVersions: on(listTemplateVersions),
    refuseTemplates: on(refuseTemplates),
    acceptTemplates: on(acceptTemplates),
    listTemplateRefusals: on(listTemplateRefusals),
    saveTemplate: on(saveTemplate),
    lastTemplateSaves: on(lastTemplateSaves),
    templateFileHistory: on(templateFileHistory),
    findTemplateWords: on(findTemplateWords),
    deleteRawMails: on(deleteRawMails),
    emptyCases: on(emptyOldCases),
    compact: place.isServer ? async () => undefined : on(compact),
    countKeptCases: on(countKeptCases),
    eachKeptCase: each(eachKeptCase),
    eachRecordNaming: each(eachRecordNaming),
    listHistoryNaming: on(listHistoryNaming),
    listHoldsNaming: on(listHoldsNaming),
    listAuditNaming: on(listAuditNaming),
    listNotesNaming: on(listNotesNaming),
    erasePerson: on(erasePerson),
    writeAudit: on(writeAudit),
    listAudit: on(listAudit),
    claimWrite: on(claimWrite),
    keepWriteAnswer: on(keepWriteAnswer),
    freeWrite: on(freeWrite),
    listWatchers: on(listWatchers),
    searchCases: on((database, query: CaseQuery) => searchCases(database, query, hasSimilarNames)),
    listUsers: on(listUsers),
    findUser: on(findUser),
    findPasswordHash: on(findPasswordHash),
    addUser: on(addUser),
    changeRole: on(changeRole),
    changePassword: on(changePassword),
    removeUser: on(removeUser),
    keepRehash: on(keepRehash),
    keepIssuerAccount: on(keepIssuerAccount),
    openSession: on(openSession),
    findSession: on(findSession),
    endSession: on(endSession),
    listSessions: on(listSessions),
    endOtherSessions: on(endOtherSessions),
    beginLogin: on(beginLogin),
    hasComeFrom: on(hasComeFrom),
    forgetLogins: on(forgetLogins),
    addOneTimeLogin: on(addOneTimeLogin),
    takeOneTimeLogin: on(takeOneTimeLogin),
    addToken: on(addToken),
    findToken: on(findToken),
    listTokens: on(listTokens),
    revokeToken: on(revokeToken),
    searchCustomers: on((database, query: Parameters<ConsoleStore['searchCustomers']>[0]) =>
      searchCustomers(database, query, hasSimilarNames),
    ),
    searchesAll: hasSimilarNames,
    dayFigures: on(dayFigures),
    saveCustomer: on(saveCustomer),
    openBillings: on(openBillings),
    listReview: on(listReview),
    countReview: on(countReview),
    listSettlements: on(listSettlements),
    findRaw: on(findRaw),
    findMailHead: on(findMailHead),
    changeMarks: on(changeMarks),
    notePresence: on(notePresence),
    listPresence: on(listPresence),
    approveReply: on(approveReply),
    settleCase: on(settleCase),
    undoSettlement: on(undoSettlement),
    reopenCase: on(reopenCase),
    noteArrived: on(noteArrived),
    sendReplyAgain: on(sendReplyAgain),
    eachSettledCase: each(eachSettledCase),
    check: on((database) => check(database, place)),
    close,
  };
}
