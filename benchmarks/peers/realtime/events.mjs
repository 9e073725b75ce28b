// What all servers here tell: the shape of Parley's conversationEvents with a message added.
export const SDL = `
  type Sender { id: ID! name: String! }
  type Message { id: ID! seq: Int! kind: String! body: String! sentAt: String! sender: Sender }
  type MessageAddedEvent { cursor: String! at: String message: Message! }
  type Query { ready: Boolean! }
  type Subscription { conversationEvents(conversationId: ID!): MessageAddedEvent! }
`

const SENDER = { id: 'cGFydGljaXBhbnQ6MDAwMDAwMDAtMDAwMC0wMDAw', name: 'Ana' }

export function event(seq) {
  const moment = new Date().toISOString()
  return {
    cursor: `ZQAAAAAAAAAAAAAAAAAAAAAAAAAA${seq}`,
    at: moment,
    message: {
      id: `bWVzc2FnZTowMDAwMDAwMC0wMDAwLTAwMDA${seq}`,
      seq,
      kind: 'TEXT',
      body: 'x'.repeat(100),
      sentAt: moment,
      senderId: SENDER.id,
    },
  }
}

// A nested field with a resolver of its own, that awaits as a loader would.
export async function sender() {
  return SENDER
}
