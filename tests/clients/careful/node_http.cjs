// Node's http module with a kept-alive agent.
const http = require("node:http");
const fs = require("node:fs");

const agent = new http.Agent({ keepAlive: true });
const base = `${process.env.GATEWAY_URL}/v1/generations`;
const end = Date.now() + 1000 * Number(process.env.GATEWAY_DEADLINE_S);
const left = () => end - Date.now();
const nap = (ms) => new Promise((go) => setTimeout(go, Math.max(0, Math.min(ms, left()))));

function ask(method, url, { body, headers = {}, timeout, pooled = true } = {}) {
  return new Promise((good, bad) => {
    const request = http.request(url, { method, headers, agent: pooled ? agent : undefined }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", bad);
      answer.on("end", () => { clearTimeout(timer); good({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }); });
    });
    const timer = setTimeout(() => request.destroy(new Error("timeout")), timeout);
    request.on("error", (error) => { clearTimeout(timer); bad(error); });
    request.end(body);
  });
}

const auth = { Authorization: `Bearer ${process.env.GATEWAY_API_KEY}` };
const fail = (message) => { throw Object.assign(new Error(message), { final: true }); };

async function create() {
  const body = JSON.stringify({ model: process.env.GATEWAY_MODEL, input: { prompt: process.env.GATEWAY_PROMPT } });
  while (left() > 0) {
    let answer;
    try {
      answer = await ask("POST", base, { body, timeout: 68000, headers: { ...auth, "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) } });
    } catch (error) {
      if (error.code !== "ECONNREFUSED") fail(`creation unclear: ${error.message}`);
      await nap(600);
      continue;
    }
    if ([429, 503].includes(answer.status)) { await nap(1000 * (answer.headers["retry-after"] || 1)); continue; }
    if (answer.status >= 300) fail(`refused: ${answer.status}`);
    return JSON.parse(answer.body);
  }
  return fail("deadline");
}

async function poll(id) {
  while (left() > 0) {
    const wait = Math.max(1, Math.min(45, Math.ceil(left() / 1000)));
    try {
      const answer = await ask("GET", `${base}/${id}?wait=${wait}`, { headers: auth, timeout: Math.min(1000 * wait + 9000, left() + 300) });
      if (answer.status === 429) await nap(1000 * (answer.headers["retry-after"] || 1));
      else if (answer.status >= 500) await nap(600);
      else if (answer.status >= 300) fail(`refused: ${answer.status}`);
      else {
        const job = JSON.parse(answer.body);
        if (["completed", "failed", "cancelled"].includes(job.status)) return job;
      }
    } catch (error) {
      if (error.final) throw error;
      await nap(600);
    }
  }
  return fail(`deadline; id ${id}`);
}

async function download(url, hops = 3) {
  const answer = await ask("GET", url, { timeout: 20000, pooled: false });
  if (answer.status >= 300 && answer.status < 400 && hops) return download(answer.headers.location, hops - 1);
  if (answer.status !== 200) throw new Error(`download: ${answer.status}`);
  return answer.body;
}

async function main() {
  let job = fs.existsSync("job.txt") ? { id: fs.readFileSync("job.txt", "utf8"), status: "queued" } : await create();
  fs.writeFileSync("job.txt", job.id);
  if (!["completed", "failed", "cancelled"].includes(job.status)) job = await poll(job.id);
  for (let turn = 0; ; turn++) {
    if (job.status !== "completed") fail(`${job.status} ${(job.error || {}).code}`);
    try {
      for (const [i, each] of job.output.media.entries()) fs.writeFileSync(`out-${i}`, await download(each.url));
      return;
    } catch (error) {
      if (turn) throw error;
      job = await poll(job.id);
    }
  }
}

main().then(() => agent.destroy(), (error) => { console.error(error.message); agent.destroy(); process.exitCode = 2; });
