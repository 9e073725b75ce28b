// Reads all conversations page by page, then prints what comes: node dist/main.js URL TOKEN
import { pipe, subscribe } from 'wonka';
import WebSocket from 'ws';
import { connect } from './client.js';
import { ConversationsDocument, MessageAddedDocument } from './generated/graphql.js';

const [url = '', token = ''] = process.argv.slice(2);
const { client, socket } = connect(url, () => token, WebSocket);

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
