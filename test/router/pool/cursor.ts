import type { Connection, Submittable } from 'pg';

/** A server-side cursor as `pg-cursor` is one to `pg`: handed to `client.query`, read in pieces, closed. */
export class Cursor<T> implements Submittable {
  #connection: Connection | undefined;
  #fields: string[] = [];
  #rows: T[] = [];
  #done = false;
  #asked: { resolve: (rows: T[]) => void; reject: (error: unknown) => void } | undefined;
  readonly #submitted: Promise<Connection>;
  #onSubmit: (connection: Connection) => void = () => {};
  #onError: (error: unknown) => void = () => {};

  constructor(
    readonly text: string,
    readonly values: readonly unknown[] = [],
  ) {
    this.#submitted = new Promise((resolve, reject) => {
      this.#onSubmit = resolve;
      this.#onError = reject;
    });
    this.#submitted.catch(() => {});
  }

  submit(connection: Connection): void {
    this.#connection = connection;
    connection.parse({ name: '', text: this.text, types: [] }, true);
    connection.bind({ portal: 'reader', values: this.values.map(String) }, true);
    connection.describe({ type: 'P', name: 'reader' }, true);
    connection.flush();
    this.#onSubmit(connection);
  }

  async read(count: number): Promise<T[]> {
    const connection = await this.#submitted;
    if (this.#done) return [];
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject };
      connection.execute({ portal: 'reader', rows: String(count) }, true);
      connection.flush();
    });
  }

  async close(): Promise<void> {
    if (this.#done) return;
    const connection = await this.#submitted;
    await new Promise<unknown>((resolve, reject) => {
      this.#asked = { resolve, reject };
      connection.close({ type: 'P', name: 'reader' }, true);
      connection.sync();
    });
  }

  handleRowDescription({ fields }: { fields: { name: string }[] }): void {
    this.#fields = fields.map(({ name }) => name);
  }

  handleDataRow({ fields }: { fields: unknown[] }): void {
    this.#rows.push(Object.fromEntries(this.#fields.map((name, i) => [name, fields[i]])) as T);
  }

  handlePortalSuspended(): void {
    this.#asked?.resolve(this.#rows.splice(0));
  }

  handleCommandComplete(): void {
    this.#connection?.sync();
  }

  handleReadyForQuery(): void {
    this.#done = true;
    this.#asked?.resolve(this.#rows.splice(0));
  }

  handleError(error: unknown): void {
    this.#onError(error);
    this.#asked?.reject(error);
    this.#connection?.sync();
  }
}
