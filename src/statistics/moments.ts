/** Count, mean and variance (divided by n − 1; NaN below two values). */
export interface Moments {
  readonly n: number;
  readonly mean: number;
  readonly variance: number;
}

/** Moments that take one value after another, without ever subtracting large sums (Welford's way). */
export class RunningMoments implements Moments {
  n = 0;
  mean = 0;
  private squares = 0;

  add(value: number): void {
    this.n += 1;
    const before = value - this.mean;
    this.mean += before / this.n;
    this.squares += before * (value - this.mean);
  }

  get variance(): number {
    return this.n < 2 ? NaN : this.squares / (this.n - 1);
  }
}

export function momentsOf(values: Iterable<number>): Moments {
  const moments = new RunningMoments();
  for (const value of values) moments.add(value);
  return moments;
}
