import { createContext, use } from "react";
import type { Client } from "urql";

import { MarkDeliveredDocument, SendMessageDocument } from "../generated/graphql";
import { createGraphQLClient } from "../graphql/client";
import { createSocket, type Line } from "../graphql/socket";
import { backoff, pause } from "../live/backoff";
import { Delivered } from "../live/delivered";
import { followInbox, type InboxEvent } from "../live/inbox";
import { Receipts } from "../live/receipts";
import { Store } from "../live/stores";
import type { Session, Viewer } from "../session/session";
import { Outbox, type Attempt, type Unsent } from "./outbox";
import { Rooms } from "./presence";
import { browserShelf } from "./shelf";

/** What a signed-in person works with: the cache, the line, what waits to be sent. */
export class Workspace {
  readonly line = new Store<Line>("connecting");
  readonly receipts = new Receipts();
  readonly client: Client;
  readonly outbox: Outbox;
  readonly rooms: Rooms;
  readonly #session: Session;
  readonly #viewer: Viewer;
  readonly #listeners = new Set<(event: InboxEvent) => void>();

  constructor(session: Session, viewer: Viewer) {
    this.#session = session;
    this.#viewer = viewer;
    const { token, renew } = session;
    const { endpoint } = session.config;
    const onLine = (line: Line) => this.line.set(line);
    const socket = createSocket({ endpoint, token, renew, onLine });
    this.client = createGraphQLClient({ endpoint, token, renew, socket, author: viewer.user });
    const { client, line, hear } = this;
    this.rooms = new Rooms({ client, line, hear, viewerId: viewer.id });
    this.outbox = new Outbox({
      send: (unsent) => send(this.client, unsent),
      shelf: browserShelf(viewer.id),
      wait: (retries) => pause(backoff(retries)),
    });
  }

  /** Follows the inbox, and sends what an earlier page left, until the function it gives is called. */
  readonly open = (): (() => void) => {
    this.outbox.begin();
    const delivered = new Delivered((conversationId) => {
      const input = { conversationId };
      void this.client.mutation(MarkDeliveredDocument, { input }).toPromise();
    });
    return followInbox(this.client, {
      cursor: this.#viewer.inboxCursor,
      renew: this.#session.renew,
      onLost: this.#session.restart,
      onEvent: (event) => {
        delivered.hear(event, this.#viewer.id);
        this.receipts.hear(event, this.#viewer.id);
        for (const listener of this.#listeners) listener(event);
      },
    });
  };

  /** Calls with each event of the inbox, until the function it gives is called. */
  readonly hear = (listener: (event: InboxEvent) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}

async function send(client: Client, unsent: Unsent): Promise<Attempt> {
  const { conversationId, body, replyToId, clientMessageId } = unsent;
  const input = { conversationId, body, replyToId, clientMessageId };
  const { data, error } = await client.mutation(SendMessageDocument, { input }).toPromise();
  const problem = data?.sendMessage.userErrors[0]?.message;
  if (problem !== undefined) return { state: "refused", problem };
  if (data?.sendMessage.message) return { state: "sent" };
  if (!error || error.networkError) return { state: "again" };
  return { state: "refused", problem: error.graphQLErrors[0]?.message ?? error.message };
}

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext);
  if (workspace === null) throw new Error("useWorkspace needs a WorkspaceContext around it.");
  return workspace;
}
