/** Whole numbers, four bytes each. */
export class NumberList {
  length = 0;
  #numbers = new Uint32Array(1024);

  push(number: number): void {
    if (this.length === this.#numbers.length) {
      const more = new Uint32Array(this.length * 2);
      more.set(this.#numbers);
      this.#numbers = more;
    }
    this.#numbers[this.length++] = number;
  }

  at(index: number): number {
    return this.#numbers[index]!;
  }

  set(index: number, number: number): void {
    this.#numbers[index] = number;
  }

  increase(index: number): number {
    this.#numbers[index]! += 1;
    return this.#numbers[index]!;
  }

  values(): Uint32Array {
    return this.#numbers.slice(0, this.length);
  }
}
