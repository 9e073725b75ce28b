// Sending: the cache shows the message before the server has answered.
import type { Client } from '@urql/core';
import type { OptimisticMutationResolver } from '@urql/exchange-graphcache';
import { SendMessageDocument, type SendMessageMutationVariables } from './generated/graphql.js';

/** Throws what the server says against it, and then the cache is as before. */
export async function send(client: Client, conversationId: string, body: string): Promise<void> {
  // Sending it once more with this id, after a lost network, does not send it twice.
  const clientMessageId = crypto.randomUUID();
  const input = { conversationId, body, clientMessageId };
  const { data, error } = await client.mutation(SendMessageDocument, { input }).toPromise();
  const problem = error ?? data?.sendMessage.userErrors[0];
  if (problem) throw new Error(problem.message);
}

/** What the server will answer, but for the message's id and time. */
export const sendMessage: OptimisticMutationResolver<SendMessageMutationVariables> = ({ input }) => {
  const { conversationId, body, clientMessageId } = input;
  const message = { __typename: 'Message', id: clientMessageId, body };
  const conversation = { __typename: 'Conversation', id: conversationId, lastMessage: message };
  return {
    __typename: 'SendMessagePayload',
    message: { ...message, sentAt: new Date().toISOString(), conversation },
    userErrors: [],
  };
};
