import type { Client } from "urql";

import { MessagesDocument, type MessageFieldsFragment, type MessagesQuery } from "../generated/graphql";
import { discard, keep, type MessageSpan } from "../graphql/messagePages";
import { Pages, type Snapshot } from "../graphql/pages";

export type Message = MessageFieldsFragment;

const SIZE = 50;
const MOST_PAGES = 8;
let places = 0;

/** Codes (docs/errors.md) of an id or a moment that is none, or that leads nowhere. */
const NOWHERE = new Set(["BAD_ID", "NOT_FOUND", "VARIABLES_INVALID"]);

/**
 * What there is none of, for this viewer: the conversation, or the place in it that was asked for. Or
 * something broke, and another try may do.
 */
export type Trouble = "conversation" | "place" | "fault";

export interface MessageWindow {
  messages: Message[];
  /** Whether there is more before and after what is here. */
  hasOlder: boolean;
  hasNewer: boolean;
  loading: "start" | "end" | "all" | null;
  trouble: Trouble | null;
  /** Another number after each jump: what is shown is in no way what was shown before. */
  place: number;
}

/** A part of a conversation that moves along it: never more than 400 messages, however long it is. */
export class WindowOfMessages {
  readonly #pages: Pages<MessagesQuery, MessageSpan>;
  readonly #conversationId: string;
  #place = 0;
  #known: { from: Snapshot<MessagesQuery, MessageSpan>; window: MessageWindow } | null = null;

  constructor(client: Client, conversationId: string) {
    this.#conversationId = conversationId;
    this.#pages = new Pages(client, MessagesDocument, {
      most: MOST_PAGES,
      onShown: keep,
      onHidden: discard,
    });
  }

  get subscribe() {
    return this.#pages.subscribe;
  }

  readonly get = (): MessageWindow => {
    const from = this.#pages.get();
    if (this.#known?.from !== from) this.#known = { from, window: windowOf(from, this.#place) };
    return this.#known.window;
  };

  showNewest(): void {
    this.#show({ last: SIZE });
  }

  /** Shows a message and what is around it. */
  showAround(messageId: string): void {
    this.#show({ first: SIZE, around: messageId });
  }

  /** Shows what was sent before and after a moment, a DateTime. */
  showAroundTime(moment: string): void {
    this.#show({ first: SIZE, aroundTime: moment });
  }

  loadOlder(): void {
    const before = edge(this.#pages.get(), "start");
    if (before && this.get().hasOlder) this.#extend({ last: SIZE, before }, "start");
  }

  loadNewer(): void {
    const after = edge(this.#pages.get(), "end");
    if (after && this.get().hasNewer) this.#extend({ first: SIZE, after }, "end");
  }

  stop(): void {
    this.#pages.stop();
  }

  #show(span: Omit<MessageSpan, "conversationId">): void {
    this.#place = ++places;
    this.#pages.start({ conversationId: this.#conversationId, ...span });
  }

  #extend(span: Omit<MessageSpan, "conversationId">, where: "start" | "end"): void {
    this.#pages.extend({ conversationId: this.#conversationId, ...span }, where);
  }
}

type Connection = NonNullable<MessagesQuery["conversation"]>["messages"];

function connections({ pages }: Snapshot<MessagesQuery, MessageSpan>): Connection[] {
  return pages.flatMap(({ data }) => (data?.conversation ? [data.conversation.messages] : []));
}

/** The cursor of the first or last message that is here. */
function edge(snapshot: Snapshot<MessagesQuery, MessageSpan>, where: "start" | "end") {
  const loaded = connections(snapshot);
  return where === "start" ? loaded[0]?.pageInfo.startCursor : loaded.at(-1)?.pageInfo.endCursor;
}

export function windowOf(
  snapshot: Snapshot<MessagesQuery, MessageSpan>,
  place: number,
): MessageWindow {
  const loaded = connections(snapshot);
  return {
    messages: distinct(loaded.flatMap(({ nodes }) => nodes)),
    hasOlder: loaded[0]?.pageInfo.hasPreviousPage ?? false,
    hasNewer: loaded.at(-1)?.pageInfo.hasNextPage ?? false,
    loading: snapshot.loading,
    trouble: troubleOf(snapshot),
    place,
  };
}

function troubleOf({ pages, error }: Snapshot<MessagesQuery, MessageSpan>): Trouble | null {
  if (pages.some(({ data }) => data !== null && data.conversation === null)) return "conversation";
  if (error === null) return null;
  const nowhere = error.graphQLErrors.find(({ extensions }) => NOWHERE.has(String(extensions.code)));
  if (!nowhere) return "fault";
  return nowhere.path?.length === 1 ? "conversation" : "place";
}

/** Each message once: a page that is fetched anew may for a moment overlap its neighbour. */
function distinct(messages: Message[]): Message[] {
  const seen = new Set<string>();
  return messages.filter(({ id }) => !seen.has(id) && seen.add(id));
}
