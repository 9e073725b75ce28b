import { useEffect, useMemo, useState } from "react";
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

export interface Conversations {
  /** The most recently active first, also after something happened in one. */
  conversations: Conversation[];
  isLoading: boolean;
  failed: boolean;
  loadMore(): void;
}

export function useConversations(): Conversations {
  const client = useClient();
  const [pages] = useState(
    () =>
      new Pages<ConversationsQuery, ConversationsQueryVariables>(client, ConversationsDocument, {
        most: MOST_PAGES,
      }),
  );
  const snapshot = useStore(pages);
  useEffect(() => {
    pages.start({ first: SIZE });
    return () => pages.stop();
  }, [pages]);

  const conversations = useMemo(
    () =>
      byActivity(snapshot.pages.flatMap(({ data }) => (data ? data.conversations.nodes : []))),
    [snapshot.pages],
  );
  const loadMore = () => {
    const info = pages.get().pages.at(-1)?.data?.conversations.pageInfo;
    if (info?.hasNextPage && info.endCursor) {
      pages.extend({ first: SIZE, after: info.endCursor }, "end");
    }
  };
  const isLoading = snapshot.loading !== null;
  return { conversations, isLoading, failed: snapshot.error !== null, loadMore };
}

/** Sorted, and each once: one that became active may be on its old page as well. */
export function byActivity(conversations: readonly Conversation[]): Conversation[] {
  const distinct = new Map(conversations.map((each) => [each.id, each]));
  return [...distinct.values()].sort((one, other) =>
    one.lastActivityAt < other.lastActivityAt ? 1 : -1,
  );
}
