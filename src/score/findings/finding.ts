import type { RunRecord } from '../../record/pure.js';
import type { Reading } from '../checks/check.js';

/** Something that splits show and that can be acted on: one line of the table of findings. */
export interface FindingRule {
  /** What it is about, in words. */
  title: string;
  /** @param splits one of each pair; at least one. @returns null where they show nothing of it */
  find(splits: readonly RunRecord[]): Found | null;
}

export interface Found {
  /** What was found. */
  sentence: string;
  /** What to do about it, in a sentence. */
  advice: string;
  /** What it rests on; its limit is null unless a target asks something of it. */
  figure: Reading;
  /** The statements that it is about, those with the most of it first. */
  statements: StatementShare[];
}

/** A statement, and how much of what a finding tells is its own. */
export interface StatementShare {
  /** What its application calls it, where its comments say so. */
  name?: string;
  /** Its first words, normalised: no literal of a captured workload. */
  text: string;
  /** Of the execution time of the statements that the finding is about. */
  percent: number;
}
