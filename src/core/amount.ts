/**
 * Amounts of money without the errors of binary fractions: whole numbers of ten-thousandths, the finest
 * that a record may hold.
 */

/** Ten-thousandths of a currency's unit. */
export type Amount = bigint;

const unit = 10_000n;
const hundredth = unit / 100n;

/** `412.50`, `3`, `0.0625`. Undefined for what is finer, negative, or no number: it is not rounded to fit. */
export function parseAmount(text: string): Amount | undefined {
  const found = /^(\d{1,30})(?:\.(\d{1,4})0{0,30})?$/.exec(text);
  if (found === null) return undefined;
  const [, whole = '', fraction = ''] = found;
  return BigInt(whole) * unit + BigInt(fraction.padEnd(4, '0'));
}

/** With two digits behind the point, or as many more as the amount has. */
export function formatAmount(amount: Amount): string {
  const fraction = String(amount % unit).padStart(4, '0');
  return `${amount / unit}.${fraction.replace(/0{1,2}$/, '')}`;
}

/**
 * What a cost by the month comes to in so many days: twelve months have 365 days. Rounded to the nearest
 * hundredth; of ten-thousandths none ever lies in the middle.
 */
export function costOfDays(monthly: Amount, days: number): Amount {
  const dividend = monthly * 12n * BigInt(days);
  const divisor = 365n * hundredth;
  return ((2n * dividend + divisor) / (2n * divisor)) * hundredth;
}
