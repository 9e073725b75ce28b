import type { Cache, DataFields, OptimisticMutationConfig } from "@urql/exchange-graphcache";

import type { MessageFieldsFragment } from "../generated/graphql";

type Input<T> = { input: T };

/** Who makes the changes. */
export interface Author {
  id: string;
  name: string;
}

interface ReactionInput {
  messageId: string;
  emoji: string;
}

/**
 * What a change will look like, shown until the server has answered. Nothing is claimed that was
 * not known: the rest of the message comes out of the cache.
 */
export const optimisticFor = (author: Author): OptimisticMutationConfig => ({
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
  addReaction: (args, store) => {
    const { messageId, emoji } = (args as Input<ReactionInput>).input;
    const added = { __typename: "Reaction", emoji, participant: participantOf(author) };
    const reactions = [...reactionsOf(store, messageId).map(asData), added];
    return changed("AddReactionPayload", messageId, { reactions });
  },
  removeReaction: (args, store) => {
    const { messageId, emoji } = (args as Input<ReactionInput>).input;
    const reactions = reactionsOf(store, messageId)
      .filter((each) => each.emoji !== emoji || each.userId !== author.id)
      .map(asData);
    return changed("RemoveReactionPayload", messageId, { reactions });
  },
  markRead: (args) => {
    const { conversationId } = (args as Input<{ conversationId: string }>).input;
    return {
      __typename: "MarkReadPayload",
      conversation: { __typename: "Conversation", id: conversationId, unreadCount: 0 },
      userErrors: [],
    };
  },
});

interface KnownReaction {
  emoji: string;
  participantId: string | null;
  userId: string | null;
}

/** The reactions of a message as the cache has them. */
function reactionsOf(store: Cache, messageId: string): KnownReaction[] {
  const keys = store.resolve({ __typename: "Message", id: messageId }, "reactions");
  return ((keys ?? []) as string[]).map((key) => {
    const participant = store.resolve(key, "participant") as string | null;
    const user = participant && (store.resolve(participant, "user") as string | null);
    return {
      emoji: store.resolve(key, "emoji") as string,
      participantId: participant && (store.resolve(participant, "id") as string),
      userId: user && (store.resolve(user, "id") as string),
    };
  });
}

/** The rest of a participant comes out of the cache. */
function asData({ emoji, participantId }: KnownReaction) {
  const participant = participantId && { __typename: "Participant", id: participantId };
  return { __typename: "Reaction", emoji, participant };
}

/** The author, whether or not they take part already: the answer knows which participant it is. */
function participantOf({ id, name }: Author) {
  const user = { __typename: "User", id, name };
  return { __typename: "Participant", id: `of ${id}`, name, user };
}

function changed(
  typename: string,
  id: string,
  fields: Partial<Record<keyof MessageFieldsFragment, unknown>>,
): DataFields {
  const message = { __typename: "Message", id, ...fields };
  return { __typename: typename, message, userErrors: [] } as unknown as DataFields;
}
