export interface Dot {
  /** The centre, px. `y` is the distance from the middle of the row. */
  x: number;
  y: number;
}

/**
 * Dots of one row, each at the place of its value, pushed up and down in turn so that neighbours do not hide each other. Where too
 * many share a place they are drawn closer, so that the row is never left. The same places always give the same dots.
 */
export function swarm(places: readonly number[], radius: number, rowHeight: number): Dot[] {
  const column = radius * 2 + 1;
  const columns = new Map<number, number>();
  const columnOf = (x: number): number => Math.round(x / column);
  for (const x of places) columns.set(columnOf(x), (columns.get(columnOf(x)) ?? 0) + 1);
  const drawn = new Map<number, number>();
  const reach = rowHeight / 2 - radius;
  return places.map((x) => {
    const own = columnOf(x);
    const index = drawn.get(own) ?? 0;
    drawn.set(own, index + 1);
    const farthest = Math.ceil(((columns.get(own) ?? 1) - 1) / 2);
    const step = farthest === 0 ? 0 : Math.min(column, reach / farthest);
    const rank = Math.ceil(index / 2) * (index % 2 === 0 ? 1 : -1);
    return { x, y: rank * step || 0 };
  });
}
