/**
 * Names of the products behind Graph’s codes (`skuPartNumber`), as Microsoft lists them under “Product names and
 * service plan identifiers for licensing”.
 *
 * Only products that are sold by the seat and moved from one channel to the other: what is free or a trial
 * (`FLOW_FREE`, `POWER_BI_STANDARD`) is in every tenant and nobody’s move.
 */
const names: Readonly<Record<string, string>> = {
  O365_BUSINESS_ESSENTIALS: 'Microsoft 365 Business Basic',
  SMB_BUSINESS_ESSENTIALS: 'Microsoft 365 Business Basic',
  O365_BUSINESS_PREMIUM: 'Microsoft 365 Business Standard',
  SMB_BUSINESS_PREMIUM: 'Microsoft 365 Business Standard',
  SPB: 'Microsoft 365 Business Premium',
  O365_BUSINESS: 'Microsoft 365 Apps for business',
  SMB_BUSINESS: 'Microsoft 365 Apps for business',
  OFFICESUBSCRIPTION: 'Microsoft 365 Apps for enterprise',
  STANDARDPACK: 'Office 365 E1',
  ENTERPRISEPACK: 'Office 365 E3',
  ENTERPRISEPREMIUM: 'Office 365 E5',
  DESKLESSPACK: 'Office 365 F3',
  SPE_E3: 'Microsoft 365 E3',
  SPE_E5: 'Microsoft 365 E5',
  SPE_F1: 'Microsoft 365 F3',
  EXCHANGESTANDARD: 'Exchange Online (Plan 1)',
  EXCHANGEENTERPRISE: 'Exchange Online (Plan 2)',
  EXCHANGEDESKLESS: 'Exchange Online Kiosk',
  SHAREPOINTSTANDARD: 'SharePoint Online (Plan 1)',
  SHAREPOINTENTERPRISE: 'SharePoint Online (Plan 2)',
  EMS: 'Enterprise Mobility + Security E3',
  EMSPREMIUM: 'Enterprise Mobility + Security E5',
  AAD_PREMIUM: 'Microsoft Entra ID P1',
  AAD_PREMIUM_P2: 'Microsoft Entra ID P2',
  INTUNE_A: 'Microsoft Intune',
  POWER_BI_PRO: 'Power BI Pro',
  PROJECTPROFESSIONAL: 'Project Plan 3',
  PROJECTPREMIUM: 'Project Plan 5',
  VISIOCLIENT: 'Visio Plan 2',
  CRMSTANDARD: 'Dynamics CRM Online',
};

/** Absent for codes that are not known: they are never shown to anybody as a name. */
export function productOfSku(skuPartNumber: string): string | undefined {
  return Object.hasOwn(names, skuPartNumber) ? names[skuPartNumber] : undefined;
}
