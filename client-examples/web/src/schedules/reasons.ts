import type { Key, Translate } from "../i18n/language";

/** The codes of docs/deliveries.md that people meet, and what is said of them. */
const REASONS: Readonly<Record<string, Key>> = {
  OPTED_OUT: "reason_optedOut",
  ARCHIVED: "reason_archived",
  NO_ADDRESS: "reason_noAddress",
  GATEWAY_TIMEOUT: "reason_timeout",
  GATEWAY_FAULT: "reason_fault",
  LEASE_EXPIRED: "reason_interrupted",
  NOT_SENT: "reason_interrupted",
  DEVICE_GONE: "reason_deviceGone",
  DEVICE_SECRETS_UNREADABLE: "reason_deviceSettings",
  DEVICE_BAD_SETTINGS: "reason_deviceSettings",
  CONVERSATION_GONE: "reason_conversationGone",
  SENDER_NOT_IN_CONVERSATION: "reason_senderLeft",
  BAD_TEMPLATE: "reason_template",
  UNKNOWN_VARIABLE: "reason_template",
  MISSING_VARIABLE: "reason_template",
  BAD_VALUE: "reason_template",
  TOO_LONG: "reason_tooLong",
};

/** Why a delivery failed or waits, in words; a code that only a device's other side knows as it is. */
export function reasonInWords(code: string, t: Translate): string {
  const key = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
  return key ? t(key) : code;
}
