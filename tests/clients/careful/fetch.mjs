// Node's fetch: AbortSignal.timeout for each request, one deadline for all.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

const base = `${process.env.GATEWAY_URL}/v1/generations`;
const headers = { Authorization: `Bearer ${process.env.GATEWAY_API_KEY}` };
const until = Date.now() + 1000 * Number(process.env.GATEWAY_DEADLINE_S);
const left = () => until - Date.now();
// Habits of many, by name.
const habit = process.argv[2] ?? "";
const most = (ms) => AbortSignal.timeout(habit === "timeout-10" ? Math.min(ms, 10_000) : ms);
class Stop extends Error {}
const rest = async (ms) => { await sleep(Math.max(0, Math.min(ms, left()))); if (left() <= 0) throw new Stop("deadline"); };
const refused = (error) => error?.cause?.code === "ECONNREFUSED";
const later = (answer) => 1000 * Number(answer.headers.get("retry-after") ?? 1);

async function create() {
  const body = JSON.stringify({
    model: process.env.GATEWAY_MODEL, input: { prompt: process.env.GATEWAY_PROMPT }, wait: "auto",
  });
  for (;;) {
    let answer;
    try {
      answer = await fetch(base, {
        method: "POST", body, headers: { ...headers, "Content-Type": "application/json" },
        signal: most(70_000),
      });
    } catch (error) {
      if (!refused(error)) throw new Stop(`creation unclear: ${error.cause?.code ?? error.name}`);
      await rest(500);
      continue;
    }
    if (answer.status === 429 || answer.status === 503) { await rest(later(answer)); continue; }
    if (!answer.ok) throw new Stop(`refused: ${answer.status}`);
    return answer.json();
  }
}

async function poll(id) {
  for (;;) {
    if (left() <= 0) throw new Stop(`deadline, id ${id}`);
    const wait = Math.max(1, Math.min(60, Math.floor(left() / 1000)));
    try {
      const answer = await fetch(`${base}/${id}?wait=${wait}`, {
        headers, signal: most(Math.max(1, Math.min(wait * 1000 + 8000, left() + 200))),
      });
      if (answer.status === 429) await rest(later(answer));
      else if (answer.status >= 500) await rest(700);
      else if (!answer.ok) throw new Stop(`poll refused: ${answer.status}`);
      else {
        const job = await answer.json();
        if (!["queued", "running"].includes(job.status)) return job;
      }
    } catch (error) {
      if (error instanceof Stop) throw error;
      await rest(700);
    }
  }
}

async function save(job) {
  let number = 0;
  for (const entry of job.output.media) {
    const answer = await fetch(entry.url, { headers: habit === "one-header-for-all" ? headers : {}, signal: most(20_000) });
    if (!answer.ok) throw new Error(`download: ${answer.status}`);
    writeFileSync(`asset-${number++}`, Buffer.from(await answer.arrayBuffer()));
  }
}

try {
  let job = existsSync("id") ? { id: readFileSync("id", "utf8"), status: "running" } : await create();
  writeFileSync("id", job.id);
  if (["queued", "running"].includes(job.status)) job = await poll(job.id);
  if (job.status !== "completed") throw new Stop(`${job.status}: ${job.error?.code}`);
  try { await save(job); } catch { await save(await poll(job.id)); }
} catch (error) {
  console.error(String(error.message));
  process.exitCode = 1;
}
