// Follows a subscription by the TypeScript wrapper. It prints a line of JSON for each event, for its
// end, and for what it asks of the test (a token, a refetch), which answers with a line.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const [wrapper, url, document, variables] = process.argv.slice(2);
const { connect, resume } = await import(wrapper);
const webSocketImpl = createRequire(wrapper)('ws');

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const tell = (line) => console.log(JSON.stringify(line));
const ask = async (what) => {
  tell({ asks: what });
  return (await answers.next()).value;
};

const client = connect({ url, token: () => ask('token'), webSocketImpl });
try {
  const events = resume(client, document, JSON.parse(variables), (data) => Object.values(data)[0], {
    longest: 1_000,
    refetch: async () => (await ask('cursor')) || undefined,
  });
  for await (const event of events) tell({ event });
} catch (trouble) {
  tell({ ends: Array.isArray(trouble) ? trouble.map(({ extensions }) => extensions.code) : trouble.name ?? trouble.reason });
} finally {
  await client.dispose();
  process.exit();
}
