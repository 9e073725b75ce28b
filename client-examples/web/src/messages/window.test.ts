import { CombinedError } from "urql";
import { expect, test } from "vitest";

import type { MessagesQuery } from "../generated/graphql";
import type { MessageSpan } from "../graphql/messagePages";
import type { Snapshot } from "../graphql/pages";
import { shortened } from "./Body";
import { windowOf } from "./window";

function snapshot(...pages: (string[] | null)[]): Snapshot<MessagesQuery, MessageSpan> {
  return {
    loading: null,
    error: null,
    pages: pages.map((ids, index) => ({
      span: { conversationId: "c" },
      data: ids && {
        conversation: {
          id: "c",
          messages: {
            nodes: ids.map((id) => ({ id })),
            pageInfo: {
              hasPreviousPage: index === 0,
              hasNextPage: index === pages.length - 1,
              startCursor: ids[0] ?? null,
              endCursor: ids.at(-1) ?? null,
            },
          },
        },
      },
    })) as Snapshot<MessagesQuery, MessageSpan>["pages"],
  };
}

test("pages follow each other, and a message that is on two of them is there once", () => {
  const { messages } = windowOf(snapshot(["1", "2"], ["2", "3"]), 1);

  expect(messages.map(({ id }) => id)).toEqual(["1", "2", "3"]);
});

test("whether there is more is asked of the pages at the ends; one on its way says nothing", () => {
  const shown = windowOf(snapshot(["1"], ["2"], null), 1);

  expect(shown.hasOlder).toBe(true);
  expect(shown.hasNewer).toBe(false);
});

test("a conversation that is not there is told from one that is empty", () => {
  const absent = snapshot(["1"]);
  absent.pages[0]!.data!.conversation = null;

  expect(windowOf(absent, 1).trouble).toBe("conversation");
  expect(windowOf(snapshot([]), 1).trouble).toBe(null);
});

test("a wrong address is told from a fault, and a wrong conversation from a wrong place in it", () => {
  const trouble = (code: string, ...path: string[]) => {
    const error = new CombinedError({ graphQLErrors: [{ message: "", path, extensions: { code } }] });
    return windowOf({ ...snapshot(), error }, 1).trouble;
  };

  expect(trouble("BAD_ID", "conversation")).toBe("conversation");
  expect(trouble("NOT_FOUND", "conversation", "messages")).toBe("place");
  expect(trouble("VARIABLES_INVALID")).toBe("place");
  expect(trouble("TIMED_OUT", "conversation", "messages")).toBe("fault");
});

test("a long message is cut at a line, and never within a character", () => {
  const lines = Array.from({ length: 100 }, (_, index) => `line ${index}`).join("\n");
  expect(shortened(lines).split("\n").at(-1)).toBe("line 11");
  expect(shortened("short")).toBe("short");
  expect(shortened("😀".repeat(2_000)).isWellFormed()).toBe(true);
});
