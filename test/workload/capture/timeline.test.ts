import { describe, expect, it } from 'vitest';
import type { LogRecord } from '../../../src/workload/capture/log-record.js';
import { type Place, Timeline } from '../../../src/workload/capture/timeline.js';

const SECOND = 1;
const MINUTE = 60;
const HOUR = 3600;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** What becomes of records of these times, in seconds from a start, each on the line of its place; `files` lists times by file. */
function timeOf(...files: (number | string)[][]) {
  const seconds: number[] = [];
  const damaged: { file: string; line: number; reason: string }[] = [];
  const startMs = Date.UTC(2025, 2, 3, 10);
  let zeroUs: number | undefined;
  const timeline = new Timeline({
    record(_, stampUs) {
      zeroUs ??= stampUs;
      seconds.push(Math.round((stampUs - zeroUs) / 1e6));
    },
    damaged: ({ file, line }: Place, reason) => damaged.push({ file, line, reason }),
  });
  files.forEach((times, file) => {
    times.forEach((time, i) => {
      const stamp =
        typeof time === 'string'
          ? time
          : `${new Date(startMs + time * 1000).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
      timeline.add({ time: stamp } as LogRecord, { file: `log-${file + 1}`, line: i + 1 });
    });
  });
  timeline.end();
  const { setBacks } = timeline;
  return { seconds, damaged, lines: damaged.map(({ line }) => line), setBacks };
}

const NONE = { count: 0, first: null };

describe('the time of a record', () => {
  it('is believed in order, and out of order by as little as servers write it', () => {
    const { seconds, damaged, setBacks } = timeOf([0, 2, 1, 5, 40, 3, 41]);
    expect(seconds).toEqual([0, 2, 1, 5, 40, 3, 41]);
    expect(damaged).toEqual([]);
    expect(setBacks).toEqual(NONE);
  });

  it('that is none is damage, and spoils no other', () => {
    const { seconds, damaged } = timeOf([0, '2025-13-45 10:00:01.000 UTC', 2, '2025-03-03 99:00:00.000 UTC']);
    expect(seconds).toEqual([0, 2]);
    expect(damaged).toEqual([
      { file: 'log-1', line: 2, reason: 'its time is no date and time' },
      { file: 'log-1', line: 4, reason: 'its time is no date and time' },
    ]);
  });

  it('that is far from both of its neighbours is damage, wherever it stands', () => {
    expect(timeOf([0, 1, 72 * YEAR, 2, 3])).toMatchObject({ seconds: [0, 1, 2, 3], lines: [3] });
    expect(timeOf([0, 1, -72 * YEAR, 2, 3])).toMatchObject({ seconds: [0, 1, 2, 3], lines: [3] });
    expect(timeOf([0, 1, 10 * HOUR, 2])).toMatchObject({ seconds: [0, 1, 2], lines: [3] });
    expect(timeOf([0, 1, 72 * YEAR, 9 * HOUR])).toMatchObject({ seconds: [0, 1, 9 * HOUR], lines: [3] });
    expect(timeOf([0, 1, 72 * YEAR, -72 * YEAR, 2])).toMatchObject({ seconds: [0, 1, 2], lines: [3, 4] });
    expect(timeOf([-72 * YEAR, 0, 1])).toMatchObject({ seconds: [0, 1], lines: [1] });
    expect(timeOf([0, 1, 72 * YEAR])).toMatchObject({ seconds: [0, 1], lines: [3] });
    const { reason } = timeOf([0, 1, 72 * YEAR, 2]).damaged[0]!;
    expect(reason).toBe('its time is 72 years off those of the records around it');
  });

  it('after a quiet night, or week, is believed: all that follow are later too', () => {
    for (const quiet of [HOUR, 8 * HOUR, 7 * DAY]) {
      const times = [0, 1, quiet, quiet + 1, 2 * quiet, 3 * quiet];
      expect(timeOf(times)).toEqual({
        seconds: times,
        damaged: [],
        lines: [],
        setBacks: NONE,
      });
    }
    expect(timeOf([5])).toMatchObject({ seconds: [0], lines: [] });
    expect(timeOf([0, 9 * HOUR])).toMatchObject({ seconds: [0, 9 * HOUR], lines: [] });
  });

  it('goes on where a clock was set back, and that is told', () => {
    const { seconds, damaged, setBacks } = timeOf([
      10 * HOUR,
      10 * HOUR + 5,
      9 * HOUR + 6,
      9 * HOUR + 7,
      8 * HOUR,
      8 * HOUR + MINUTE,
    ]);
    expect(seconds).toEqual([0, 5, 5, 6, 6, 6 + MINUTE]);
    expect(damaged).toEqual([]);
    const first = { file: 'log-1', line: 3, seconds: HOUR - SECOND };
    expect(setBacks).toEqual({ count: 2, first });
  });

  it('goes on by the same measure in the next file', () => {
    const { seconds, setBacks } = timeOf([2 * HOUR, HOUR, HOUR + 1], [HOUR + 2, HOUR + 3]);
    expect(seconds).toEqual([0, 0, 1, 2, 3]);
    expect(setBacks.count).toBe(1);
  });

  it('of one record that was written late is its own, and no clock was set back', () => {
    const late = timeOf([0, 10 * MINUTE, 5 * MINUTE, 10 * MINUTE + 1]);
    expect(late.seconds).toEqual([0, 10 * MINUTE, 5 * MINUTE, 10 * MINUTE + 1]);
    expect(late.setBacks).toEqual(NONE);
  });

  it('stays what it is where files overlap', () => {
    const week = 7 * DAY;
    const { seconds, setBacks } = timeOf([0, 1, week, week + 1], [DAY, DAY + 1, week + DAY]);
    expect(seconds).toEqual([0, 1, week, week + 1, DAY, DAY + 1, week + DAY]);
    expect(setBacks).toEqual(NONE);
  });

  it('is believed at the end of a file and at the beginning, however far the next file or the last one is', () => {
    const week = 7 * DAY;
    const pause = 40 * MINUTE;
    const ends = timeOf([0, week, week + pause], [DAY, DAY + 1]);
    expect(ends).toMatchObject({
      seconds: [0, week, week + pause, DAY, DAY + 1],
      damaged: [],
      setBacks: NONE,
    });
    const begins = timeOf([0, week], [DAY, DAY + pause, DAY + pause + 1]);
    expect(begins).toMatchObject({ seconds: [0, week, DAY, DAY + pause, DAY + pause + 1], damaged: [] });
    expect(begins).toMatchObject({ setBacks: NONE });
    // Years are damage there too.
    const spoilt = timeOf([0, 1, 72 * YEAR], [-72 * YEAR, DAY, DAY + 1]);
    expect(spoilt).toMatchObject({ seconds: [0, 1, DAY, DAY + 1], lines: [3, 1] });
  });
});
