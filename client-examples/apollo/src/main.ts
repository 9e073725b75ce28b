// Reads all conversations page by page, then prints what comes: node dist/main.js URL TOKEN
import WebSocket from 'ws';
import { connect } from './client.js';
import { ConversationsDocument, MessageAddedDocument } from './generated/graphql.js';

const [url = '', token = ''] = process.argv.slice(2);
const { client, socket } = connect(url, () => token, WebSocket);

// Each result also changes the conversation in the cache: its last message and its unread count.
client.subscribe({ query: MessageAddedDocument }).subscribe({
  next: ({ data }) => data && console.log(`added: ${data.messageAdded.body}`),
  error: (trouble) => console.error(String(trouble)),
});
socket.on('connected', () => console.log('connected'));

/** What the cache holds of the list: all pages that were fetched, joined. */
const cached = () => {
  const data = client.readQuery({ query: ConversationsDocument, variables: { first: 2 } });
  return data?.conversations.edges.map((edge) => edge.node.title).join(', ');
};

let after: string | null | undefined;
for (;;) {
  const { data } = await client.query({
    query: ConversationsDocument,
    variables: { first: 2, after },
    // The cache would answer with the pages it has: to it they are one list.
    fetchPolicy: 'network-only',
  });
  if (!data?.conversations.pageInfo.hasNextPage) break;
  console.log(`page: ${cached()}`);
  after = data.conversations.pageInfo.endCursor;
}
console.log(`all: ${cached()}`);
