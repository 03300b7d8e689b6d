/**
 * Every limit, with its unit in the name and its reason. Mail is hostile input.
 */

/** A mail above this is not parsed and goes to the desk. A forward is kilobytes; providers cap at 25 to 150 MB. */
export const mailSizeBytesMax = 25 * 1024 * 1024;

/** How much of a mail above the limit is kept: enough for its header section and the explanation. */
export const mailHeadBytesMax = 256 * 1024;

/** Header fields beyond this are not read. Genuine mails have under 150, relayed ones under 400. */
export const headerFieldsMax = 2_000;

/** A header value is cut here. RFC 5322 §2.1.1 allows 998 a line, folding any number of lines. */
export const headerValueCharsMax = 64 * 1024;

/** Text of a mail that the stages read. A notice is under 20 kB; what lies behind is not searched. */
export const textCharsMax = 1_000_000;

/** HTML beyond this is not turned into text. Outlook writes some 100 kB for a short mail. */
export const htmlCharsMax = 2_000_000;

/** Attached messages inside attached messages: deeper nesting is not followed. */
export const attachedDepthMax = 5;

/** Attached messages in one mail that are read. */
export const attachedMailsMax = 20;

/** Forwards inside forwards that are followed in a text. */
export const inlineDepthMax = 10;

/** Lines between the first label and the end of an inline header block. */
export const headerBlockLinesMax = 40;

/** Links of an original that are judged. */
export const linksMax = 500;

/** Keys a single mail may look customers up by. */
export const matchKeysMax = 40;

/** Customers that are compared for one mail: more candidates than this are ambiguous anyway. */
export const candidatesMax = 50;

/** The forwarder's comment, as kept and shown. */
export const commentCharsMax = 4_000;

/** A value from a mail, as shown in evidence, logs and tables. */
export const shownCharsMax = 200;

/** A subject of a reply. RFC 5322 §2.1.1 asks for 78; mail clients show fewer than 150. */
export const replySubjectCharsMax = 150;
