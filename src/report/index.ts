export { formatScorecard } from './terminal.js';
export { writeReport } from './write.js';
