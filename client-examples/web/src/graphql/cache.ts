import {
  cacheExchange,
  type Cache,
  type DataFields,
  type FieldInfo,
  type UpdateResolver,
} from "@urql/exchange-graphcache";

import possibleTypes from "../generated/possibleTypes.json";
import { appendMessage, forgetMessages, mindPages } from "./messagePages";
import { optimisticFor, type Author } from "./optimistic";

/** What has no id of its own, and lives in what it belongs to. */
const EMBEDDED = [
  "AuthorCount",
  "Bookmark",
  "ConversationFacet",
  "ConversationStatistics",
  "DateEvidence",
  "DayCount",
  "DeliveryCount",
  "HourCount",
  "InboxEvent",
  "KindCount",
  "KindFacet",
  "MonthFacet",
  "Occurrence",
  "ParticipantStatistics",
  "Place",
  "Poll",
  "PollOption",
  "PresenceEvent",
  "Preview",
  "PreviewMessage",
  "Reaction",
  "Receipt",
  "Remark",
  "ScheduleEvent",
  "SearchCorrection",
  "SearchFacets",
  "SenderFacet",
  "TemplatePreview",
  "TemplateVariable",
  "TextCount",
  "TextRange",
];

type Entity = { __typename: string; id: string };

/** The normalised cache, kept right by the inbox's events and by the viewer's own changes. */
export const cache = (author: Author) =>
  cacheExchange({
    possibleTypes,
    keys: Object.fromEntries(EMBEDDED.map((name) => [name, () => null])),
    optimistic: optimisticFor(author),
    updates: {
      Conversation: { messages: mindPages },
      Subscription: { inboxEvents: onInboxEvent },
      Mutation: {
        createContact: forgetting("contacts"),
        archiveContact: forgetting("contacts"),
        archiveTemplate: forgetting("templates"),
        createRecipientGroup: forgetting("recipientGroups"),
        createTemplate: forgetting("templates"),
        createLabel: forgetting("labels"),
        createDevice: forgetting("devices"),
        deleteRecipientGroup: (result, _args, store) =>
          forgetThing(store, "RecipientGroup", payloadOf(result, "deleteRecipientGroup", "groupId")),
        deleteLabel: (result, _args, store) =>
          forgetThing(store, "Label", payloadOf(result, "deleteLabel", "labelId")),
        addRecipients: (result, _args, store) =>
          forgetMembers(store, payloadOf(result, "addRecipients", "recipientGroup")),
        removeRecipients: (result, _args, store) =>
          forgetMembers(store, payloadOf(result, "removeRecipients", "recipientGroup")),
        sendMessage: (result, _args, store) => {
          const message = payloadOf(result, "sendMessage", "message");
          const conversation = message && (message.conversation as DataFields);
          if (message && conversation) appendMessage(store, String(conversation.id), message);
        },
        createConversation: (result, _args, store) => {
          prepend(store, "conversations", payloadOf(result, "createConversation", "conversation"));
        },
        createSchedule: (result, _args, store) => {
          prepend(store, "schedules", payloadOf(result, "createSchedule", "schedule"));
        },
      },
    },
  });

const onInboxEvent: UpdateResolver = (result, _args, store) => {
  const event = result.inboxEvents as DataFields;
  prepend(store, "conversations", event.conversation as DataFields | null);
  const scheduleEvent = event.scheduleEvent as DataFields | null;
  if (scheduleEvent) {
    prepend(store, "schedules", scheduleEvent.schedule as DataFields);
    forgetDeliveries(store, scheduleEvent.schedule as DataFields);
  }

  const change = event.conversationEvent as DataFields | null;
  const conversationId = event.conversationId as string | null;
  if (change === null || conversationId === null) return;
  switch (change.__typename) {
    case "MessageAddedEvent":
      appendMessage(store, conversationId, change.message as DataFields);
      break;
    case "MessagesImportedEvent":
    case "MessagesRemovedEvent":
      forgetMessages(store, conversationId);
      break;
    case "ParticipantJoinedEvent":
    case "ParticipantLeftEvent":
    case "ParticipantChangedEvent":
      store.invalidate({ __typename: "Conversation", id: conversationId }, "participants", {
        first: 100,
      });
      break;
  }
};

/** The deliveries of a schedule are fetched anew, if they are shown. */
function forgetDeliveries(store: Cache, schedule: DataFields): void {
  forgetField(store, store.keyOfEntity(schedule as Entity), "deliveries");
}

/** As with deliveries, who is in a group. */
function forgetMembers(store: Cache, group: DataFields | null): void {
  if (group) forgetField(store, store.keyOfEntity(group as Entity), "members");
}

/** A list of the root is fetched anew after what made one of it. */
function forgetting(list: string): UpdateResolver {
  return (_result, _args, store) => forgetField(store, "Query", list);
}

/** What is gone leaves every list. */
function forgetThing(store: Cache, typename: string, id: unknown): void {
  if (typeof id === "string") store.invalidate({ __typename: typename, id });
}

/** Forgets a field with whatever arguments. */
function forgetField(store: Cache, key: string | null, name: string): void {
  for (const field of key ? store.inspectFields(key) : []) {
    if (field.fieldName !== name) continue;
    store.invalidate(key ?? undefined, field.fieldName, field.arguments ?? undefined);
  }
}

function payloadOf(result: DataFields, mutation: string, name: string): DataFields | null {
  const payload = result[mutation] as DataFields | null | undefined;
  return (payload?.[name] ?? null) as DataFields | null;
}

/** Puts something new at the head of the first pages of a list of the root; the views sort. */
function prepend(store: Cache, list: string, thing: DataFields | null): void {
  const key = thing && store.keyOfEntity(thing as Entity);
  if (!key) return;
  for (const field of store.inspectFields("Query")) {
    if (field.fieldName !== list || !isFirstOfAll(field)) continue;
    const connection = store.resolve("Query", field.fieldKey) as string | null;
    const nodes = connection ? (store.resolve(connection, "nodes") as string[] | null) : null;
    if (!connection || !nodes || isKnown(store, list, key)) continue;
    store.link(connection, "nodes", [key, ...nodes]);
  }
}

/** Whether it is the first page of what is neither filtered nor archived. */
function isFirstOfAll({ arguments: given }: FieldInfo): boolean {
  const { archived = "EXCLUDE", ...others } = (given?.filter ?? {}) as Record<string, unknown>;
  return !given?.after && archived === "EXCLUDE" && Object.keys(others).length === 0;
}

/** Whether any page of the list holds it. */
function isKnown(store: Cache, list: string, key: string): boolean {
  return store
    .inspectFields("Query")
    .filter((field) => field.fieldName === list)
    .some((field) => {
      const connection = store.resolve("Query", field.fieldKey) as string | null;
      const nodes = connection ? (store.resolve(connection, "nodes") as string[] | null) : null;
      return nodes?.includes(key) ?? false;
    });
}
