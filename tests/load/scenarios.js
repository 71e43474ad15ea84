// Load on a gateway. Which scenario is run, and how hard, is said by the variables that tests/load/run.py passes.
// Rates are of an open model: requests come when they come, however slow the answers are; what the generator itself could not
// send counts as dropped, and a run with dropped iterations is no measurement.
import http from "k6/http";
import { check } from "k6";
import { Counter, Rate, Trend } from "k6/metrics";
import exec from "k6/execution";

const BASE = __ENV.LOAD_URL;
const KEY = __ENV.LOAD_KEY;
const LARGE_PATIENTS = Number(__ENV.LOAD_LARGE_PATIENTS || 100000);
const SMALL_PATIENTS = Number(__ENV.LOAD_SMALL_PATIENTS || 20);
const RATE = Number(__ENV.LOAD_RATE || 20);
const SECONDS = Number(__ENV.LOAD_SECONDS || 30);
const USERS = Number(__ENV.LOAD_USERS || 200);
const CHOSEN = __ENV.LOAD_SCENARIO || "smoke";

const simpleReads = new Trend("simple_read", true);
const submissions = new Trend("submission", true);
const fhirReads = new Trend("fhir_read", true);
const exportTimes = new Trend("export_first_byte", true);
const reused = new Rate("connection_reused");
const accepted = new Counter("patients_accepted");
const jobsAccepted = new Counter("jobs_accepted");
const toldToWait = new Counter("told_to_wait");

const steady = (rate, seconds, what) => ({
  executor: "constant-arrival-rate", rate, timeUnit: "1s", duration: `${seconds}s`,
  preAllocatedVUs: Math.min(USERS, Math.max(2, Math.ceil(rate / 4))), maxVUs: USERS, exec: what,
});
const ramp = (stages, what) => ({
  executor: "ramping-arrival-rate", startRate: RATE, timeUnit: "1s", stages,
  preAllocatedVUs: Math.min(USERS, Math.max(2, RATE)), maxVUs: USERS, exec: what,
});
const stage = (target, share) => ({ target, duration: `${Math.max(1, Math.round(SECONDS * share))}s` });

const SCENARIOS = {
  smoke: { reads: steady(RATE, SECONDS, "mixed") },
  load: { reads: steady(RATE, SECONDS, "mixed") },
  stress: { reads: ramp([stage(RATE, 0.2), stage(3 * RATE, 0.6), stage(3 * RATE, 0.2)], "mixed") },
  spike: { reads: ramp([stage(RATE, 0.3), stage(6 * RATE, 0.05), stage(6 * RATE, 0.25), stage(RATE, 0.05), stage(RATE, 0.35)], "mixed") },
  soak: { reads: steady(RATE, SECONDS, "mixed") },
  breakpoint: { reads: ramp([stage(100 * RATE, 1)], "simple") },
  jobs: { submissions: steady(Math.max(1, Math.round(RATE / 4)), SECONDS, "submit"), reads: steady(RATE, SECONDS, "simple") },
  beside: {
    reads: steady(RATE, SECONDS, "simple"),
    fhir: steady(Math.max(1, Math.round(RATE / 4)), SECONDS, "fhir"),
    exports: { executor: "constant-vus", vus: 2, duration: `${SECONDS}s`, exec: "download" },
  },
};

const latency = {
  simple_read: [`p(95)<${__ENV.LOAD_SIMPLE_P95_MS || 100}`],
  http_req_duration: [`p(95)<${__ENV.LOAD_ALL_P95_MS || 500}`],
};
const sound = { http_req_failed: ["rate<0.001"], checks: ["rate>0.999"], connection_reused: ["rate>0.9"], dropped_iterations: ["count<1"] };
// Past the knee errors are what is looked for: that run stops there, and says where it was.
const untilItBreaks = {
  http_req_failed: [{ threshold: "rate<0.01", abortOnFail: true, delayAbortEval: "5s" }],
  simple_read: [{ threshold: "p(95)<500", abortOnFail: true, delayAbortEval: "5s" }],
};

export const options = {
  scenarios: SCENARIOS[CHOSEN],
  thresholds: CHOSEN === "breakpoint" ? untilItBreaks : CHOSEN === "beside" ? { ...sound, simple_read: latency.simple_read } : { ...sound, ...latency },
  summaryTrendStats: ["min", "med", "avg", "p(95)", "p(99)", "max", "count"],
  noConnectionReuse: false,
};

// A trace of its own for each request: a slow sample can be looked up by it.
function traceparent() {
  const hex = (length) => Array.from({ length }, () => Math.floor(Math.random() * 16).toString(16)).join("");
  return `00-${hex(32)}-${hex(16)}-01`;
}

function send(method, path, body, name, extra) {
  const headers = { Authorization: `Bearer ${KEY}`, traceparent: traceparent(), ...(extra || {}) };
  if (body) headers["Content-Type"] = "application/json";
  const answer = http.request(method, `${BASE}${path}`, body, { headers, tags: { name }, timeout: "60s", responseType: name === "export" ? "none" : "text" });
  reused.add(answer.timings.connecting === 0);
  if (answer.status === 429 || answer.status === 503) toldToWait.add(1);
  return answer;
}

function submitJob(count, priority) {
  const seed = exec.scenario.iterationInTest % 1000;
  const body = JSON.stringify({ preset: "teaching-20", count, seed, priority });
  const answer = send("POST", "/api/v1/jobs", body, "submit", { "Idempotency-Key": `${CHOSEN}-${Date.now()}-${exec.vu.idInTest}-${exec.vu.iterationInInstance}` });
  if (check(answer, { "job accepted": (r) => r.status === 202 })) {
    accepted.add(count);
    jobsAccepted.add(1);
    return answer.json("id");
  }
  return null;
}

export function setup() {
  const body = JSON.stringify({ preset: "brigade-conventional", count: LARGE_PATIENTS, seed: 1, priority: "low" });
  const answer = http.post(`${BASE}/api/v1/jobs`, body, { headers: { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" } });
  if (answer.status !== 202) throw new Error(`the large job was not accepted: ${answer.status} ${answer.body}`);
  return { large: answer.json("id"), stored: __ENV.LOAD_STORED_JOB };
}

export function simple(data) {
  const answer = send("GET", `/api/v1/jobs/${data.stored}`, null, "job");
  simpleReads.add(answer.timings.duration);
  check(answer, { "job read": (r) => r.status === 200 });
}

export function submit() {
  const answer = submitJob(SMALL_PATIENTS, "high");
  if (answer) submissions.add(1);
}

export function fhir(data) {
  const ordinal = exec.scenario.iterationInTest % Number(__ENV.LOAD_STORED_PATIENTS);
  const answer = send("GET", `/fhir/R4/Patient/${data.stored}-${ordinal}`, null, "fhir");
  fhirReads.add(answer.timings.duration);
  check(answer, { "patient read": (r) => r.status === 200 });
}

export function download(data) {
  const answer = send("GET", `/api/v1/jobs/${data.stored}/export?format=fhir-ndjson&table=Patient`, null, "export");
  exportTimes.add(answer.timings.waiting);
  check(answer, { "export sent": (r) => r.status === 200 });
}

// Out of ten: five look at a job, two at patients, one at a FHIR patient, one at presets, one submits a small job.
export function mixed(data) {
  const turn = exec.scenario.iterationInTest % 10;
  if (turn < 5) return simple(data);
  if (turn < 7) {
    const answer = send("GET", `/api/v1/jobs/${data.stored}/patients?limit=20`, null, "patients");
    return check(answer, { "patients listed": (r) => r.status === 200 });
  }
  if (turn === 7) return fhir(data);
  if (turn === 8) return check(send("GET", "/api/v1/presets", null, "presets"), { "presets listed": (r) => r.status === 200 });
  return submit();
}

export function handleSummary(data) {
  return { [__ENV.LOAD_SUMMARY]: JSON.stringify(data) };
}
