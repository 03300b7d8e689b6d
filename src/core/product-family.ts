/**
 * What kind of product a subscription is of, as far as its way out of a direct subscription differs.
 *
 * Microsoft names products freely, so names are compared by their words.
 * Source: Microsoft, “Cancel your subscription” (2024-09-10), “Transition seat-based services”, “Azure
 * subscription transfers”, “Cancel your subscription to Microsoft Dynamics CRM Online”.
 */
import { foldText } from './normalize.ts';

/**
 * `seats`: licenses assigned to users; Office 365, Microsoft 365, Enterprise Mobility + Security, Intune, Power
 * BI and their like all end on the same page. `dynamics`: the same, but its organisation hangs on them.
 * `crm-online`: the retired plans of before Dynamics 365, which end by phone alone. `azure`: no seats at all;
 * it moves by a transfer of billing, and nothing of it is to be cancelled the way of seats.
 */
export type ProductFamily = 'seats' | 'dynamics' | 'crm-online' | 'azure';

/** Licenses that only bear the name of Azure: they are assigned to users like any other. */
const seatsOfAzureName =
  /\bazure (?:active directory|ad\b|information protection|rights management|advanced threat protection|multi-factor authentication|mfa\b)/;
/** What is billed by use although it bears the name of a license. */
const byUse = /\b(?:domain services|b2c|external identities)\b/;
const azure = /azure|\bms[ -]azr|\bpayg\b|\bpay[ -]as[ -]you[ -]go\b/;

export function productFamily(product: string): ProductFamily {
  const name = foldText(product).slice(0, 300).replaceAll('_', ' ');
  if (azure.test(name)) return seatsOfAzureName.test(name) && !byUse.test(name) ? 'seats' : 'azure';
  if (/\bcrm online\b/.test(name)) return 'crm-online';
  return /\bdynamics\b|\bcrm\b/.test(name) ? 'dynamics' : 'seats';
}
