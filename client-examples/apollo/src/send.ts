// Sending: the cache shows the message before the server has answered.
import type { ApolloClient } from '@apollo/client';
import { SendMessageDocument } from './generated/graphql.js';

/** Throws what the server says against it, and then the cache is as before. */
export async function send(client: ApolloClient, conversationId: string, body: string): Promise<void> {
  // Sending it once more with this id, after a lost network, does not send it twice.
  const clientMessageId = crypto.randomUUID();
  const { data } = await client.mutate({
    mutation: SendMessageDocument,
    variables: { input: { conversationId, body, clientMessageId } },
    optimisticResponse: expected(conversationId, body, clientMessageId),
  });
  const [problem] = data?.sendMessage.userErrors ?? [];
  if (problem) throw new Error(problem.message);
}

/** What the server will answer, but for the message's id and time. */
function expected(conversationId: string, body: string, id: string) {
  const message = { __typename: 'Message', id, body };
  const conversation = { __typename: 'Conversation', id: conversationId, lastMessage: message };
  return {
    sendMessage: {
      __typename: 'SendMessagePayload',
      message: { ...message, sentAt: new Date().toISOString(), conversation },
      userErrors: [],
    },
  };
}
