// npm graphql-ws on graphql-js: `node graphql-ws.mjs PORT`
import { createServer } from 'node:http'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/use/ws'
import { WebSocketServer } from 'ws'
import { SDL, event, sender } from './events.mjs'

const listeners = new Set()

function publish(count) {
  for (let seq = 1; seq <= count; seq++) {
    const told = { conversationEvents: event(seq) }
    for (const listener of listeners) listener(told)
  }
}

// An async iterator over what is published, with a queue for each subscriber.
function listen() {
  const queue = []
  let wake = null
  const listener = (told) => {
    queue.push(told)
    wake?.()
  }
  listeners.add(listener)
  return {
    async next() {
      while (queue.length === 0) await new Promise((resolve) => (wake = resolve))
      return { value: queue.shift(), done: false }
    },
    async return() {
      listeners.delete(listener)
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}

const schema = buildSchema(SDL)
schema.getSubscriptionType().getFields().conversationEvents.subscribe = listen
schema.getType('Message').getFields().sender.resolve = sender

const server = createServer((request, response) => {
  const url = new URL(request.url, 'http://localhost')
  if (url.pathname === '/publish') publish(Number(url.searchParams.get('count')))
  response.end('ok')
})
// No pings: the clients of this measurement do not answer them.
useServer({ schema }, new WebSocketServer({ server, path: '/graphql', perMessageDeflate: false }), 0)
server.listen({ port: Number(process.argv[2]), host: '127.0.0.1', backlog: 2048 })
