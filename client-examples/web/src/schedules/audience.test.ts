import { expect, test } from "vitest";

import type { AudiencesQuery } from "../generated/graphql";
import { addressOf, audienceOf } from "./AudienceFields";

const nodes = (...ids: string[]) => ({ nodes: ids.map((id) => ({ id })) });

function choices(given: Partial<Record<keyof AudiencesQuery, unknown>>): AudiencesQuery {
  const none = { conversations: nodes(), recipientGroups: nodes(), contacts: nodes(), devices: nodes() };
  return { ...none, templates: nodes(), ...given } as AudiencesQuery;
}

test("the first of what there is is chosen, whatever it is", () => {
  const group = choices({ recipientGroups: nodes("g"), contacts: nodes("c"), devices: nodes("d") });

  expect(audienceOf(group, "", null)).toEqual({ kind: "group", id: "g", deviceId: "d" });
  expect(audienceOf(choices({}), "", null).id).toBe("");
});

test("people are written to through a device, a conversation is not", () => {
  const all = choices({ conversations: nodes("k"), contacts: nodes("c"), devices: nodes("d") });

  expect(addressOf(audienceOf(all, "", null))).toEqual({ conversationId: "k" });
  expect(addressOf(audienceOf(all, "c", null))).toEqual({ contactIds: ["c"], deviceId: "d" });
});
