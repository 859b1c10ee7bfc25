/** Keeps one value per object for as long as its version stays, so that what did not change is not worked out again. */
export class PerVersion<K extends object, V> {
  private readonly known = new WeakMap<K, { version: number; value: V }>();

  of(key: K, version: number, make: () => V): V {
    const found = this.known.get(key);
    if (found?.version === version) {
      return found.value;
    }
    const value = make();
    this.known.set(key, { version, value });
    return value;
  }
}
