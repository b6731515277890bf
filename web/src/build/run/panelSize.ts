/** How high the run's panel is, in pixels: what a person chose, within what leaves room for the canvas. Pure. */

export const HEIGHT = { low: 216, high: 416, min: 120, step: 24 };
/** Of the window's height, at most this much: the canvas is what the run is watched on. */
const SHARE_MAX = 0.7;

export const heightMax = (windowHeight: number): number => Math.max(HEIGHT.min, Math.round(windowHeight * SHARE_MAX));

export function heightWithin(height: number, windowHeight: number): number {
  if (!Number.isFinite(height)) return HEIGHT.low;
  return Math.round(Math.min(heightMax(windowHeight), Math.max(HEIGHT.min, height)));
}

/** Where a key takes the upper edge; null: it is not for the edge. */
export function heightByKey(key: string, height: number, windowHeight: number): number | null {
  const wanted: Record<string, number> = {
    ArrowUp: height + HEIGHT.step,
    ArrowDown: height - HEIGHT.step,
    PageUp: height + 4 * HEIGHT.step,
    PageDown: height - 4 * HEIGHT.step,
    Home: HEIGHT.min,
    End: heightMax(windowHeight),
  };
  const next = wanted[key];
  return next === undefined ? null : heightWithin(next, windowHeight);
}
