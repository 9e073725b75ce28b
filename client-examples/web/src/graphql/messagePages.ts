import type { Cache, DataFields, FieldInfo, UpdateResolver } from "@urql/exchange-graphcache";

/** So many messages that came live are remembered, for pages that were asked for before they came. */
const KEPT_RECENT = 100;

const recent = new Map<string, string[]>();
const discarded = new Set<string>();

/** Which page of a conversation: the variables of the query Messages. */
export interface MessageSpan {
  conversationId: string;
  first?: number;
  after?: string;
  last?: number;
  before?: string;
  around?: string;
  aroundTime?: string;
}

/** Says that a page is not shown any more: the cache forgets it when it next learns one. */
export function discard(span: MessageSpan): void {
  // The newest page stays, is kept up by events, and is there at once when one comes back.
  const { conversationId, ...where } = span;
  if (Object.keys(where).join() !== "last") discarded.add(pageKey(conversationId, where));
}

/** Says that a page is shown. */
export function keep(span: MessageSpan): void {
  discarded.delete(pageKey(span.conversationId, span));
}

function pageKey(conversationId: string, span: Partial<MessageSpan>): string {
  const { first, after, last, before, around, aroundTime } = span;
  return JSON.stringify([conversationId, first, after, last, before, around, aroundTime]);
}

/**
 * Adds a message that came live to every page that ends with the newest one. (A page knows: it has
 * no next page.) Doing it twice changes nothing.
 */
export function appendMessage(store: Cache, conversationId: string, message: DataFields): void {
  const conversation = conversationKey(store, conversationId);
  const key = store.keyOfEntity(message as { __typename: string; id: string });
  if (!conversation || !key) return;
  remember(conversation, key);
  for (const page of pagesOf(store, conversation)) appendTo(store, conversation, page, [key]);
}

/** The conversation's pages are fetched anew when they are next needed, or now if they are shown. */
export function forgetMessages(store: Cache, conversationId: string): void {
  const conversation = conversationKey(store, conversationId);
  if (!conversation) return;
  recent.delete(conversation);
  for (const page of pagesOf(store, conversation)) {
    store.invalidate(conversation, page.fieldName, page.arguments ?? undefined);
  }
}

/**
 * Runs whenever a page of messages is written. Pages that are not shown any more are dropped: however
 * far one scrolls, memory stays bounded. The newest page is mended.
 */
export const mindPages: UpdateResolver = (parent, _args, store) => {
  const { id } = parent as { id: string };
  const conversation = conversationKey(store, id);
  if (!conversation) return;
  // A page that was read before a message was committed may arrive after the message's event.
  const late = recent.get(conversation) ?? [];
  for (const page of pagesOf(store, conversation)) {
    if (discarded.delete(pageKey(id, page.arguments ?? {}))) {
      store.invalidate(conversation, page.fieldName, page.arguments ?? undefined);
    } else {
      appendTo(store, conversation, page, late);
    }
  }
};

function appendTo(store: Cache, conversation: string, page: FieldInfo, keys: string[]): void {
  const connection = store.resolve(conversation, page.fieldKey) as string | null;
  if (!connection) return;
  const nodes = store.resolve(connection, "nodes") as string[] | null;
  const info = store.resolve(connection, "pageInfo") as string | null;
  if (!nodes || !info || store.resolve(info, "hasNextPage") !== false) return;
  const last = nodes.at(-1);
  const newest = last ? sentAt(store, last) : "";
  const missing = keys.filter((key) => !nodes.includes(key) && sentAt(store, key) >= newest);
  if (missing.length > 0) store.link(connection, "nodes", [...nodes, ...missing]);
}

function remember(conversation: string, key: string): void {
  const keys = (recent.get(conversation) ?? []).filter((each) => each !== key);
  recent.set(conversation, [...keys, key].slice(-KEPT_RECENT));
}

function sentAt(store: Cache, key: string): string {
  return (store.resolve(key, "sentAt") as string | null) ?? "";
}

function conversationKey(store: Cache, id: string): string | null {
  return store.keyOfEntity({ __typename: "Conversation", id });
}

function pagesOf(store: Cache, conversation: string): FieldInfo[] {
  return store.inspectFields(conversation).filter(({ fieldName }) => fieldName === "messages");
}
