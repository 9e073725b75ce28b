// Enqueues no-op jobs in bulk and drains them: `node drain.mjs SYSTEM JOBS`, one JSON line out.
// Where PostgreSQL is, the PG… variables say; where Redis is, REDIS_SOCKET.
import { Queue, Worker } from "bullmq";
import { makeWorkerUtils, run } from "graphile-worker";
import pg from "pg";
import { PgBoss } from "pg-boss";

const PIECE = 1_000;

/** Counts handled jobs; `all` is fulfilled when there were so many. */
function counter(jobs) {
  let handled = 0;
  let finish;
  const all = new Promise((resolve) => (finish = resolve));
  const add = (count) => (handled += count) >= jobs && finish();
  return { all, add };
}

async function inPieces(jobs, enqueue) {
  for (let first = 0; first < jobs; first += PIECE) {
    await enqueue(Array.from({ length: Math.min(PIECE, jobs - first) }, (_, n) => first + n));
  }
}

// Batched completion and a local queue: the settings with which it is fastest.
async function graphileWorker(jobs) {
  const pgPool = new pg.Pool({ max: 30 });
  pgPool.on("error", (error) => console.error(error));
  const utils = await makeWorkerUtils({ pgPool });
  await utils.migrate();
  const done = counter(jobs);
  return {
    enqueue: () =>
      inPieces(jobs, (piece) =>
        utils.addJobs(piece.map((n) => ({ identifier: "noop", payload: { n } }))),
      ),
    start: () =>
      run({
        pgPool,
        noHandleSignals: true,
        taskList: { noop: () => done.add(1) },
        preset: {
          worker: {
            concurrentJobs: 24,
            localQueue: { size: 500 },
            completeJobBatchDelay: 0,
            failJobBatchDelay: 0,
          },
        },
      }),
    drained: async () => {
      await done.all;
      // Handled is not yet completed: the jobs are rows until they are deleted.
      for (;;) {
        const left = await pgPool.query("SELECT FROM graphile_worker.jobs LIMIT 1");
        if (left.rowCount === 0) return;
      }
    },
  };
}

async function pgBoss(jobs) {
  const boss = new PgBoss({ host: process.env.PGHOST, port: Number(process.env.PGPORT),
    user: process.env.PGUSER, database: process.env.PGDATABASE });
  boss.on("error", (error) => console.error(error));
  await boss.start();
  await boss.createQueue("noop");
  const done = counter(jobs);
  const work = () =>
    boss.work("noop", { batchSize: 1_000, pollingIntervalSeconds: 0.5 }, (batch) => {
      done.add(batch.length);
    });
  return {
    enqueue: () => inPieces(jobs, (piece) => boss.insert("noop", piece.map((n) => ({ data: { n } })))),
    start: async () => {
      await work();
      await work();
    },
    drained: () => done.all,
  };
}

async function bullmq(jobs) {
  const connection = { path: process.env.REDIS_SOCKET, maxRetriesPerRequest: null };
  const queue = new Queue("noop", { connection, defaultJobOptions: { removeOnComplete: true } });
  const done = counter(jobs);
  return {
    enqueue: () =>
      inPieces(jobs, (piece) => queue.addBulk(piece.map((n) => ({ name: "noop", data: { n } })))),
    start: async () => {
      const worker = new Worker("noop", async () => {}, { connection, concurrency: 200 });
      worker.on("completed", () => done.add(1));
    },
    drained: () => done.all,
  };
}

const SYSTEMS = { "graphile-worker": graphileWorker, "pg-boss": pgBoss, BullMQ: bullmq };
const [name, count] = process.argv.slice(2);
const jobs = Number(count);
const system = await SYSTEMS[name](jobs);
let began = performance.now();
await system.enqueue();
const enqueued = (performance.now() - began) / 1_000;
began = performance.now();
await system.start();
await system.drained();
const drained = (performance.now() - began) / 1_000;
console.log(JSON.stringify({ enqueue: jobs / enqueued, drain: jobs / drained }));
process.exit(0);
