/**
 * Says yes to a share of the questions put to it, evenly spread and exact: after n questions the number of yeses is
 * n × share rounded down, so a half alternates and 0.3 is 3 of 10. Counting from n keeps rounding errors from adding up.
 */
export class ShareCounter {
  #asked = 0;
  constructor(readonly share: number) {}

  next(): boolean {
    const before = this.#wholes();
    this.#asked++;
    return this.#wholes() > before;
  }

  #wholes(): number {
    return Math.floor(this.#asked * this.share + 1e-9);
  }
}
