import { useEffect, useMemo } from "react";
import { useClient } from "urql";

import {
  ConversationsDocument,
  type ConversationFieldsFragment,
  type ConversationsQuery,
  type ConversationsQueryVariables,
} from "../generated/graphql";
import { Pages } from "../graphql/pages";
import { useStore } from "../live/stores";

export type Conversation = ConversationFieldsFragment;

const SIZE = 50;
const MOST_PAGES = 200;
/** The page that is shown first. */
export const FIRST_CONVERSATIONS = { first: SIZE, archived: "EXCLUDE" } as const;

export interface Conversations {
  /** Those pinned, then the most recently active, also after something happened in one. */
  conversations: Conversation[];
  isLoading: boolean;
  failed: boolean;
  loadMore(): void;
}

/** Those that the viewer archived, or the others. */
export function useConversations(isArchive: boolean): Conversations {
  const client = useClient();
  const pages = useMemo(() => {
    type Of = Pages<ConversationsQuery, ConversationsQueryVariables>;
    const made: Of = new Pages(client, ConversationsDocument, { most: MOST_PAGES });
    return made;
  }, [client]);
  const snapshot = useStore(pages);
  const archived = isArchive ? "ONLY" : "EXCLUDE";
  useEffect(() => {
    pages.start({ first: SIZE, archived });
    return () => pages.stop();
  }, [pages, archived]);

  const conversations = useMemo(
    () =>
      inOrder(
        snapshot.pages
          .flatMap(({ data }) => (data ? data.conversations.nodes : []))
          .filter(({ archivedAt }) => (archivedAt !== null) === isArchive),
      ),
    [snapshot.pages, isArchive],
  );
  const loadMore = () => {
    const info = pages.get().pages.at(-1)?.data?.conversations.pageInfo;
    if (info?.hasNextPage && info.endCursor) {
      pages.extend({ first: SIZE, archived, after: info.endCursor }, "end");
    }
  };
  const isLoading = snapshot.loading !== null;
  return { conversations, isLoading, failed: snapshot.error !== null, loadMore };
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
