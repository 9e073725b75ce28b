// Subscribers on npm's graphql-ws. Reads its task as one line of JSON, writes a line for each event.
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const lines = createInterface({ input: process.stdin });
const [text] = await once(lines, 'line');
const task = JSON.parse(text);

const report = (line) => process.stdout.write(JSON.stringify(line) + '\n');
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const anyAddress = () => task.addresses[Math.floor(Math.random() * task.addresses.length)];

async function follow(reader, { conversation, after }) {
  let cursor = after;
  const client = createClient({
    url: () => `ws://${anyAddress()}/graphql`,
    webSocketImpl: WebSocket,
    lazy: true,
    keepAlive: 5_000,
    connectionParams: { authorization: `Bearer ${task.token}` },
    on: { connected: () => report({ reader }) },
    // A subscription that is tried again by the client would begin after its first cursor.
    retryAttempts: 0,
    shouldRetry: () => false,
  });
  for (;;) {
    try {
      const events = client.iterate({
        query: task.query,
        variables: { conversation, after: cursor },
      });
      for await (const { data } of events) {
        if (!data) break;
        const event = data[task.field];
        cursor = event.cursor;
        report({ reader, event });
      }
    } catch {
      // What ended it does not matter: the cursor goes on.
    }
    await wait(125 + Math.random() * 250);
  }
}

task.readers.forEach((each, number) => follow(number, each));
