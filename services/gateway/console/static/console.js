// Every page works without this file; with it, pages say when the network is gone and islands come alive.
import { startIslands } from "./islands/islands.js";

const banner = document.getElementById("network-banner");
const live = document.getElementById("live");

function say(text) {
  if (!banner) return;
  banner.textContent = text;
  banner.hidden = text === "";
}

const AWAY = "The server does not answer. What you see may be old; it is tried again by itself.";
const POLLING = "The message broker is away: news come a moment later than usual. Nothing is lost.";

if (live) {
  let source = "broker";
  live.addEventListener("feed", (event) => {
    source = JSON.parse(event.detail.data).source;
    say(source === "polling" ? POLLING : "");
  });
  live.addEventListener("htmx:sse:error", () => say(AWAY));
  live.addEventListener("htmx:sse:after:connection", () => say(source === "polling" ? POLLING : ""));
  window.addEventListener("offline", () => say(AWAY));
}

startIslands();
