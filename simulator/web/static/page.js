// The page's script. Everything works without it; it adds live updates, keys, the reader's time zone and copying.
"use strict";

const regions = () => document.querySelectorAll("[data-live]");
const children = (region) => Array.from(region.children).filter((child) => child.id);

// ---- times in the reader's zone; the exact one stays in the title ----------------------------------------
const clock = new Intl.DateTimeFormat([], { timeStyle: "medium" });
const full = new Intl.DateTimeFormat([], { dateStyle: "medium", timeStyle: "medium" });
function localise(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.textContent = ("full" in time.dataset ? full : clock).format(at);
  }
}

// ---- live: fetch the page anew when the revision grows, and put in only what is different -------------------
const sources = new WeakMap();
function remember(root) {
  for (const region of root.querySelectorAll("[data-live]"))
    for (const child of children(region)) sources.set(child, child.outerHTML);
}

function keepOpen(before, after) {
  // The newest explanation opens by itself and folds when a newer one comes; what a reader opened stays open.
  for (const one of before.querySelectorAll("details[id][open]:not([data-newest])")) {
    const same = after.querySelector(`details[id="${CSS.escape(one.id)}"]`);
    if (same) same.open = true;
  }
  for (const one of after.querySelectorAll("details[data-newest]")) {
    const same = before.querySelector(`details[id="${CSS.escape(one.id)}"]`);
    if (same) one.open = same.open;
  }
}

function busy(child) {
  const field = document.activeElement;
  return child.contains(field) && field.matches("input, textarea, select");
}

function merge(region, fresh, first) {
  const have = new Map(children(region).map((child) => [child.id, child]));
  const wanted = children(fresh);
  const ids = new Set(wanted.map((child) => child.id));
  for (const [id, child] of have) if (!ids.has(id)) child.remove();
  let place = region.firstElementChild;
  for (const next of wanted) {
    const old = have.get(next.id);
    const source = next.outerHTML;
    if (old && (sources.get(old) === source || busy(old))) {
      if (old === place) place = place.nextElementSibling;
      else region.insertBefore(old, place);
      continue;
    }
    const node = document.importNode(next, true);
    sources.set(node, source);
    localise(node);
    if (!old && !first) node.classList.add("fresh");
    if (!old) {
      region.insertBefore(node, place);
      continue;
    }
    keepOpen(old, node);
    if (node.matches("select")) node.value = old.value;
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    if (old.classList.contains("marked")) node.classList.add("marked");
    if (old === place) place = place.nextElementSibling;
    old.replaceWith(node);
    if (node.nextElementSibling !== place) region.insertBefore(node, place);
    if (focused) (focused.id && node.querySelector(`#${CSS.escape(focused.id)}`) || node).focus({ preventScroll: true });
  }
}

const atEnd = () => window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 160;
const toEnd = () => window.scrollTo({ top: document.documentElement.scrollHeight });
const timeline = document.getElementById("moments");
const readsNewest = () => timeline && !new URLSearchParams(location.search).has("before");

async function refresh() {
  const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const follow = readsNewest() && atEnd();
  for (const region of regions()) {
    const next = fresh.getElementById(region.id);
    if (next) merge(region, next, false);
  }
  revision = fresh.body.dataset.revision || revision;
  if (follow) toEnd();
}

let revision = document.body.dataset.revision || "";
const LEAST_MS = 60;
let refreshing = null;
let again = false;
function refreshSoon() {
  if (refreshing) {
    again = true;
    return;
  }
  refreshing = refresh()
    .catch(() => undefined)
    .then(() => new Promise((done) => setTimeout(done, LEAST_MS)))
    .then(() => {
      refreshing = null;
      if (again) {
        again = false;
        refreshSoon();
      }
    });
}

document.addEventListener("click", (event) => {
  const summary = event.target.closest("summary");
  if (summary) delete summary.parentElement.dataset.newest;
});

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const channel = "BroadcastChannel" in window ? new BroadcastChannel("inbound-changes") : null;
const connection = document.getElementById("connection");
let heard = revision;

function changed(number) {
  if (number === heard) return;
  heard = number;
  if (document.visibilityState === "visible") refreshSoon();
  else if (!document.title.startsWith("• ")) document.title = `• ${document.title}`;
}

// Of all open pages of one browser, one asks the server and tells the others: a browser has few connections to a
// host, and the server few threads.
async function listen(signal) {
  let misses = 0;
  while (!signal.aborted) {
    try {
      const answer = await fetch(`/simulator/changes?after=${encodeURIComponent(heard)}`, { cache: "no-store", signal });
      if (!answer.ok) throw new Error(String(answer.status));
      const told = await answer.json();
      if (misses) connection.hidden = true;
      misses = 0;
      if (channel) channel.postMessage(told.revision);
      changed(told.revision);
      if (told.ask_again) await pause(told.ask_again * 1000);
    } catch {
      if (signal.aborted) return;
      misses += 1;
      if (misses > 1) connection.hidden = false;
      await pause(Math.min(250 * 2 ** misses, 4000));
    }
  }
}

function follow() {
  const ending = new AbortController();
  addEventListener("pagehide", () => ending.abort(), { once: true });
  if (channel) channel.onmessage = (event) => changed(event.data);
  if (navigator.locks && channel)
    navigator.locks.request("inbound-changes", { signal: ending.signal }, () => listen(ending.signal)).catch(() => undefined);
  else listen(ending.signal);
}
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState !== "visible") return;
  document.title = document.title.replace(/^• /, "");
  refreshSoon();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

// ---- forms that send without leaving the page ---------------------------------------------------------------
for (const form of document.querySelectorAll("form[data-live-form]")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = form.querySelector("textarea");
    const data = new FormData(form, event.submitter);
    if (!data.get("quick") && !String(data.get("body") || "").trim()) return field.focus();
    const kept = field.value;
    if (!data.get("quick")) field.value = "";
    const answer = await fetch(form.action, {
      method: "POST",
      body: new URLSearchParams(Array.from(data, ([name, value]) => [name, String(value)])),
      headers: { "X-Live": "1" },
    }).catch(() => null);
    const old = document.getElementById("error");
    if (old) old.remove();
    if (answer && answer.status === 204) return refreshSoon();
    field.value = kept || field.value;
    await complain(form, answer);
  });
  for (const field of form.querySelectorAll("textarea"))
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        form.requestSubmit();
      }
    });
}

async function complain(form, answer) {
  const note = document.createElement("p");
  note.id = "error";
  note.className = "banner danger";
  note.setAttribute("role", "alert");
  note.append(...(await reason(answer)));
  localise(note);
  form.prepend(note);
  // What was refused is logged, and that entry is the newest.
  if (readsNewest()) toEnd();
  else note.scrollIntoView({ block: "nearest" });
  refreshSoon();
}

async function reason(answer) {
  if (!answer) return ["The simulator does not answer. Is it still running?"];
  const text = await answer.text();
  const page = new DOMParser().parseFromString(text, "text/html");
  // Outside of it may stand an alert of another matter: an armed fault.
  const told = page.querySelector("main [role=alert]");
  return told ? document.importNode(told, true).childNodes : [text];
}

// ---- the tabs: on a narrow screen the current one is brought into sight, and a cut edge fades -----------------
const tabs = document.querySelector(".nav");
function showCurrentTab() {
  const current = tabs.querySelector("[aria-current]");
  // Not by scrollIntoView, which may move the page as well.
  if (current) tabs.scrollLeft = current.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
}
function fadeCutTabs() {
  const hidden = tabs.scrollWidth - tabs.clientWidth;
  tabs.classList.toggle("cut-left", tabs.scrollLeft > 1);
  tabs.classList.toggle("cut-right", tabs.scrollLeft < hidden - 1);
}
tabs.addEventListener("scroll", fadeCutTabs, { passive: true });
new ResizeObserver(fadeCutTabs).observe(tabs);

// ---- keys -------------------------------------------------------------------------------------------------------
const moments = () => Array.from(document.querySelectorAll("article.moment, #rows > *"));
function mark(step) {
  const all = moments();
  if (!all.length) return;
  const now = all.findIndex((one) => one.classList.contains("marked"));
  const next = now < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(now + step, 0), all.length - 1);
  if (now >= 0) all[now].classList.remove("marked");
  all[next].classList.add("marked");
  all[next].focus({ preventScroll: true });
  all[next].scrollIntoView({ block: "nearest" });
}
const marked = () => document.querySelector(".marked");
const keys = {
  j: () => mark(1),
  k: () => mark(-1),
  "/": () => document.getElementById("q").select(),
  t: () => document.getElementById("body")?.focus(),
  "?": () => location.assign("/help"),
  w: () => {
    const why = marked()?.querySelector("details.why");
    why?.querySelector("summary").click();
  },
  Enter: () => marked()?.querySelector("a.bubble, a")?.click(),
};
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  const typing = event.target.matches("input, textarea, select");
  if (event.key === "Escape") return escape(event.target, typing);
  const onControl = event.key === "Enter" && event.target.matches("a, button, summary");
  if (typing || onControl || !(event.key in keys)) return;
  event.preventDefault();
  keys[event.key]();
});
function escape(target, typing) {
  if (typing && target.id === "q" && target.value) target.value = "";
  else if (typing) target.blur();
  else if (marked()) marked().classList.remove("marked");
  else if (new URLSearchParams(location.search).get("q")) location.assign(location.pathname);
  else document.querySelector(".back a")?.click();
}

// ---- copying ------------------------------------------------------------------------------------------------------
for (const box of document.querySelectorAll(".copy")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Copy";
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(box.querySelector("pre").innerText);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  });
  box.append(button);
}

showCurrentTab();
remember(document);
localise(document);
const errorOnTop = document.querySelector(".columns > #error");
if (readsNewest() && !errorOnTop && (!location.hash || location.hash === "#latest")) toEnd();
if (regions().length) follow();
