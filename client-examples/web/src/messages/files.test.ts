import { afterEach, expect, test, vi } from "vitest";

import { fetchFile } from "./files";

afterEach(() => vi.unstubAllGlobals());

/** Answers those who come with a token of `good`, and refuses all others. */
function serverThatTakes(good: string) {
  const answer = vi.fn(async (_path: string, { headers }: { headers: { authorization: string } }) => {
    const isGood = headers.authorization === `Bearer ${good}`;
    return new Response(isGood ? "a picture" : "", { status: isGood ? 200 : 401 });
  });
  vi.stubGlobal("fetch", answer);
  return answer;
}

test("a file is asked for again with a token that was renewed", async () => {
  const answer = serverThatTakes("new");
  let current = "old";
  const renew = async () => void (current = "new");

  const file = await fetchFile("/media/1", { token: () => current, renew });
  expect(await file.text()).toBe("a picture");
  expect(answer).toHaveBeenCalledTimes(2);
});

test("a token that was renewed meanwhile is not renewed once more", async () => {
  serverThatTakes("new");
  const tokens = ["old", "new", "new"];
  const renew = vi.fn();

  await fetchFile("/media/1", { token: () => tokens.shift() ?? null, renew });
  expect(renew).not.toHaveBeenCalled();
});

test("a file that is refused to a good token is not asked for again and again", async () => {
  const answer = serverThatTakes("nobody's");

  await expect(fetchFile("/media/1", { token: () => "ours", renew: async () => {} })).rejects.toThrow("401");
  expect(answer).toHaveBeenCalledTimes(2);
});
