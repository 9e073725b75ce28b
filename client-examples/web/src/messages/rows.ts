import type { Unsent } from "../workspace/outbox";
import type { Message } from "./window";

export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; message: Message; isFirst: boolean }
  | { kind: "unsent"; key: string; unsent: Unsent };

const TOGETHER_MILLISECONDS = 5 * 60_000;

/**
 * The lines of a conversation: messages with a line where a day begins, and one before the first
 * that the viewer has not read. `isFirst` begins a run of one sender's messages.
 */
export function rowsOf(
  messages: readonly Message[],
  unsent: readonly Unsent[],
  firstUnreadId: string | null,
  dayOf: (at: string) => string = localDay,
): Row[] {
  const rows: Row[] = [];
  let previous: Message | null = null;
  let day = "";
  for (const message of messages) {
    const itsDay = dayOf(message.sentAt);
    const isNewDay = itsDay !== day;
    if (isNewDay) rows.push({ kind: "day", key: `day ${itsDay}`, at: message.sentAt });
    const isUnread = message.id === firstUnreadId;
    if (isUnread) rows.push({ kind: "unread", key: "unread" });
    const isFirst = isNewDay || isUnread || !belongTogether(previous, message);
    rows.push({ kind: "message", key: message.id, message, isFirst });
    previous = message;
    day = itsDay;
  }
  for (const each of unsent) rows.push({ kind: "unsent", key: each.clientMessageId, unsent: each });
  return rows;
}

function belongTogether(one: Message | null, next: Message): boolean {
  if (one === null || one.kind === "NOTICE" || next.kind === "NOTICE") return false;
  const apart = Date.parse(next.sentAt) - Date.parse(one.sentAt);
  return one.sender?.id === next.sender?.id && apart < TOGETHER_MILLISECONDS;
}

function localDay(at: string): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
