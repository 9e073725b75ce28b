import { expect, test } from "vitest";

import { Resume } from "./resume";

test("begins at the given cursor and goes on after the last event", () => {
  const resume = new Resume("start");
  expect(resume.after).toBe("start");

  resume.accept("one");
  resume.accept("two");

  expect(resume.after).toBe("two");
});

test("takes each event once, and a repeated one does not turn back the cursor", () => {
  const resume = new Resume("start");

  expect(["one", "two", "one"].map((cursor) => resume.accept(cursor))).toEqual([true, true, false]);
  expect(resume.after).toBe("two");
});

test("remembers a bounded number of events", () => {
  const resume = new Resume("start");
  for (let count = 0; count < 1_001; count++) resume.accept(`event ${count}`);

  expect(resume.accept("event 1000")).toBe(false);
  expect(resume.accept("event 0")).toBe(true);
});
