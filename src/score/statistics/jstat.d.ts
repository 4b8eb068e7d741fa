/** The part of jStat that is used here; it has no types of its own. */
declare module 'jstat' {
  const jStat: {
    /** Natural logarithm of the gamma function. */
    gammaln(x: number): number;
    studentt: {
      /** The p-quantile of Student's t with `dof` degrees of freedom. */
      inv(p: number, dof: number): number;
      /** P(T <= x). */
      cdf(x: number, dof: number): number;
    };
    chisquare: {
      inv(p: number, dof: number): number;
    };
    normal: {
      inv(p: number, mean: number, std: number): number;
      cdf(x: number, mean: number, std: number): number;
    };
  };
  export default jStat;
}
