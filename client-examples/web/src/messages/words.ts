import type { MessageKind } from "../generated/graphql";
import type { Key, Translate } from "../i18n/language";

interface Said {
  kind: MessageKind;
  body: string;
  deletedAt: string | null;
}

/** What a message says, on one line: for lists, quotes and screen readers. */
export function inWords({ kind, body, deletedAt }: Said, t: Translate): string {
  if (deletedAt !== null) return t("deletedMessage");
  const text = body.trim().replaceAll(/\s+/g, " ");
  if (kind === "TEXT" || kind === "NOTICE") return text;
  const name = t(`kind_${kind}` satisfies Key);
  return text ? `${name}: ${text}` : name;
}
