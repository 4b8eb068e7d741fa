/** The written formats and the words that they share: of the files here, all that anybody may load anywhere. */
export * from './answers.js';
export * from './effects.js';
export * from './lost-names.js';
export * from './plan.js';
export * from './run.js';
export * from './same-plan.js';
export * from './trials.js';
export * from './words.js';
