import { expect, test } from "vitest";

import { remembered, rememberedKeys } from "../browser/storage";
import { forgetDrafts, keepDraft } from "./drafts";

test("each has drafts of their own, and forgets only these", () => {
  keepDraft("ana", "trip", "Half a thou");
  keepDraft("ana", "schedule", "Good mor");
  keepDraft("anabel", "trip", "Mine");
  expect(rememberedKeys("parley.draft.")).toHaveLength(3);

  forgetDrafts("ana");
  const [left, ...others] = rememberedKeys("parley.draft.");
  expect(remembered(left ?? "")).toBe("Mine");
  expect(others).toEqual([]);
});
