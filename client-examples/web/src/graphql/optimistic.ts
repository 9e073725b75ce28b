import type { DataFields, OptimisticMutationConfig } from "@urql/exchange-graphcache";

import type { MessageFieldsFragment } from "../generated/graphql";

type Input<T> = { input: T };

/**
 * What a change will look like, shown until the server has answered. Nothing is claimed that was
 * not known: the rest of the message comes out of the cache.
 */
export const optimistic: OptimisticMutationConfig = {
  editMessage: (args) => {
    const { messageId, body } = (args as Input<{ messageId: string; body: string }>).input;
    return changed("EditMessagePayload", messageId, { body, editedAt: new Date().toISOString() });
  },
  deleteMessage: (args) => {
    const { messageId } = (args as Input<{ messageId: string }>).input;
    return changed("DeleteMessagePayload", messageId, {
      body: "",
      deletedAt: new Date().toISOString(),
    });
  },
  addBookmark: (args) => {
    const { messageId } = (args as Input<{ messageId: string }>).input;
    return changed("AddBookmarkPayload", messageId, { bookmarked: true });
  },
  removeBookmark: (args) => {
    const { messageId } = (args as Input<{ messageId: string }>).input;
    return changed("RemoveBookmarkPayload", messageId, { bookmarked: false });
  },
  markRead: (args) => {
    const { conversationId } = (args as Input<{ conversationId: string }>).input;
    return {
      __typename: "MarkReadPayload",
      conversation: { __typename: "Conversation", id: conversationId, unreadCount: 0 },
      userErrors: [],
    };
  },
};

function changed(
  typename: string,
  id: string,
  fields: Partial<MessageFieldsFragment>,
): DataFields {
  const message = { __typename: "Message", id, ...fields };
  return { __typename: typename, message, userErrors: [] } as unknown as DataFields;
}
