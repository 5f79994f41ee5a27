// Which rows of a long list are drawn: those on the screen and a few around them.
// Rows have one of two known heights, so nothing is measured. Pure.

/** A row with chips, and one without. */
export const tallRowPx = 106;
export const shortRowPx = 81;

/** Shorter lists are drawn whole. */
export const windowFrom = 80;

/** Drawn above and below the screen, so that scrolling meets rows and not gaps. */
const aroundPx = 600;

export type Drawn = { from: number; to: number; beforePx: number; afterPx: number };

export function drawnRows(heights: readonly number[], scrollPx: number, screenPx: number): Drawn {
  if (heights.length < windowFrom) return { from: 0, to: heights.length, beforePx: 0, afterPx: 0 };
  const top = scrollPx - aroundPx;
  const bottom = scrollPx + screenPx + aroundPx;
  const drawn: Drawn = { from: heights.length, to: 0, beforePx: 0, afterPx: 0 };
  let y = 0;
  heights.forEach((height, index) => {
    if (y + height <= top) drawn.beforePx += height;
    else if (y >= bottom) drawn.afterPx += height;
    else {
      drawn.from = Math.min(drawn.from, index);
      drawn.to = index + 1;
    }
    y += height;
  });
  return drawn;
}

/** How far the list must be scrolled so that a row is whole on the screen. */
export function scrollFor(
  heights: readonly number[],
  index: number,
  scrollPx: number,
  screenPx: number,
): number {
  const top = heights.slice(0, index).reduce((sum, height) => sum + height, 0);
  const bottom = top + (heights[index] ?? 0);
  if (top < scrollPx) return top;
  if (bottom > scrollPx + screenPx) return bottom - screenPx;
  return scrollPx;
}
