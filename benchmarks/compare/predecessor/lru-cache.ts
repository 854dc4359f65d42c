// An LRU cache with a time to live, as the predecessor had it: a map and a doubly linked list, all
// operations O(1), expiry seen on reading, hits and misses counted.

type Node<V> = {
  key: string;
  value: V;
  storedAt: number;
  newer: Node<V> | undefined;
  older: Node<V> | undefined;
};

export class LruCache<V> {
  hits = 0;
  misses = 0;
  private readonly nodes = new Map<string, Node<V>>();
  private newest: Node<V> | undefined;
  private oldest: Node<V> | undefined;

  constructor(
    private readonly maxSize: number,
    private readonly ttlMillis: number,
  ) {}

  get(key: string): V | undefined {
    const node = this.nodes.get(key);
    if (!node || Date.now() - node.storedAt > this.ttlMillis) {
      if (node) this.remove(node);
      this.misses++;
      return undefined;
    }
    this.hits++;
    this.unlink(node);
    this.linkNewest(node);
    return node.value;
  }

  set(key: string, value: V): void {
    const known = this.nodes.get(key);
    if (known) this.remove(known);
    else if (this.nodes.size >= this.maxSize && this.oldest) this.remove(this.oldest);
    const node = { key, value, storedAt: Date.now(), newer: undefined, older: undefined };
    this.nodes.set(key, node);
    this.linkNewest(node);
  }

  private remove(node: Node<V>): void {
    this.nodes.delete(node.key);
    this.unlink(node);
  }

  private unlink(node: Node<V>): void {
    if (node.newer) node.newer.older = node.older;
    else this.newest = node.older;
    if (node.older) node.older.newer = node.newer;
    else this.oldest = node.newer;
    node.newer = node.older = undefined;
  }

  private linkNewest(node: Node<V>): void {
    node.older = this.newest;
    if (this.newest) this.newest.newer = node;
    this.newest = node;
    this.oldest ??= node;
  }
}
