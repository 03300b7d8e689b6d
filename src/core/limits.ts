/**
 * Every limit, with its unit in the name and its reason. Mail is hostile input.
 */

/** Elements of HTML that are open at once. Long threads of Outlook reach some 200. */
export const htmlDepthMax = 400;

/** A mail above this is not parsed and goes to the desk. A forward is kilobytes; providers cap at 25 to 150 MB. */
export const mailSizeBytesMax = 25 * 1024 * 1024;

/** Mails up to this are decided about many at once: sixty-four of them take 16 MB. Most mails have under 100 kB. */
export const smallMailBytesMax = 256 * 1024;

/** Ids and classes of an HTML text that are kept with their places. Outlook writes one for each paragraph. */
export const marksMax = 10_000;

/** How much of a mail above the limit is kept: enough for its header section and the explanation. */
export const mailHeadBytesMax = 256 * 1024;

/** How far the header section of a mail is looked for. */
export const headerSectionBytesMax = 1024 * 1024;

/** Header fields beyond this are not read. Genuine mails have under 150, relayed ones under 400. */
export const headerFieldsMax = 2_000;

/** A header value is cut here. RFC 5322 §2.1.1 allows 998 a line, folding any number of lines. */
export const headerValueCharsMax = 64 * 1024;

/** Text of a mail that the stages read. A notice is under 20 kB; what lies behind is not searched. */
export const textCharsMax = 1_000_000;

/** How much of a text is searched for words, labels, hosts and ends: a notice is under 20 kB. */
export const searchedCharsMax = 200_000;

/** HTML beyond this is not turned into text. Outlook writes some 100 kB for a short mail. */
export const htmlCharsMax = 2_000_000;

/** Comparisons of lines with MIME boundaries: some 0.5 s. Genuine mails take a few thousand. */
export const boundaryChecksMax = 20_000_000;

/** ARC sets of a mail. RFC 8617 §4.2.1 ends at 50; a chain that is longer has failed. */
export const arcSetsMax = 50;

/** Hosts whose Authentication-Results were ignored that are named in the evidence: anybody can write thousands. */
export const shownHostsMax = 3;

/** Signatures of a mail whose verification is told in the evidence. Genuine mails have one to three. */
export const shownChecksMax = 5;

/** Attached messages inside attached messages: deeper nesting is not followed. */
export const attachedDepthMax = 5;

/** How much of an attachment without a telling name is looked at to know a message from its header section. */
export const sniffedBytesMax = 32 * 1024;

/** Attached messages in one mail that are read. */
export const attachedMailsMax = 20;

/** Attached messages that are read of one mail, those inside others included: each may hold twenty again. */
export const attachedMailsTotalMax = 60;

/** Forwards inside forwards that are followed in a text. Threads among colleagues reach a dozen. */
export const inlineDepthMax = 30;

/** Lines of a text in which a header block is looked for. A long thread has some 3,000. */
export const blockSearchLinesMax = 20_000;

/** Lines between the first label and the end of an inline header block: a hundred recipients, one a line. */
export const headerBlockLinesMax = 120;

/** A typed list of addresses above a forward is cut here: a hundred recipients take some 5,000. */
export const typedListCharsMax = 8_000;

/** Addresses that are read from one typed list. */
export const typedAddressesMax = 100;

/** Lines of a header block that is known by its shape alone: clients write three to seven, some fold. */
export const shapedBlockLinesMax = 16;

/** An attribution (`On …, … wrote:`), folded lines joined. Names and addresses are under 100 each. */
export const attributionCharsMax = 500;

/** A header block flattened to one line: five values of which the lists of recipients are the longest. */
export const collapsedLineCharsMax = 4_000;

/** Lines of one text that are looked at as a flattened header block. */
export const collapsedTriesMax = 50;

/** A link beyond this is not read. Safe Links around Safe Links reach some 3,000. */
export const linkCharsMax = 8_000;

/** Links of one HTML text that are read. Long threads and newsletters have some hundreds. */
export const htmlLinksMax = 5_000;

/** Links of an original that are judged. */
export const linksMax = 500;

/** Hosts that a notice names without a link, and that are judged. A genuine one names two or three. */
export const bareHostsMax = 200;

/** Keys a single mail may look customers up by. */
export const matchKeysMax = 40;

/** Customers that are compared for one mail: more candidates than this are ambiguous anyway. */
export const candidatesMax = 50;

/** Customers of one name that are compared: where more share it, the name tells nobody apart. */
export const namesakesMax = 10;

/** Customers that are shown to the desk because their name is alike: a person reads no longer list. */
export const similarNamesMax = 5;

/** Names before and behind a notice's in the order of their letters that are compared with it. */
export const nameNeighboursMax = 50;

/** The forwarder's comment, as kept and shown. */
export const commentCharsMax = 4_000;

/** A value from a mail, as shown in evidence, logs and tables. */
export const shownCharsMax = 200;

/** A display name of a reply. Clients show some 40 characters. */
export const displayNameCharsMax = 80;

/** A comment’s beginning, from which its language is told: what follows is signatures and disclaimers. */
export const languageCharsMax = 600;

/** A subject of a reply: under 150, of which mail clients show less still. RFC 5322 §2.1.1 asks for 78. */
export const replySubjectCharsMax = 149;

/** A settings file: the longest sensible one has a few kilobytes. */
export const settingsFileBytesMax = 1024 * 1024;

/** An RSA key that signs replies: RFC 8301 §3.2 forbids shorter ones, and verifiers need not read longer ones. */
export const dkimKeyBitsMin = 1_024;
export const dkimKeyBitsMax = 4_096;

/** RFC 8301 §3.2: signers should use keys of at least so many bits. */
export const dkimKeyBitsAdvised = 2_048;

/** How long `doctor` waits for the record of a key: resolvers that answer at all do so within seconds. */
export const dkimLookupMsMax = 8_000;

/** Answers of DNS that are kept: some 20 MB at most. A mail asks for some three, most for the same ones. */
export const dnsCacheEntriesMax = 2_000;

/** An answer beyond this is not kept. A key takes some 400 characters, the longest SPF records 4,000. */
export const dnsCachedCharsMax = 10_000;

/** Names of DNS, without the final dot. RFC 1035 §2.3.4, RFC 1123 §2.1. */
export const dnsNameCharsMax = 253;

/** How long an answer is kept, whatever it says of itself, so that a change is seen within the hour. */
export const dnsTtlSecondsMax = 3_600;

/** How long TXT, MX and PTR records are kept: Node does not tell what they say of themselves. */
export const dnsTtlSecondsUntold = 300;

/** How long it is kept that a name is absent. RFC 2308 §5 lets the zone say; new keys should work soon. */
export const dnsAbsentSecondsMax = 60;

/** How long a failure of DNS is kept: the mails of one batch need not each wait for a silent server. */
export const dnsFailureSecondsMax = 5;

/** DKIM signatures of one message that are verified. RFC 6376 §6.1 leaves a limit to us; lists reach five. */
export const signaturesMax = 10;

/** Look-ups for one mail, all its signatures together. SPF alone may take some 100; who needs them is odd. */
export const mailLookupsMax = 60;

/** A header section that is verified. Genuine ones have under 60 kB. */
export const verifiedHeadBytesMax = 256 * 1024;

/** Lines of a header section that is verified: mailauth's time grows with their square. Genuine ones have under 1,000. */
export const verifiedHeadLinesMax = 4_000;

/** A line of a message that is verified: as above. RFC 5322 §2.1.1 allows 998 octets, few programs keep to it. */
export const verifiedLineBytesMax = 256 * 1024;

/** Octets that are hashed for one mail, once for each signature: at most some 2 s. A notice has 100 kB. */
export const hashedBytesMax = 8 * 1024 * 1024;

/** The published key of a selector: 4096 bits take 750 characters. */
export const keyRecordCharsMax = 4_096;

/** An attached message whose octets are kept for its signature. A notice has under 200 kB. */
export const attachedRawBytesMax = 2 * 1024 * 1024;

/** Public keys in the settings. */
export const settingsKeysMax = 100;

/** A file that holds one secret. Keys and tokens are under 10 kB. */
export const secretFileBytesMax = 64 * 1024;

/** A line of customers.csv. A customer with fifty contacts takes 3,000; a missing quotation mark more. */
export const csvLineCharsMax = 64 * 1024;

/**
 * Rows of a customers file. `import` keeps one id of each customer in memory, and rows only while others of
 * the same customer are still to come: some 600 MB at this number in the worst order.
 */
export const csvRowsMax = 2_000_000;

/** A customers file that is handed over in the console: a million rows of every column have some 400 MB. */
export const uploadBytesMax = 512 * 1024 * 1024;

/** Columns of customers.csv: 26 are known, exports of other systems add some. */
export const csvColumnsMax = 200;

/** Problems of customers.csv that are kept and named: one wrong column makes one a row. */
export const csvProblemsMax = 1_000;

/** Labelled mails in one manifest of `evaluate`: what is kept of each takes some 100 MB at this number. */
export const manifestLinesMax = 200_000;

/** A line of a manifest. The longest line of `classify --json`, with 500 links in its evidence, has 150 kB. */
export const manifestLineCharsMax = 1024 * 1024;

/** Faults of a manifest that are named; behind these reading stops. */
export const manifestProblemsMax = 100;

/** Wrong mails of an evaluation whose evidence is kept and shown; of the others only what was wrong. */
export const evaluatedEvidenceMax = 2_000;

/** Mails up to which `evaluate` works alone: a worker thread takes as long to start as some 300 mails. */
export const evaluatedAloneMax = 500;

/** Worker threads of `evaluate`: each holds settings, templates and customers of its own. */
export const evaluateWorkersMax = 16;

/** A name, product or id in customers.csv and a name in the settings. */
export const nameCharsMax = 200;

/** Contacts, or other domains, of one customer. */
export const customerListMax = 200;

/** A log sentence, which may carry the message of a library's error. */
export const logSentenceCharsMax = 1_000;

/** Of a text for the log; addresses are looked for in so much of it before it is cut to what is shown. */
export const logReadCharsMax = 8 * 1024;

/** A template above this is not read: the longest of ours has some 3 kB. */
export const templateBytesMax = 256 * 1024;

/** Files of a templates folder that are read: 17 languages have some 350. */
export const templateFilesMax = 2_000;

/** A value of the record, as shown in a reply. The longest names of organisations have some 150. */
export const templateValueCharsMax = 300;

/** A URL of the record or the settings, as shown in a reply. */
export const templateUrlCharsMax = 2_000;

/** Message-ids in References: the first and the last ones. RFC 5322 §3.6.4 sets no limit, relays do. */
export const referencesMax = 20;

/** A message-id beyond this is dropped: a header line holds 998. RFC 5322 §2.1.1. */
export const messageIdCharsMax = 250;

/** Width of the text part. RFC 5322 §2.1.1 recommends under 78, quoting needs room. */
export const textColumns = 72;

/** How much of a header value is looked at for a mark of a machine: `auto-replied (vacation)` has 23. */
export const markValueCharsMax = 2_000;

/** How much of a calendar part is looked at for its METHOD, which stands in the first lines. RFC 5545 §3.7.2. */
export const calendarHeadBytesMax = 16 * 1024;

/** Strings of a mail that look like a Message-ID of ours and are verified, different ones counted. */
export const ownIdCandidatesMax = 1_000;

/** Due follow-ups that are judged in one round: each asks the store some five times. */
export const followUpsMax = 200;

/** Later cases of a customer that a follow-up looks at: one is enough to stop it. */
export const laterCasesMax = 100;

/** For so long a mail of `outreach` is that command's own to send; an SMTP session ends sooner. */
export const outreachInHandMs = 3_600_000;

/** Replies of ours that one mail is taken to name. A long thread with a desk has two or three. */
export const ownReferencesMax = 20;

/** Machine-readable parts of a delivery report that are kept: servers write two. */
export const reportPartsMax = 10;

/** How much of each is kept: a hundred recipients, or the longest header section that is relayed. */
export const reportPartCharsMax = 64 * 1024;

/** Recipients of a delivery report that are read. Our replies have one; a list behind it may have many. */
export const reportRecipientsMax = 100;

/** How much of a report's text is searched for what it says: it stands above the returned message. */
export const reportTextCharsMax = 20_000;

/** Points of a trend: nearly three years by day. Each is a line of a table that people read. */
export const trendPointsMax = 1_000;

/** A name or product in a table of the terminal, in columns. Organisations have some 25, products 35. */
export const tableCellColumnsMax = 36;

/** An answer of Partner Center or Graph. A page of a hundred customers takes some 60 kB. */
export const apiAnswerBytesMax = 16 * 1024 * 1024;

/** How long one request to them may take. Partner Center’s slowest lists take some ten seconds. */
export const apiRequestMsMax = 60_000;

/** Requests a minute to one of them: Partner Center allows 500, and others of the partner ask as well. */
export const apiRequestsPerMinute = 400;

/** How long a login may take to give a token: a reply waits for it. */
export const loginRequestMsMax = 20_000;

/** From how many days before its end a login's secret or certificate is warned of: holidays fit in. */
export const loginEndDaysWarned = 30;

/** How often a request is tried that failed on their side, or was put off by them. */
export const apiAttemptsMax = 6;

/** The longest pause they may ask for: longer, and the run breaks off, to go on later. */
export const apiPauseMsMax = 15 * 60_000;

/** Pages of one list: a million customers at a hundred a page, twice over. */
export const apiPagesMax = 20_000;

/** Customers in a row that Partner Center refuses before the run ends: then it is not the customers. */
export const refusedCustomersMax = 20;

/** How old a run that broke off may be to go on where it ended: what it saw first is older still. */
export const syncResumeMsMax = 24 * 3_600_000;

/**
 * Mails of one mailbox that are queued at once; more lie in the store only. A busy worker handles some hundred a
 * second, so that there is always enough to do; a job takes about a kilobyte of the queue’s memory.
 */
export const queuedMailsMax = 2_000;

/**
 * Mails of one mailbox that may wait to be decided or answered before no more are taken in: far more than a day
 * brings, and a few hundred megabytes of the store. Beyond it something is wrong, and the mail server is the better
 * place.
 */
export const unsettledMailsMax = 10_000;

/** How much of a mail the console reads to show it, some 0.2 s of work; what a person reads stands at its beginning. */
export const shownMailBytesMax = 2 * 1024 * 1024;

/** HTML beyond this is shown as text: cleaning so much takes some 0.2 s. A long thread of Outlook has 300 kB. */
export const shownHtmlCharsMax = 500_000;

/** Elements inside each other that are shown as such. Threads of Outlook reach 200; each level costs the browser. */
export const shownDepthMax = 250;

/** Text of a mail in the frame of the console: nobody reads more to decide about a case. */
export const shownTextCharsMax = 200_000;

/** The target of a link, as shown behind its words: host and path of a genuine one are under 200. */
export const shownTargetCharsMax = 300;

/** Elements of a mail that are open at once where it is shown as HTML: with a hundred thousand, cleaning takes 9 s. */
export const openElementsMax = 5_000;
