import { useEffect, useMemo } from "react";
import { useClient, type Client } from "urql";

import {
  ConversationsDocument,
  type Archived,
  type ConversationFieldsFragment,
  type ConversationsQuery,
  type ConversationsQueryVariables,
} from "../generated/graphql";
import { Pages } from "../graphql/pages";
import { useStore } from "../live/stores";

export type Conversation = ConversationFieldsFragment;

const SIZE = 50;
const MOST_PAGES = 200;
export interface Conversations {
  /** Those pinned, then the most recently active, also after something happened in one. */
  conversations: Conversation[];
  isLoading: boolean;
  failed: boolean;
  hasMore: boolean;
  loadMore(): void;
}

/** Asks for the page that is shown first, while the view is still being made. */
export function prefetchConversations(client: Client): void {
  void client.query(ConversationsDocument, { first: SIZE, filter: { archived: "EXCLUDE" } }).toPromise();
}

/** Those with a text in their title (any, if it is empty): the viewer's archive, the others, or all. */
export function useConversations(archived: Archived, title: string): Conversations {
  const client = useClient();
  const pages = useMemo(() => {
    type Of = Pages<ConversationsQuery, ConversationsQueryVariables>;
    const made: Of = new Pages(client, ConversationsDocument, { most: MOST_PAGES });
    return made;
  }, [client]);
  const snapshot = useStore(pages);
  const filter = useMemo(
    () => (title === "" ? { archived } : { archived, titleContains: title }),
    [archived, title],
  );
  useEffect(() => {
    pages.start({ first: SIZE, filter });
    return () => pages.stop();
  }, [pages, filter]);

  const conversations = useMemo(
    () =>
      inOrder(
        snapshot.pages
          .flatMap(({ data }) => (data ? data.conversations.nodes : []))
          // One that was put away just now is still on its page.
          .filter(({ archivedAt }) => archived === "INCLUDE" || (archivedAt !== null) === (archived === "ONLY")),
      ),
    [snapshot.pages, archived],
  );
  const info = snapshot.pages.at(-1)?.data?.conversations.pageInfo;
  const loadMore = () => {
    if (info?.hasNextPage && info.endCursor) {
      pages.extend({ first: SIZE, filter, after: info.endCursor }, "end");
    }
  };
  const isLoading = snapshot.loading !== null;
  const hasMore = info?.hasNextPage ?? false;
  return { conversations, isLoading, failed: snapshot.error !== null, hasMore, loadMore };
}

/** Each once: one that became active may be on its old page as well. Pinned ones come first. */
export function inOrder(conversations: readonly Conversation[]): Conversation[] {
  const distinct = new Map(conversations.map((each) => [each.id, each]));
  return [...distinct.values()].sort(
    (one, other) =>
      compare(one.pinnedAt ?? "", other.pinnedAt ?? "") ||
      compare(one.lastActivityAt, other.lastActivityAt),
  );
}

/** The later first. */
function compare(one: string, other: string): number {
  return one === other ? 0 : one < other ? 1 : -1;
}
