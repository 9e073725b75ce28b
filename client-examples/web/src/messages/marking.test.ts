import { expect, test } from "vitest";

import { Marking } from "./marking";

/** A server that answers when it is told to. */
class Server {
  readonly asked: ((isDone: boolean) => void)[] = [];
  readonly waited: number[] = [];
  readonly marking = new Marking({
    mark: () => new Promise((resolve) => this.asked.push(resolve)),
    wait: (retries) => {
      this.waited.push(retries);
      return Promise.resolve();
    },
  });

  /** Answers the newest request, and lets what follows from that happen. */
  async answer(isDone: boolean): Promise<void> {
    this.asked.at(-1)?.(isDone);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

test("what is read while a request is on its way is marked by one more", async () => {
  const server = new Server();
  server.marking.ask();
  server.marking.ask();
  server.marking.ask();
  expect(server.asked).toHaveLength(1);

  await server.answer(true);
  expect(server.asked).toHaveLength(2);
  await server.answer(true);
  expect(server.asked).toHaveLength(2);
  expect(server.waited).toEqual([]);
});

test("a request that failed is made again after a while, however often it is asked for", async () => {
  const server = new Server();
  server.marking.ask();
  await server.answer(false);
  server.marking.ask();
  await server.answer(false);
  expect(server.asked).toHaveLength(3);
  expect(server.waited).toEqual([0, 1]);

  await server.answer(true);
  expect(server.asked).toHaveLength(3);
});

test("who has left asks no more, until they are back", async () => {
  const server = new Server();
  server.marking.ask();
  server.marking.stop();
  await server.answer(false);
  expect(server.asked).toHaveLength(1);

  server.marking.ask();
  expect(server.asked).toHaveLength(2);
});
