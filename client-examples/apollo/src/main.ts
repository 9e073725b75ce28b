// Reads all conversations page by page and prints what comes; each line that is typed is sent to the
// first conversation: node dist/main.js URL TOKEN [NEXT TOKEN ...]
import { createInterface } from 'node:readline';
import WebSocket from 'ws';
import { connect } from './client.js';
import { ConversationsDocument, MessageAddedDocument } from './generated/graphql.js';
import { send } from './send.js';
import { sessionOf } from './session.js';

const [url = '', ...tokens] = process.argv.slice(2);
const { client, socket } = connect(url, sessionOf(tokens), WebSocket);
const conversations = { query: ConversationsDocument, variables: { first: 2 } };

// Each result also changes the conversation in the cache: its last message and its unread count.
client.subscribe({ query: MessageAddedDocument }).subscribe({
  next: ({ data }) => data && console.log(`added: ${data.messageAdded.body}`),
  error: (trouble) => console.error(String(trouble)),
});
socket.on('connected', () => console.log('connected'));

/** What the cache holds of the list: all pages that were fetched, joined. */
const cached = () => client.readQuery(conversations)?.conversations.edges.map((edge) => edge.node) ?? [];
const titles = () => cached().map(({ title }) => title).join(', ');

let after: string | null | undefined;
for (;;) {
  const { data } = await client.query({
    query: ConversationsDocument,
    variables: { first: 2, after },
    // The cache would answer with the pages it has: to it they are one list.
    fetchPolicy: 'network-only',
  });
  if (!data?.conversations.pageInfo.hasNextPage) break;
  console.log(`page: ${titles()}`);
  after = data.conversations.pageInfo.endCursor;
}
console.log(`all: ${titles()}`);

for await (const line of createInterface({ input: process.stdin })) {
  const [first] = cached();
  if (!first) break;
  const sending = send(client, first.id, line);
  console.log(`shown: ${client.readQuery(conversations, true)?.conversations.edges[0]?.node.lastMessage?.body}`);
  await sending.then(() => console.log(`sent: ${line}`), (trouble) => console.error(String(trouble)));
}
