// Mercurius with its JIT: `node mercurius.mjs PORT`
import Fastify from 'fastify'
import mercurius from 'mercurius'
import { SDL, event, sender } from './events.mjs'

const TOPIC = 'CONVERSATION'
const app = Fastify()

await app.register(mercurius, {
  schema: SDL,
  jit: 1,
  subscription: { fullWsTransport: true },
  resolvers: {
    Query: { ready: () => true },
    Message: { sender },
    Subscription: {
      conversationEvents: { subscribe: (_root, _args, { pubsub }) => pubsub.subscribe(TOPIC) },
    },
  },
})

app.get('/publish', async (request) => {
  for (let seq = 1; seq <= Number(request.query.count); seq++) {
    app.graphql.pubsub.publish({ topic: TOPIC, payload: { conversationEvents: event(seq) } })
  }
  return 'ok'
})

await app.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 2048 })
