// Shows GET /_emulator/overview, and sends edits to the other admin routes. Names come from anybody,
// so that text gets into the page with `textContent` only; the content security policy of the page
// refuses everything else.

const PERIOD = 700;

/// How long a message stays.
const READING_TIME = 6000;

const find = (id) => document.getElementById(id);
const number = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

let since = 0;
let overview = null;
let isPaused = false;

// Reading

/// Asks for the overview again and again, never twice at once, and not for a page that nobody sees.
let timer = 0;
let isReading = false;

async function read() {
  clearTimeout(timer);
  if (isReading) return;

  isReading = true;
  try {
    await readOnce();
    connection(isPaused ? "Paused" : "Live", isPaused ? "" : "on");
  } catch {
    connection("No connection", "off");
  }
  isReading = false;

  clearTimeout(timer);
  if (!isPaused && !document.hidden) timer = setTimeout(read, PERIOD);
}

async function readOnce() {
  const query = { since, find: find("find").value, show: find("show").value };
  const asked = new URLSearchParams(query).toString();
  const response = await fetch(`/_emulator/overview?${asked}`, { cache: "no-store" });
  if (!response.ok) throw new Error(String(response.status));

  overview = await response.json();
  // A server that was started anew counts from 0.
  if (overview.responses < since) since = 0;
  show();
}

function connection(text, state) {
  const badge = find("connection");
  if (badge.textContent === text) return;
  badge.textContent = text;
  badge.className = `badge ${state}`;
}

// Editing

async function send(method, route, body) {
  const response = await fetch(`/_emulator/${route}`, {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error((await response.json()).message);
}

/// Makes an edit, now or later, and tells the outcome.
async function edit(route, body, value, done, name) {
  const isLater = document.querySelector("[name=when]:checked").value === "later";
  await attempt(async () => {
    if (isLater) {
      const page = find("page");
      if (!page.reportValidity()) return "";
      const planned = { after_page: page.valueAsNumber || 0, edit: { [route]: value } };
      await send("PUT", "planned", [...plans(), planned]);
      return `Planned: ${planText(planned, name)}`;
    }
    await send("POST", route, body);
    return `${done}: ${name}`;
  });
}

async function attempt(action) {
  let text;
  try {
    text = await action();
  } catch (error) {
    text = `Not done: ${error.message}`;
  }
  if (text) say(text);
  await read();
}

/// What is planned, as the admin route takes it.
function plans() {
  return overview.planned.map(({ after_page, edit }) => ({ after_page, edit }));
}

let forgetting = 0;

function say(text) {
  clearTimeout(forgetting);
  find("said").textContent = text;
  forgetting = setTimeout(() => (find("said").textContent = ""), READING_TIME);
}

// Showing

function show() {
  showCoverage();
  showSegments();
  showTimeline();
  showQuota();
  showPlanned();
  showFaults();
}

/// An element that holds a text, or other elements.
function element(name, className, ...content) {
  const node = document.createElement(name);
  node.className = className;
  node.append(...content);
  return node;
}

function set(id, text) {
  const node = find(id);
  if (node.textContent !== text) node.textContent = text;
}

function count(n, noun) {
  return `${number.format(n)} ${noun}${n === 1 ? "" : "s"}`;
}

function time(at) {
  return clock.format(new Date(at));
}

function showCoverage() {
  const { listed, not_sent: missing, responses } = overview;
  const asked = responses - since;
  const isIdle = asked === 0 || missing === listed;

  let text = `All ${count(listed, "listed segment")} were sent`;
  if (listed === 0) text = "No segment is listed";
  else if (isIdle) text = "No segment was sent yet";
  else if (missing > 0) {
    text = `${number.format(missing)} of ${count(listed, "listed segment")} ${missing === 1 ? "was" : "were"} not sent`;
  }
  set("coverage", text);
  find("coverage").className = `verdict ${isIdle ? "" : missing > 0 ? "missing" : "whole"}`;

  const start = since === 0 ? "since the start" : `since request ${number.format(since)}`;
  set("coverage-since", `${count(asked, "request")} ${start}`);
  find("show-missing").hidden = isIdle || missing === 0;
  find("coverage-bar").max = Math.max(listed, 1);
  find("coverage-bar").value = listed - missing;
}

/// The rows by their ids, and the headings of pages by their numbers: reused, so that the keyboard's
/// focus stays where it is.
const rows = new Map();
const headings = new Map();

function showSegments() {
  const { listed, archived, selected, segments } = overview;
  set("counts", `${number.format(listed)} listed, ${number.format(archived)} archived`);

  let text = "";
  if (selected === 0) text = "There is no such segment.";
  if (selected > segments.length) {
    text = `The first ${number.format(segments.length)} of ${number.format(selected)}. Use Find for others.`;
  }
  set("selected", text);

  const isIdle = overview.responses === since;
  const wanted = [];
  let page = -1;
  for (const segment of segments) {
    if (segment.page !== null && segment.page !== page) {
      page = segment.page;
      wanted.push(heading(page));
    }
    wanted.push(row(segment, isIdle));
  }
  arrange(find("rows"), wanted);
}

function heading(page) {
  if (!headings.has(page)) {
    headings.set(page, element("li", "page", element("h3", "", `Page ${page}`)));
  }
  return headings.get(page);
}

function row(segment, isIdle) {
  const content = JSON.stringify([segment, isIdle]);
  let known = rows.get(segment.id);
  if (!known) {
    const node = find("row").content.firstElementChild.cloneNode(true);
    known = { node, content: "", segment };
    node.querySelector(".rename").onclick = () => rename(known.segment);
    node.querySelector(".toggle").onclick = () => toggle(known.segment);
    rows.set(segment.id, known);
  }
  if (known.content === content) return known.node;

  Object.assign(known, { segment, content });
  fill(known.node, segment, isIdle);
  return known.node;
}

function fill(node, segment, isIdle) {
  const isArchived = segment.page === null;
  node.classList.toggle("archived", isArchived);

  const mark = node.querySelector(".mark");
  const isPlain = isArchived || (isIdle && !segment.sent);
  mark.className = `mark ${segment.sent ? "sent" : isPlain ? "idle" : ""}`;
  mark.title = isArchived ? "Archived" : segment.sent ? "Sent" : "Not sent";
  mark.ariaLabel = mark.title;

  node.querySelector(".name").textContent = segment.name;
  node.querySelector(".id").textContent = segment.id;
  const tags = segment.tags.map((tag) => element("span", "tag", tag));
  if (!segment.analytics_tracking_enabled) tags.push(element("span", "", "tracking off"));
  node.querySelector(".more").replaceChildren(node.querySelector(".id"), ...tags);

  const button = node.querySelector(".toggle");
  button.textContent = isArchived ? "Restore" : "Archive";
  button.ariaLabel = `${button.textContent} ${segment.name}`;
  node.querySelector(".rename").ariaLabel = `Rename ${segment.name}`;
}

/// Makes `wanted` the children of a list, and moves only what is not in its place.
function arrange(list, wanted) {
  const kept = new Set(wanted);
  const hadFocus = list.contains(document.activeElement);

  for (const node of [...list.children]) if (!kept.has(node)) node.remove();
  let next = list.firstElementChild;
  for (const node of wanted) {
    if (node === next) next = next.nextElementSibling;
    else list.insertBefore(node, next);
  }

  // The row with the focus is gone.
  if (hadFocus && !list.contains(document.activeElement)) find("segments").focus();
}

function showTimeline() {
  const edits = overview.edits.map((edit) => ({ order: edit.after + 0.5, edit }));
  const requests = overview.requests.map((request) => ({ order: request.number, request }));
  const oldest = requests.length > 0 ? requests[requests.length - 1].order : 0;

  const entries = [...requests, ...edits.reverse()].filter(({ order }) => order >= oldest);
  entries.sort((one, other) => other.order - one.order);
  set("total", `${number.format(overview.responses)} in all`);
  replace("timeline", JSON.stringify(entries), () => entries.map(timelineEntry), "No client has sent a request.");
}

/// Replaces the content of a list if it has changed.
const contents = new Map();

function replace(id, content, nodes, empty) {
  if (contents.get(id) === content) return;
  contents.set(id, content);

  const made = nodes();
  find(id).replaceChildren(...(made.length > 0 ? made : [element("li", "muted", empty)]));
}

function timelineEntry({ request, edit }) {
  if (edit) {
    return element("li", "edit", element("span", "", "Edit"), element("span", "", editText(edit.edit, edit.name)));
  }

  const { number: position, at, method, page, sort_direction: direction, key, status, fault } = request;
  let asked = page === null ? "no page" : `page ${page}`;
  if (direction) asked += direction === "desc" ? ", newest first" : ", oldest first";
  if (method !== "GET") asked = `${method} ${asked}`;
  if (page !== null && key === null) asked += ", unknown key";
  if (key > 0) asked += `, key ${key + 1}`;
  if (fault !== null) asked += `, fault ${fault + 1}`;
  return element(
    "li",
    "",
    element("span", "muted", `${position}`),
    element("span", "muted", time(at)),
    element("span", "", asked),
    element("span", `status ${status < 400 ? "good" : "bad"}`, `${status}`),
  );
}

function editText(edit, name) {
  const [kind, value] = Object.entries(edit)[0];
  switch (kind) {
    case "create":
      return `create ${value.name}`;
    case "rename":
      // Of a past edit only the new name is known.
      return `rename ${name && name !== value.name ? `${name} ` : ""}to ${value.name}`;
    case "retag":
      return `${name ?? value.id}: tags ${value.tags.join(", ") || "removed"}`;
    case "tracking":
      return `${name ?? value.id}: tracking ${value.analytics_tracking_enabled ? "on" : "off"}`;
    default:
      return `${kind} ${name ?? value}`;
  }
}

function planText(planned, name) {
  return `after page ${planned.after_page}, ${editText(planned.edit, name)}`;
}

function showQuota() {
  const { limit, remaining, reset } = overview.rate_limit;
  const left = Math.max(0, (new Date(reset) - new Date(overview.now)) / 1000);
  const wait = left >= 90 ? `${Math.round(left / 60)} min` : `${Math.ceil(left)} s`;

  set("quota", `${number.format(remaining)} of ${count(limit, "request")} left`);
  set("reset", `The next ${number.format(limit)} at ${time(reset)}, in ${wait}`);
  find("quota-bar").max = Math.max(limit, 1);
  find("quota-bar").value = remaining;
}

function showPlanned() {
  const nodes = () =>
    overview.planned.map((planned, position) => {
      const cancel = element("button", "", "Cancel");
      cancel.ariaLabel = `Cancel: ${planText(planned, planned.name)}`;
      cancel.onclick = () =>
        attempt(async () => {
          await send("PUT", "planned", plans().toSpliced(position, 1));
          return "Cancelled";
        });
      return element("li", "", element("span", "", planText(planned, planned.name)), cancel);
    });
  replace("planned", JSON.stringify(overview.planned), nodes, "None");
}

function showFaults() {
  const { faults, fired } = overview;
  const nodes = () => faults.map((fault, position) => faultEntry(fault, fired[position], position));
  replace("faults", JSON.stringify([faults, fired]), nodes, "None");
  find("clear-faults").hidden = faults.length === 0;
}

function faultEntry(fault, fired, position) {
  const { kind, page, sort_direction: direction, after, times, delay_ms: delay, headers } = fault;
  const what = typeof kind === "string" ? kind : JSON.stringify(kind).slice(1, -1);
  let where = page === undefined ? "any page" : `page ${page}`;
  if (direction) where += direction === "desc" ? ", newest first" : ", oldest first";
  if (after > 0) where += `, after ${count(after, "request")}`;
  if (delay > 0) where += `, ${number.format(delay)} ms late`;
  if (headers) where += `, ${count(Object.keys(headers).length, "header")}`;

  const often = times === null ? `fired ${fired}, without end` : `fired ${fired} of ${times}`;
  return element(
    "li",
    "",
    element("span", "", `${position + 1}. ${where}: `, element("code", "", what)),
    element("span", "muted", often),
  );
}

// Controls

function toggle(segment) {
  const isArchived = segment.page === null;
  const [route, done] = isArchived ? ["restore", "Restored"] : ["archive", "Archived"];
  edit(route, { id: segment.id }, segment.id, done, segment.name);
}

function rename(segment) {
  const dialog = find("rename");
  const field = dialog.querySelector("input");
  field.value = segment.name;
  dialog.returnValue = "";
  dialog.onclose = () => {
    if (dialog.returnValue !== "rename") return;
    const body = { id: segment.id, name: field.value };
    edit("rename", body, body, "Renamed", body.name);
  };
  dialog.showModal();
  field.select();
}

find("create").onsubmit = async (event) => {
  event.preventDefault();
  const field = event.target.elements.name;
  const id = crypto.randomUUID();
  const segment = { id, name: field.value, analytics_tracking_enabled: true, tags: [] };
  field.value = "";
  await edit("create", segment, segment, "Created", segment.name);
};

find("restart").onclick = () => {
  since = overview ? overview.responses : 0;
  find("show").value = "all";
  read();
};

find("show-missing").onclick = () => {
  find("show").value = "not_sent";
  find("find").value = "";
  read();
};

find("clear-faults").onclick = () =>
  attempt(async () => {
    await send("PUT", "faults", []);
    return "Faults removed";
  });

find("pause").onclick = () => {
  isPaused = !isPaused;
  find("pause").ariaPressed = String(isPaused);
  if (isPaused) clearTimeout(timer);
  read();
};

// A page number is of use only for later edits, so that typing one chooses them.
find("page").oninput = () => (document.querySelector("[name=when][value=later]").checked = true);

find("find").oninput = read;
find("show").onchange = read;
document.onvisibilitychange = read;

find("origin").textContent = location.origin;
read();
