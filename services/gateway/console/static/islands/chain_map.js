// The ground under the casualties: outline of the world, fronts, facilities with their APP-6 symbols.
import { colour } from "./libraries.js";

const DEGREE_KM = 111.2;
// Sustainment unit, medical treatment facility, as APP-6 D codes it: friendly land installation.
const SYMBOL = "10032000001207020000";

// Distances are shortened the more, the farther from the first front: a chain reaches from three
// kilometres to three thousand, and both ends must be seen.
export class ChainMap {
  constructor(scene, width, height) {
    this.scene = scene;
    this.origin = scene.fronts[0];
    this.squeeze = Math.cos((this.origin.latitude_deg * Math.PI) / 180);
    const all = [...scene.fronts, ...scene.facilities].map((p) => this.shortened(p.longitude_deg, p.latitude_deg));
    const xs = all.map((p) => p[0]);
    const ys = all.map((p) => p[1]);
    const margin = Math.min(72, width / 8);
    const spanX = Math.max(...xs) - Math.min(...xs) || 1;
    const spanY = Math.max(...ys) - Math.min(...ys) || 1;
    this.scale = Math.min((width - 2 * margin) / spanX, (height - 2 * margin) / spanY);
    this.left = (width - spanX * this.scale) / 2 - Math.min(...xs) * this.scale;
    this.top = (height - spanY * this.scale) / 2 - Math.min(...ys) * this.scale;
    this.facilities = scene.facilities.map((p) => this.place(p.longitude_deg, p.latitude_deg));
    this.fronts = scene.fronts.map((p) => this.place(p.longitude_deg, p.latitude_deg));
  }

  shortened(longitude, latitude) {
    const x = (longitude - this.origin.longitude_deg) * this.squeeze * DEGREE_KM;
    const y = (this.origin.latitude_deg - latitude) * DEGREE_KM;
    const distance = Math.hypot(x, y);
    const factor = distance ? Math.log1p(distance / 6) / distance : 0;
    return [x * factor, y * factor];
  }

  place(longitude, latitude) {
    const [x, y] = this.shortened(longitude, latitude);
    return [x * this.scale + this.left, y * this.scale + this.top];
  }

  draw(context, width, height, atlas) {
    context.clearRect(0, 0, width, height);
    this.#world(context, atlas);
    this.#rings(context);
    this.#fronts(context);
    this.#facilities(context);
  }

  // Names lie above the casualties, so that they can be read in a crowd.
  drawNames(context, width, height) {
    context.clearRect(0, 0, width, height);
    context.font = "500 12px Plex, sans-serif";
    const taken = [];
    this.facilities.forEach(([x, y], index) => {
      const facility = this.scene.facilities[index];
      this.#name(context, `${facility.name} · R${facility.role}`, x, y, width, taken);
    });
  }

  #world(context, atlas) {
    const land = window.topojson.feature(atlas, atlas.objects.countries);
    context.strokeStyle = colour("--line-strong");
    context.globalAlpha = 0.55;
    context.lineWidth = 0.75;
    for (const country of land.features) {
      const shapes = country.geometry.type === "Polygon" ? [country.geometry.coordinates] : country.geometry.coordinates;
      for (const rings of shapes) for (const ring of rings) this.#outline(context, ring);
    }
    context.globalAlpha = 1;
  }

  #outline(context, ring) {
    if (!ring.some(([x, y]) => Math.abs(x - this.origin.longitude_deg) < 40 && Math.abs(y - this.origin.latitude_deg) < 25)) return;
    context.beginPath();
    ring.forEach(([x, y], index) => {
      const [px, py] = this.place(x, y);
      if (index === 0) context.moveTo(px, py);
      else context.lineTo(px, py);
    });
    context.stroke();
  }

  // The rings say how far it is, because the drawing's scale changes with the distance.
  #rings(context) {
    const [x, y] = this.fronts[0];
    context.font = "11px Plex, sans-serif";
    context.fillStyle = colour("--ink-soft");
    context.strokeStyle = colour("--line-strong");
    context.setLineDash([2, 5]);
    for (const km of [10, 30, 100, 300, 1000, 3000]) {
      const radius = Math.log1p(km / 6) * this.scale;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.stroke();
      context.fillText(`${km} km`, x - radius + 4, y - 4);
    }
    context.setLineDash([]);
  }

  #fronts(context) {
    context.strokeStyle = colour("--t1");
    context.lineWidth = 2.5;
    for (const [x, y] of this.fronts) {
      context.beginPath();
      context.moveTo(x - 15, y - 8);
      for (const [dx, dy] of [[-5, 8], [5, -8], [15, 8]]) context.lineTo(x + dx, y + dy);
      context.stroke();
    }
    context.lineWidth = 1;
  }

  #facilities(context) {
    for (const [x, y] of this.facilities) {
      const symbol = new window.ms.Symbol(SYMBOL, { size: 22 });
      const anchor = symbol.getAnchor();
      const size = symbol.getSize();
      context.drawImage(symbol.asCanvas(2), x - anchor.x, y - anchor.y, size.width, size.height);
    }
  }

  // A name goes right of its symbol, else left, below or above it, else it is left out.
  #name(context, text, x, y, width, taken) {
    const long = context.measureText(text).width;
    const places = [[x + 18, y + 4], [x - 18 - long, y + 4], [x - long / 2, y + 28], [x - long / 2, y - 20]];
    for (const [left, base] of places) {
      const box = [left - 2, base - 12, left + long + 2, base + 4];
      const clear = taken.every((each) => box[2] < each[0] || box[0] > each[2] || box[3] < each[1] || box[1] > each[3]);
      const hides = this.facilities.some(([fx, fy]) => fx > box[0] - 12 && fx < box[2] + 12 && fy > box[1] - 10 && fy < box[3] + 10);
      if (left < 4 || left + long > width - 4 || !clear || hides) continue;
      taken.push(box);
      context.globalAlpha = 0.8;
      context.fillStyle = colour("--sunk");
      context.fillRect(box[0], box[1], box[2] - box[0], box[3] - box[1]);
      context.globalAlpha = 1;
      context.fillStyle = colour("--ink");
      context.fillText(text, left, base);
      return;
    }
  }
}
