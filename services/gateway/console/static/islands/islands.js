// An island is an element with data-island="name"; its module's default export brings it to life.
// What an island throws is shown in its place and reported; the page around it goes on.

const ISLANDS = { sector: "./sector.js" };

async function bring(element) {
  try {
    const module = await import(ISLANDS[element.dataset.island]);
    await module.default(element, (error) => fail(element, error));
  } catch (error) {
    fail(element, error);
  }
}

function fail(element, error) {
  if (element.dataset.failed) return;
  element.dataset.failed = "yes";
  const note = document.createElement("div");
  note.className = "notice bad";
  note.setAttribute("role", "alert");
  const head = document.createElement("b");
  head.textContent = "This part of the page has failed.";
  note.append(head, "The rest still works. Load the page again to try it once more; the failure has been reported.");
  element.replaceChildren(note);
  report(element.dataset.island, error);
}

// The kind of the error only: messages can hold names from the page.
function report(island, error) {
  const body = new URLSearchParams();
  body.set("form_token", document.body.dataset.formToken ?? "");
  body.set("island", island);
  body.set("category", error?.name ?? "Error");
  fetch("/console/failures", { method: "POST", body, keepalive: true }).catch(() => {});
}

export function startIslands() {
  for (const element of document.querySelectorAll("[data-island]")) bring(element);
}
