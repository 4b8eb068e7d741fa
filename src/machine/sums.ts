/** The sum of numbers, or of a number that each of a list has. */
export function sumOf(numbers: Iterable<number>): number;
export function sumOf<T>(list: Iterable<T>, numberOf: (each: T) => number): number;
export function sumOf<T>(list: Iterable<T>, numberOf = (each: T) => each as number): number {
  let sum = 0;
  for (const each of list) sum += numberOf(each);
  return sum;
}

/** The arithmetic mean; NaN of nothing. */
export function meanOf(numbers: readonly number[]): number {
  return sumOf(numbers) / numbers.length;
}
