// Where every casualty is at a moment. Columns of numbers, no object a casualty: 20,000 are drawn sixty times a second.

const HURT = -1;
const CARRIED = -2;
const SHOWN_AFTER_END_S = 4 * 3600;
const DEAD_OUTCOMES = new Set([1, 2, 6]);

export class CasualtyCloud {
  constructor() {
    this.slices = [];
    this.count = 0;
    this.points = null;
    this.x = 0;
    this.y = 0;
  }

  add(document, map) {
    const n = document.triage.length;
    const slice = {
      n,
      triage: Uint8Array.from(document.triage),
      dies: Uint8Array.from(document.outcome, (each) => (DEAD_OUTCOMES.has(each) ? 1 : 0)),
      x: new Float32Array(n),
      y: new Float32Array(n),
      cos: new Float32Array(n),
      sin: new Float32Array(n),
      reach: new Float32Array(n),
      end: Int32Array.from(document.ended_at_s),
      offsets: Int32Array.from(document.offsets),
      at: Int32Array.from(document.at_s),
      facility: Int16Array.from(document.facility),
      cursor: new Int32Array(n),
      shown: new Uint8Array(n),
    };
    for (let i = 0; i < n; i++) {
      const [x, y] = map.place(document.longitude_deg[i], document.latitude_deg[i]);
      slice.x[i] = x;
      slice.y[i] = y;
      // A place of its own in the crowd of a facility, the same at every look.
      const mixed = Math.imul(document.first_ordinal + i + 1, 2654435761) >>> 0;
      const angle = ((mixed & 0xffff) / 0x10000) * 2 * Math.PI;
      slice.cos[i] = Math.cos(angle);
      slice.sin[i] = Math.sin(angle);
      slice.reach[i] = Math.sqrt((mixed >>> 16) / 0x10000);
    }
    this.slices.push(slice);
    this.points = null;
    this.count += n;
  }

  replace(map, documents) {
    this.slices = [];
    this.count = 0;
    for (const document of documents) this.add(document, map);
  }

  // Finds where everybody is, and returns how many are where; `draw` then shows it.
  settle(t, facilities) {
    const now = { waiting: 0, carried: 0, inside: 0, dead: 0, gone: 0 };
    const present = new Int32Array(facilities);
    for (const slice of this.slices) for (let i = 0; i < slice.n; i++) this.#settleOne(slice, i, t, now, present);
    return { now, present };
  }

  #settleOne(slice, i, t, now, present) {
    const { offsets, at, facility, cursor } = slice;
    const first = offsets[i];
    const last = offsets[i + 1];
    slice.shown[i] = 0;
    if (first === last || at[first] > t) return;
    if (t > slice.end[i]) {
      if (slice.dies[i]) now.dead++;
      else now.gone++;
      if (!slice.dies[i] || t > slice.end[i] + SHOWN_AFTER_END_S) return;
    }
    let k = cursor[i];
    if (k < first || k >= last || at[k] > t) k = first;
    while (k + 1 < last && at[k + 1] <= t) k++;
    cursor[i] = k;
    const over = t > slice.end[i];
    slice.shown[i] = over ? 5 : slice.triage[i];
    if (over) return;
    if (facility[k] === CARRIED) now.carried++;
    else if (facility[k] === HURT) now.waiting++;
    else {
      now.inside++;
      present[facility[k]]++;
    }
  }

  draw(context, t, map, radii, colours, dot) {
    if (!this.points || this.points[0].length < 2 * this.count) this.points = colours.map(() => new Float32Array(2 * this.count));
    const filled = new Int32Array(colours.length);
    for (const slice of this.slices) {
      for (let i = 0; i < slice.n; i++) {
        const kind = slice.shown[i];
        if (!kind) continue;
        this.#place(slice, i, t, map, radii);
        const points = this.points[kind];
        points[filled[kind]++] = this.x;
        points[filled[kind]++] = this.y;
      }
    }
    const half = dot / 2;
    for (let kind = 1; kind < colours.length; kind++) {
      context.fillStyle = colours[kind];
      const points = this.points[kind];
      for (let i = 0; i < filled[kind]; i += 2) context.fillRect(points[i] - half, points[i + 1] - half, dot, dot);
    }
  }

  // Leaves the place in `x` and `y`: a pair made anew for each casualty and frame would have to be swept up.
  #place(slice, i, t, map, radii) {
    const { offsets, at, facility, cursor } = slice;
    const k = cursor[i];
    if (facility[k] !== CARRIED) {
      this.#spot(slice, i, facility[k], map, radii);
      return;
    }
    this.#spot(slice, i, k > offsets[i] ? facility[k - 1] : HURT, map, radii);
    if (k + 1 >= offsets[i + 1]) return;
    const fromX = this.x;
    const fromY = this.y;
    this.#spot(slice, i, facility[k + 1], map, radii);
    const share = (t - at[k]) / Math.max(1, at[k + 1] - at[k]);
    this.x = fromX + (this.x - fromX) * share;
    this.y = fromY + (this.y - fromY) * share;
  }

  #spot(slice, i, facility, map, radii) {
    if (facility < 0) {
      this.x = slice.x[i];
      this.y = slice.y[i];
      return;
    }
    const centre = map.facilities[facility];
    const radius = 17 + radii[facility] * slice.reach[i];
    this.x = centre[0] + slice.cos[i] * radius;
    this.y = centre[1] + slice.sin[i] * radius;
  }
}
