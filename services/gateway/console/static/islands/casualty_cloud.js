// Where every casualty is at a moment. Columns of numbers, no object a casualty: 20,000 are drawn sixty times a second.

const HURT = -1;
const CARRIED = -2;
const SHOWN_AFTER_END_S = 4 * 3600;
const DEAD_OUTCOMES = new Set([1, 2, 6]);

export class CasualtyCloud {
  constructor() {
    this.slices = [];
    this.count = 0;
  }

  add(document, map) {
    const n = document.triage.length;
    const slice = {
      n,
      triage: Uint8Array.from(document.triage),
      dies: Uint8Array.from(document.outcome, (each) => (DEAD_OUTCOMES.has(each) ? 1 : 0)),
      x: new Float32Array(n),
      y: new Float32Array(n),
      angle: new Float32Array(n),
      reach: new Float32Array(n),
      end: Int32Array.from(document.ended_at_s),
      offsets: Int32Array.from(document.offsets),
      at: Int32Array.from(document.at_s),
      facility: Int16Array.from(document.facility),
      cursor: new Int32Array(n),
    };
    for (let i = 0; i < n; i++) {
      const [x, y] = map.place(document.longitude_deg[i], document.latitude_deg[i]);
      slice.x[i] = x;
      slice.y[i] = y;
      // A place of its own in the crowd of a facility, the same at every look.
      const mixed = Math.imul(document.first_ordinal + i + 1, 2654435761) >>> 0;
      slice.angle[i] = ((mixed & 0xffff) / 0x10000) * 2 * Math.PI;
      slice.reach[i] = Math.sqrt((mixed >>> 16) / 0x10000);
    }
    this.slices.push(slice);
    this.count += n;
  }

  replace(map, documents) {
    this.slices = [];
    this.count = 0;
    for (const document of documents) this.add(document, map);
  }

  // Draws the moment and returns how many are where.
  draw(context, t, map, radii, colours, dot) {
    const batches = [[], [], [], [], [], []];
    const now = { waiting: 0, carried: 0, inside: 0, dead: 0, gone: 0 };
    const present = new Int32Array(map.facilities.length);
    for (const slice of this.slices) this.#place(slice, t, map, radii, batches, now, present);
    batches.forEach((points, kind) => {
      context.fillStyle = colours[kind];
      const half = dot / 2;
      context.beginPath();
      for (let i = 0; i < points.length; i += 2) context.rect(points[i] - half, points[i + 1] - half, dot, dot);
      context.fill();
    });
    return { now, present };
  }

  #place(slice, t, map, radii, batches, now, present) {
    const { offsets, at, facility, cursor } = slice;
    for (let i = 0; i < slice.n; i++) {
      const first = offsets[i];
      const last = offsets[i + 1];
      if (first === last || at[first] > t) continue;
      if (t > slice.end[i]) {
        if (slice.dies[i]) now.dead++;
        else now.gone++;
        if (t > slice.end[i] + SHOWN_AFTER_END_S) continue;
      }
      let k = cursor[i];
      if (k < first || k >= last || at[k] > t) k = first;
      while (k + 1 < last && at[k + 1] <= t) k++;
      cursor[i] = k;
      const over = t > slice.end[i];
      if (over && !slice.dies[i]) continue;
      let [x, y] = this.#spot(slice, i, facility[k], map, radii);
      if (facility[k] === CARRIED) {
        const from = k > first ? this.#spot(slice, i, facility[k - 1], map, radii) : [slice.x[i], slice.y[i]];
        const to = k + 1 < last ? this.#spot(slice, i, facility[k + 1], map, radii) : from;
        const share = k + 1 < last ? (t - at[k]) / Math.max(1, at[k + 1] - at[k]) : 0;
        x = from[0] + (to[0] - from[0]) * share;
        y = from[1] + (to[1] - from[1]) * share;
      }
      if (!over) {
        if (facility[k] === CARRIED) now.carried++;
        else if (facility[k] === HURT) now.waiting++;
        else {
          now.inside++;
          present[facility[k]]++;
        }
      }
      batches[over ? 5 : slice.triage[i]].push(x, y);
    }
  }

  #spot(slice, i, facility, map, radii) {
    if (facility < 0) return [slice.x[i], slice.y[i]];
    const [x, y] = map.facilities[facility];
    const radius = 12 + radii[facility] * slice.reach[i];
    return [x + Math.cos(slice.angle[i]) * radius, y + Math.sin(slice.angle[i]) * radius];
  }
}
