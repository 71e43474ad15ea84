// The sector view: map, casualties, lines and figures under one time cursor.
import { CasualtyCloud } from "./casualty_cloud.js";
import { ChainMap } from "./chain_map.js";
import { colour, fetchJson, load } from "./libraries.js";
import { timeLines } from "./time_lines.js";

const LABELS = { waiting: "Wait where they were hurt", carried: "On the way", inside: "In facilities", gone: "Out of care", dead: "Dead" };

export default async function sector(root, fail) {
  const scene = JSON.parse(root.dataset.scene);
  const starts = Date.parse(scene.starts_at) / 1000;
  const [document_, atlas] = await Promise.all([
    fetchJson(`${root.dataset.place}/document`),
    fetchJson(root.dataset.atlas),
    load(root.dataset.libraries),
  ]).then(([first, second]) => [first, second]);
  const end = Math.ceil(Date.parse(document_.ended_at) / 1000 - starts);
  const stage = new Stage(root, scene, atlas);
  const lines = timeLines(root, document_, scene, starts, (t) => player.seek(t));
  const player = new Player(root, end, (t) => {
    stage.draw(t);
    lines.cursor(t);
  }, starts, fail);
  for (const button of document.querySelectorAll(".jump")) {
    button.addEventListener("click", () => {
      player.seek(Number(button.dataset.at));
      root.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
    });
  }
  new ResizeObserver(() => {
    stage.measure();
    player.seek(player.t);
  }).observe(root.querySelector(".stage"));
  await fetchCasualties(root, stage, () => player.seek(player.t));
  player.seek(stage.busiest() ?? 0);
  root.dataset.ready = "yes";
}

async function fetchCasualties(root, stage, shown) {
  const note = root.querySelector(".loading");
  let start = 0;
  while (start !== null) {
    const slice = await fetchJson(`${root.dataset.place}/movements?start=${start}&limit=2500`);
    stage.add(slice);
    start = slice.next;
    note.textContent = start === null ? "" : `${start.toLocaleString("en")} casualties loaded.`;
    shown();
    await new Promise(requestAnimationFrame); // so that no slice holds the page up with the next
  }
  note.hidden = true;
}

class Stage {
  constructor(root, scene, atlas) {
    this.root = root;
    this.scene = scene;
    this.atlas = atlas;
    this.ground = root.querySelector(".ground");
    this.people = root.querySelector(".people");
    this.names = root.querySelector(".names");
    this.figures = root.querySelector(".now");
    this.documents = [];
    this.cloud = new CasualtyCloud();
    this.radii = new Float32Array(scene.facilities.length);
    this.told = "";
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.measure());
    this.measure();
  }

  measure() {
    const box = this.ground.parentElement.getBoundingClientRect();
    const ratio = Math.min(2, window.devicePixelRatio || 1);
    for (const canvas of [this.ground, this.people, this.names]) {
      canvas.width = Math.round(box.width * ratio);
      canvas.height = Math.round(box.height * ratio);
      canvas.getContext("2d").setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    this.width = box.width;
    this.height = box.height;
    this.colours = ["--ink-soft", "--t1", "--t2", "--t3", "--t4", "--dead"].map(colour);
    this.map = new ChainMap(this.scene, box.width, box.height);
    this.map.draw(this.ground.getContext("2d"), box.width, box.height, this.atlas);
    this.map.drawNames(this.names.getContext("2d"), box.width, box.height);
    this.cloud.replace(this.map, this.documents);
  }

  add(slice) {
    this.documents.push(slice);
    this.cloud.add(slice, this.map);
  }

  // The moment in which most casualties were hurt: something is to be seen then.
  busiest() {
    const hours = new Map();
    for (const slice of this.documents)
      for (let i = 0; i < slice.triage.length; i++) {
        const hour = Math.floor(slice.at_s[slice.offsets[i]] / 3600);
        hours.set(hour, (hours.get(hour) ?? 0) + 1);
      }
    let best = null;
    for (const [hour, count] of hours) if (best === null || count > hours.get(best)) best = hour;
    return best === null ? null : (best + 1) * 3600;
  }

  draw(t) {
    const context = this.people.getContext("2d");
    context.clearRect(0, 0, this.width, this.height);
    const dot = this.cloud.count > 5000 ? 3 : this.cloud.count > 500 ? 4 : 6;
    const { now, present } = this.cloud.settle(t, this.scene.facilities.length);
    present.forEach((count, index) => {
      this.radii[index] = Math.sqrt(count) * (dot * 0.75);
    });
    this.cloud.draw(context, t, this.map, this.radii, this.colours, dot);
    const told = JSON.stringify(now);
    if (told !== this.told) this.#tell(now);
    this.told = told;
  }

  #tell(now) {
    if (!this.values) {
      this.values = Object.entries(LABELS).map(([name, label]) => {
        const box = document.createElement("div");
        const term = document.createElement("dt");
        const value = document.createElement("dd");
        term.textContent = label;
        box.append(term, value);
        this.figures.append(box);
        return [name, value];
      });
    }
    for (const [name, value] of this.values) value.textContent = now[name].toLocaleString("en").replaceAll(",", "\u202f");
  }
}

class Player {
  constructor(root, end, show, starts, fail) {
    this.end = end;
    this.show = show;
    this.starts = starts;
    this.fail = fail;
    this.t = 0;
    this.playing = false;
    this.button = root.querySelector(".play");
    this.slider = root.querySelector(".seek input");
    this.speed = root.querySelector(".speed select");
    this.clock = root.querySelector(".clock");
    this.slider.max = String(end);
    this.slider.addEventListener("input", () => this.seek(Number(this.slider.value)));
    this.button.addEventListener("click", () => this.toggle());
  }

  toggle() {
    this.playing = !this.playing;
    this.button.textContent = this.playing ? "Pause" : "Play";
    this.button.setAttribute("aria-pressed", String(this.playing));
    if (!this.playing) return;
    if (this.t >= this.end) this.t = 0;
    this.last = performance.now();
    requestAnimationFrame((time) => this.#frame(time));
  }

  #frame(time) {
    if (!this.playing) return;
    try {
      const t = this.t + ((time - this.last) / 1000) * Number(this.speed.value);
      this.last = time;
      this.seek(Math.min(t, this.end));
      if (this.t >= this.end) this.toggle();
      else requestAnimationFrame((next) => this.#frame(next));
    } catch (error) {
      this.fail(error);
    }
  }

  seek(t) {
    this.t = t;
    this.slider.value = String(Math.round(t));
    const day = Math.floor(t / 86400) + 1;
    const clock = new Date((this.starts + t) * 1000).toISOString().slice(11, 16);
    this.clock.textContent = `Day ${day}, ${clock} UTC`;
    this.slider.setAttribute("aria-valuetext", this.clock.textContent);
    this.show(t);
  }
}
