import { createRequire } from "node:module";
const { Driver } = createRequire(import.meta.url)("./target/pkg/segments_wasm.js");

const { BRAZE_BASE_URL, BRAZE_API_KEY } = process.env;
const driver = new Driver(BRAZE_BASE_URL, BRAZE_API_KEY), now = () => performance.now();
for (let step; !(step = JSON.parse(driver.poll(now()))).done || finish(step.done); ) {
  if ("wait" in step) { await new Promise((wake) => setTimeout(wake, step.wait)); continue; }
  try {
    const { url, headers, timeout } = step.send, signal = AbortSignal.timeout(timeout);
    const response = await fetch(url, { headers, redirect: "manual", signal });
    const body = new Uint8Array(await response.arrayBuffer());
    driver.response(now(), response.status, JSON.stringify([...response.headers]), body);
  } catch (error) { driver.failure(now(), String(error.cause ?? error)); }
}

function finish({ segments, report }) {
  for (const segment of segments) console.log(JSON.stringify(segment));
  console.error(report);
}
