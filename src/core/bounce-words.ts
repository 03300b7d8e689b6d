/**
 * What a delivery report without machine-readable fields says in words: given up, or still trying.
 *
 * Nothing is concluded from one common word: a report that promises to go on trying also says that delivery
 * failed so far, and a final one that the last failure was temporary. Where both are said, or neither, nobody
 * knows, and a person has to look.
 *
 * RFC 3463 §2 (classes of codes), RFC 5321 §4.2.1 (of replies).
 */
import { statusIn } from './delivery-status.ts';
import { foldDiacritics } from './normalize.ts';

export type SaidKind = 'failed' | 'delayed' | 'delivered' | 'unknown';

// Folded: lower case, without diacritics (those of Japanese included), with plain quotes, on one line.

/** The server goes on trying, or says that nothing is lost yet. */
const goesOn = [
  /\bwill (?:keep (?:on )?trying|continue|be (?:re-?tried|re-?attempted)|retry|try again|attempt)\b/,
  /\b(?:attempts|retries) will (?:continue|be made)\b/,
  /\b(?:still (?:being|trying|undelivered|in the queue|queued)|not yet been|has not been delivered yet|not been able to deliver (?:it|your message) yet)\b/,
  /\b(?:warning (?:message )?only|do not need to (?:resend|do anything)|no action is (?:required|needed))\b/,
  /\b(?:could ?not|cannot|can't) (?:send|deliver) (?:your )?(?:message|mail) for (?:the )?(?:past|last|more than)\b/,
  /\bnot be delivered for more than\b/,
  /\b(?:has been|was|is|been) delayed\b|\bdelayed \d{1,4} (?:hour|minute|day)/,
  /\bverzogert|\bnoch nicht zugestellt|\bweiter(?:hin)? versucht|\bweitere zustellversuche/,
  /\bretardee?\b|\bn'a pas encore ete (?:remis|distribue|livre)|\bnouvelles? tentatives?\b/,
  /\bretrasad[oa]|\bdemorad[oa]|\baun no se ha (?:podido )?entreg|\bse seguira intentando/,
  /\bin ritardo\b|\bnon e stato ancora (?:recapitat|consegnat)/,
  /\batrasad[oa]|\bainda nao foi entregue/,
  /\bvertraagd|\bnog niet (?:bezorgd|afgeleverd)/,
  /\bopozni|\bnie zosta[lł]a jeszcze dostarczona/,
  /\bforsinket|\bfordroj|\bforsenad|\bviivast/,
  /задерж|отлож|еще не доставлен/,
  /遅延|遅れて|また配[信送]|延迟|延遲|지연/,
];

/** The server has given up. */
const gaveUp = [
  /\b(?:permanent(?:ly)?|fatal) (?:fatal |delivery )?(?:error|failure|failed|rejected)/,
  /\bfailed permanently\b|\bpermanently (?:failed|rejected)\b/,
  /\bgiv(?:en|ing) up\b|\bgave up\b|\bi've given up\b/,
  /\bnot (?:going to |be )?(?:try again|retried|re-?try)\b|\bwill not (?:try|retry|be retried|be re-?attempted)\b/,
  /\b(?:retry (?:time-?out|period) exceeded|too long in (?:the )?queue|in the queue too long|will be deleted from (?:the )?queue|message expired|expired after)\b/,
  /\b(?:returned to (?:the )?sender|returning (?:message|mail|it)? ?to (?:the )?sender|returned unopened)\b/,
  /\bdelivery (?:to [^.]{0,100} )?(?:has |have )?failed\b|\bdelivery failure\b|\bfailed to deliver|\bfailed delivery\b/,
  /\b(?:(?:could|can|did|was|were|has|have) ?(?:not|n't)|cannot|couldn't|wasn't able to|unable to|not able to) (?:be |been )?(?:deliver(?:ed)?|reach)\b/,
  /\b(?:rejected (?:your|the|this|by)|was rejected|has been rejected|were rejected|is undeliverable|undeliverable (?:mail|message)|non-?deliver)/,
  /\b(?:unknown user|user (?:is )?unknown|no such (?:user|mailbox|recipient)|no mailbox here|mailbox (?:is )?full|unknown recipient|recipient not found)\b/,
  /\b(?:unzustellbar|nicht zustellbar|nicht zugestellt werden|nicht erreicht werden|endgultig|zustellung (?:ist )?(?:\S{1,40} )?fehlgeschlagen|fehler bei der zustellung)/,
  /\b(?:n'a pas pu etre (?:remis|distribue|delivre|livre)|n'ont pas pu etre|echec de (?:la )?(?:remise|distribution)|non remis|impossible de (?:remettre|distribuer))/,
  /\b(?:no se (?:pudo|puede|ha podido) entregar|no se entrego|no entregad[oa]|error de entrega|fallo (?:en|de) la entrega)/,
  /\b(?:impossibile (?:recapitare|consegnare)|non e stato possibile (?:recapitare|consegnare)|mancat[oa] (?:recapito|consegna)|non recapitabile)/,
  /\b(?:nao (?:foi possivel|pode ser) entreg|nao foi entregue|falha na entrega|nao pode ser entregue)/,
  /\b(?:onbestelbaar|kon(?:den)? niet worden (?:bezorgd|afgeleverd)|niet bezorgd)/,
  /\b(?:nie mozna (?:by[lł]o )?dostarczyc|nie zosta[lł]a dostarczona|niedostarczalna|nie powiod[lł]o sie)/,
  /\b(?:kunne ikke leveres|kunde inte levereras|gick inte att leverera|ei voitu toimittaa|nelze dorucit|nedorucitelna)/,
  /не (?:может быть|было|удалось|была)? ?достав|недоставлен|невозможно доставить/,
  /配[信送達]{1,2}(?:てき|不能)|送信てきま|届けることかてき|エラーメール|退信|无法投递|無法投遞|投递失败|배달되지|전송 실패/,
];

const arrived = [
  /\bsuccessful(?:ly)? (?:mail )?(?:delivered|delivery|relayed)\b/,
  /^(?:delivered|relayed|zugestellt|remis|entregado)\s?:/,
];

/** What subject and text of a report say; undefined where nothing in them is about delivery at all. */
export function kindFromWords(subject: string, text: string): SaidKind | undefined {
  const title = kindOf(foldDiacritics(subject), subjects);
  const said = kindOf(foldDiacritics(text), sentences);
  // A title is chosen for the case at hand; a text may have been put together of pieces.
  if (title !== undefined && title !== 'unknown' && (said === undefined || said === 'unknown'))
    return title;
  if (said !== undefined && title !== undefined && title !== said) return 'unknown';
  if (said !== undefined) return said;
  return title ?? kindFromCodes(text);
}

interface Words {
  readonly delayed: readonly RegExp[];
  readonly failed: readonly RegExp[];
}

const sentences: Words = { delayed: goesOn, failed: gaveUp };

/** Titles are shorter than sentences: one word is enough. */
const subjects: Words = {
  delayed: [...goesOn, /\bdelay(?:ed)?\b|\bwarning\b|\bstill being retried\b|\bdeferred\b/],
  failed: [
    ...gaveUp,
    /\b(?:undeliver(?:able|ed)|failure|failed|returned (?:e-?mail|mail|message)|delivery error|bounced?|could not be delivered|non delivery|cannot send)\b/,
    /mail failure/,
  ],
};

function kindOf(folded: string, { delayed, failed }: Words): SaidKind | undefined {
  const isDelayed = delayed.some((words) => words.test(folded));
  const isFailed = failed.some((words) => words.test(folded));
  if (isDelayed && isFailed) return 'unknown';
  if (isDelayed) return 'delayed';
  if (isFailed) return 'failed';
  return arrived.some((words) => words.test(folded)) ? 'delivered' : undefined;
}

/** Where no words are known: a server that quotes a refusal for good has given up. */
function kindFromCodes(text: string): SaidKind | undefined {
  const status = statusIn(text);
  if (status?.startsWith('5') === true || /(?<![\d.])5[0-5]\d[ -]/.test(text)) return 'failed';
  return status === undefined ? undefined : 'unknown';
}
