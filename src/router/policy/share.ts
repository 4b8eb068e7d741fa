/** How many of its share it makes up for later, when those asked for could not be had. */
const MOST_OWED = 100;

/**
 * Says yes to a share of the questions put to it, evenly spread and exact: after n questions the number of yeses is
 * n × share rounded down, so a half alternates and 0.3 is 3 of 10. Counting from n keeps rounding errors from adding up.
 */
export class ShareCounter {
  #asked = 0;
  #given = 0;
  constructor(readonly share: number) {}

  /** @param possible false: a question that can't be answered yes, which a later one makes up for */
  next(possible = true): boolean {
    this.#asked++;
    const due = Math.floor(this.#asked * this.share + 1e-9);
    this.#given = Math.max(this.#given, due - MOST_OWED);
    if (!possible || this.#given >= due) return false;
    this.#given++;
    return true;
  }
}
