// Libraries that are scripts of the old kind: each is loaded once, in the order given.
export async function load(addresses) {
  for (const address of addresses.split(" ")) {
    if (document.querySelector(`script[src="${address}"]`)) continue;
    await new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = () => failed(new Error("a library did not load"));
      document.head.append(script);
    });
  }
}

export async function fetchJson(address) {
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`status ${response.status}`);
  return response.json();
}

export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
