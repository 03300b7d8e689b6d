/**
 * The store as the console sees it: the desk's actions and what it reads, doors, audit log, and writes of the API.
 */
import type { AuditStore } from '../ports/audit.ts';
import type { CaseQuery, ConsoleStore } from '../ports/console.ts';
import type { DeskStore } from '../ports/desk-store.ts';
import type { DoorStore } from '../ports/doors.ts';
import type { HouseStore } from '../ports/house.ts';
import type { IdempotencyStore } from '../ports/idempotency.ts';
import { addToken, findToken, listTokens, revokeToken } from './api-tokens.ts';
import { listAudit, writeAudit } from './audit.ts';
import type { Binding } from './binding.ts';
import { searchCases } from './case-search.ts';
import { searchCustomers } from './customer-search.ts';
import { dayFigures } from './day-figures.ts';
import { approveReply, sendReplyAgain } from './desk-approve.ts';
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
import { openBillings } from './double-billings.ts';
import { claimWrite, freeWrite, keepWriteAnswer } from './idempotency.ts';
import { listWatchers } from './leases.ts';
import { saveCustomer } from './save-customer.ts';
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

export type ConsoleSide = AuditStore &
  ConsoleStore &
  DeskStore &
  DoorStore &
  HouseStore &
  IdempotencyStore;

export function consoleSide({
  on,
  each,
  hasSimilarNames,
}: Binding & { readonly hasSimilarNames: boolean }): ConsoleSide {
  return {
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
  };
}
