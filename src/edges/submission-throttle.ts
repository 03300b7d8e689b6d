/**
 * Tells whether a server that refuses for now means "not so fast" rather than this message or this recipient.
 *
 * What it says of one recipient is never taken for that: it must not hold up the replies to all others.
 * RFC 5321 §3.8 (421), RFC 3463 §3.4 (X.3.2), §3.5 (X.4.5).
 */

/** X.1 and X.2 are about the recipient's address and mailbox, X.5.3 about too many recipients. RFC 3463 §3.2. */
const ofOneMessage = /^4\.(?:[12]\.|5\.3\b)/;
/** X.7.28: mail flood detected, as Gmail says. Microsoft's consumer hosts say 4.7.500 and 4.7.650. */
const ofTheSender = /^4\.(?:3\.2|4\.5|7\.28|7\.500|7\.6\d\d)\b/;
/**
 * Exchange Online: “432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded”. Amazon SES: “454 Throttling
 * failure”. Postfix: “450 4.7.1 Error: too much mail from …”.
 */
const words =
  /\b(?:throttl\w*|too (?:many|much|fast)|limit exceeded|rate limit\w*|(?:send|sending|submission|message) rate|slow(?:ing)? down|server (?:is )?busy)\b/i;

/** `response`: the server's answer, its code in front or not. */
export function asksToSlowDown(code: number, response: string): boolean {
  if (code < 400 || code > 499) return false;
  const enhanced = /(?:^|\s)(4\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? '';
  if (ofOneMessage.test(enhanced)) return false;
  return code === 421 || ofTheSender.test(enhanced) || words.test(response);
}
