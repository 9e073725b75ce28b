// What the Node servers share: the world they are started in, ids, SQL, and who may ask.
import { readFileSync } from 'node:fs';
import pg from 'pg';

export const world = JSON.parse(process.env.PEER);

export const pool = new pg.Pool({
  host: world.socketDir,
  port: world.databasePort,
  database: 'parley',
  user: 'peer',
  max: world.pool,
  options: Object.entries(world.connection).map(([name, value]) => `-c ${name}=${value}`).join(' '),
});

export const typeDefs = readFileSync(new URL('./schema.graphql', import.meta.url), 'utf8');

// Tokens that were checked once, as a server keeps them: who it is, and until when.
const known = new Map([[world.token, { userId: world.userId, until: Date.now() + 86_400_000 }]]);

export function viewerOf(authorization) {
  const viewer = known.get((authorization ?? '').slice('Bearer '.length));
  if (viewer === undefined || viewer.until < Date.now()) throw new Error('UNAUTHENTICATED');
  return viewer;
}

export function encodeId(type, uuid) {
  return Buffer.from(type.charCodeAt(0).toString(16) + uuid.replaceAll('-', ''), 'hex').toString(
    'base64url',
  );
}

export function decodeId(type, id) {
  const bytes = Buffer.from(id, 'base64url');
  if (bytes.length !== 17 || bytes[0] !== type.charCodeAt(0)) throw new Error('BAD_ID');
  const hex = bytes.toString('hex', 1);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

async function rows(name, text, values) {
  return (await pool.query({ name, text, values })).rows;
}

const VISIBLE = `(c.visibility = 'TENANT' OR EXISTS (SELECT FROM participants v
  WHERE v.conversation_id = c.id AND v.user_id = $1 AND v.left_at IS NULL))`;

export async function findConversation(viewer, id) {
  const found = await rows(
    'conversation',
    `SELECT c.id, c.title, c.last_message_id FROM conversations c WHERE ${VISIBLE} AND c.id = $2`,
    [viewer.userId, decodeId('c', id)],
  );
  if (found.length === 0) throw new Error('NOT_FOUND');
  return found[0];
}

export async function listConversations(viewer, first) {
  const found = await rows(
    'conversations',
    `SELECT c.id, c.title, c.last_message_id FROM conversations c WHERE ${VISIBLE}
     ORDER BY c.last_activity_at DESC, c.id DESC LIMIT $2`,
    [viewer.userId, first + 1],
  );
  return page(found, first);
}

const MESSAGE = 'm.id, m.seq, m.kind, m.body, m.sent_at, m.sender_id';

export async function messagePages(ids, first, last) {
  const size = last ?? first;
  const order = last === undefined ? 'ASC' : 'DESC';
  const found = await rows(
    `messages ${order}`,
    `SELECT parent.id AS parent_id, page.* FROM unnest($1::uuid[]) AS parent (id), LATERAL (
       SELECT ${MESSAGE} FROM messages m WHERE m.conversation_id = parent.id
       ORDER BY m.sent_at ${order}, m.id ${order} LIMIT $2) page`,
    [ids, size + 1],
  );
  const groups = grouped(found, 'parent_id');
  return ids.map((id) => {
    const own = groups.get(id) ?? [];
    return last === undefined ? page(own, size) : lastPage(own, size);
  });
}

export async function searchMessages(viewer, query, first) {
  const found = await rows(
    'search',
    `SELECT ${MESSAGE} FROM search_messages($1, $2, $3) m`,
    [query, viewer.userId, first + 1],
  );
  return page(found, first);
}

export async function participantsById(ids) {
  const found = await rows(
    'participants by id',
    'SELECT p.id, p.name FROM participants p WHERE p.id = ANY($1::uuid[])',
    [[...new Set(ids)]],
  );
  return ordered(found, ids);
}

// An id of a message holds its time, which names the partition to read.
const timeOf = (id) => new Date(parseInt(id.slice(0, 8) + id.slice(9, 13), 16));

export async function messagesById(ids) {
  const found = await rows(
    'messages by id',
    `SELECT ${MESSAGE} FROM messages m WHERE m.id = ANY($1::uuid[]) AND m.sent_at = ANY($2)`,
    [ids, ids.map(timeOf)],
  );
  return ordered(found, ids);
}

export async function participantPages(ids, first) {
  const found = await rows(
    'participants',
    `SELECT parent.id AS parent_id, page.* FROM unnest($1::uuid[]) AS parent (id), LATERAL (
       SELECT p.id, p.name FROM participants p WHERE p.conversation_id = parent.id
       ORDER BY p.created_at, p.id LIMIT $2) page`,
    [ids, first + 1],
  );
  const groups = grouped(found, 'parent_id');
  return ids.map((id) => page(groups.get(id) ?? [], first));
}

export async function sendMessage(viewer, input) {
  const [message] = await rows('send', 'SELECT * FROM send_message($1, $2, $3)', [
    decodeId('c', input.conversationId),
    viewer.userId,
    input.body,
  ]);
  return { message };
}

function page(found, size) {
  const more = found.length > size;
  if (more) found.length = size;
  return { nodes: found, pageInfo: { hasNextPage: more, hasPreviousPage: false } };
}

function lastPage(found, size) {
  const more = found.length > size;
  if (more) found.length = size;
  return { nodes: found.reverse(), pageInfo: { hasNextPage: false, hasPreviousPage: more } };
}

function grouped(found, column) {
  const groups = new Map();
  for (const row of found) {
    const group = groups.get(row[column]);
    if (group === undefined) groups.set(row[column], [row]);
    else group.push(row);
  }
  return groups;
}

function ordered(found, ids) {
  const byId = new Map(found.map((row) => [row.id, row]));
  return ids.map((id) => byId.get(id) ?? null);
}

export const rootResolvers = {
  Query: {
    viewer: (_, __, { viewer }) => ({ id: encodeId('u', viewer.userId) }),
    conversation: (_, { id }, { viewer }) => findConversation(viewer, id),
    conversations: (_, { first }, { viewer }) => listConversations(viewer, first),
    search: (_, { query, first }, { viewer }) => searchMessages(viewer, query, first),
  },
  Mutation: { sendMessage: (_, { input }, { viewer }) => sendMessage(viewer, input) },
};

export const leafResolvers = {
  Conversation: { id: (row) => encodeId('c', row.id) },
  Participant: { id: (row) => encodeId('p', row.id) },
  Message: {
    id: (row) => encodeId('m', row.id),
    sentAt: (row) => row.sent_at.toISOString(),
  },
};
