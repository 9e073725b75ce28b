// Reads all conversations page by page and prints what comes; each line that is typed is sent to the
// first conversation: node dist/main.js URL TOKEN [NEXT TOKEN ...]
import { createInterface } from 'node:readline';
import { pipe, subscribe } from 'wonka';
import WebSocket from 'ws';
import { connect } from './client.js';
import { ConversationsDocument, MessageAddedDocument } from './generated/graphql.js';
import { send } from './send.js';
import { sessionOf } from './session.js';

const [url = '', ...tokens] = process.argv.slice(2);
const { client, socket } = connect(url, sessionOf(tokens), WebSocket);

// Each result also changes the conversation in the cache: its last message and its unread count.
pipe(
  client.subscription(MessageAddedDocument, {}),
  subscribe(({ data, error }) => {
    if (data) console.log(`added: ${data.messageAdded.body}`);
    if (error) console.error(String(error));
  }),
);
socket.on('connected', () => console.log('connected'));

let after: string | null | undefined;
for (;;) {
  const { data, error } = await client.query(ConversationsDocument, { first: 2, after });
  if (error || !data) throw error;
  // The cache gives all pages up to this one.
  const titles = data.conversations.edges.map((edge) => edge.node.title).join(', ');
  if (!data.conversations.pageInfo.hasNextPage) {
    console.log(`all: ${titles}`);
    break;
  }
  console.log(`page: ${titles}`);
  after = data.conversations.pageInfo.endCursor;
}

/** The first conversation, as the cache has it. */
const first = () => client.readQuery(ConversationsDocument, { first: 2 })?.data?.conversations.edges[0]?.node;

for await (const line of createInterface({ input: process.stdin })) {
  const conversation = first();
  if (!conversation) break;
  const sending = send(client, conversation.id, line);
  console.log(`shown: ${first()?.lastMessage?.body}`);
  await sending.then(() => console.log(`sent: ${line}`), (trouble) => console.error(String(trouble)));
}
