// Prints a conversation as it goes on: node dist/listen.js URL TOKEN CONVERSATION [CURSOR]
import WebSocket from 'ws';
import { ConversationEventsDocument } from './generated/graphql.js';
import { connect, resume } from './resume.js';

const [url = '', token = '', conversationId = '', after] = process.argv.slice(2);
const client = connect({ url, token: () => token, webSocketImpl: WebSocket });

try {
  const events = resume(
    client,
    ConversationEventsDocument,
    { conversationId, after },
    (result) => result.conversationEvents,
    { first: 100, longest: 5_000 },
  );
  for await (const event of events) {
    if (event.__typename === 'MessageAddedEvent') {
      console.log(`${event.message.sender?.name ?? '–'}: ${event.message.body}`);
    } else if (event.__typename === 'ResetEvent') {
      console.log('… some messages are too old to be told; refetch');
    }
  }
} catch (trouble) {
  console.error(JSON.stringify(trouble));
  process.exitCode = 1;
} finally {
  await client.dispose();
}
