// Reads all conversations page by page, then prints what comes: node dist/main.cjs URL TOKEN
// [NEXT TOKEN ...]
import {
  createOperationDescriptor,
  fetchQuery,
  getRequest,
  getSingularSelector,
  requestSubscription,
  type ReaderFragment,
  type SingularReaderSelector,
} from 'relay-runtime';
import WebSocket from 'ws';
import { connect } from './environment';
import added, { type documentsAddedSubscription } from './generated/documentsAddedSubscription.graphql';
import nextPage, { type documentsNextPageQuery } from './generated/documentsNextPageQuery.graphql';
import page, { type documentsPageQuery } from './generated/documentsPageQuery.graphql';
import fragment, { type documents_conversations$data } from './generated/documents_conversations.graphql';
import { sessionOf } from './session';

const [url = '', ...tokens] = process.argv.slice(2);
const { environment, socket } = connect(url, sessionOf(tokens), WebSocket);
const count = 2;

// Each result also changes the conversation in the store: its unread count.
requestSubscription<documentsAddedSubscription>(environment, {
  subscription: added,
  variables: {},
  onNext: (data) => data && console.log(`added: ${data.messageAdded.body}`),
  onError: (trouble) => console.error(String(trouble)),
});
socket.on('connected', () => console.log('connected'));

/** What the store holds of the connection: all pages that were fetched, joined. */
function read() {
  const operation = createOperationDescriptor(getRequest(page), { count });
  const root = environment.lookup(operation.fragment).data;
  const selector = getSingularSelector(fragment as ReaderFragment, root) as SingularReaderSelector;
  const { conversations } = environment.lookup(selector).data as unknown as documents_conversations$data;
  const titles = conversations.edges.map((edge) => edge.node.title).join(', ');
  // The compiler adds pageInfo to what has @connection; types leave it out.
  const { pageInfo } = conversations as unknown as { pageInfo: { hasNextPage: boolean; endCursor: string } };
  return { titles, pageInfo };
}

async function main() {
  const operation = createOperationDescriptor(getRequest(page), { count });
  environment.retain(operation);
  await fetchQuery<documentsPageQuery>(environment, page, { count }).toPromise();
  for (let seen = read(); ; seen = read()) {
    if (!seen.pageInfo.hasNextPage) {
      console.log(`all: ${seen.titles}`);
      return;
    }
    console.log(`page: ${seen.titles}`);
    const cursor = seen.pageInfo.endCursor;
    await fetchQuery<documentsNextPageQuery>(environment, nextPage, { count, cursor }).toPromise();
  }
}

main().catch((trouble) => {
  console.error(String(trouble));
  process.exitCode = 1;
});
