/** Writes that can be taken back to a mark, so that a refused command leaves nothing. */
export class UndoLog {
  protected readonly undoLog: (() => void)[] = [];

  /** A point to come back to with `undoTo`. */
  mark(): number {
    return this.undoLog.length;
  }

  undoTo(mark: number): void {
    while (this.undoLog.length > mark) this.undoLog.pop()?.();
  }

  put<K, V>(map: Map<K, V>, key: K, value: V): void {
    const before = map.get(key);
    this.undoLog.push(() => (before === undefined ? map.delete(key) : map.set(key, before)));
    map.set(key, value);
  }
}
