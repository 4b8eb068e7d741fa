import { describe, expect, it } from 'vitest';
import { LogClock, minutesBetween } from '../../../src/workload/capture/log-time.js';

function minutesApart(first: string, second: string): number {
  const clock = new LogClock();
  const start = clock.toUs(first);
  return (clock.toUs(second) - start) / 60e6;
}

describe('log time', () => {
  it('is read to the millisecond', () => {
    const clock = new LogClock();
    const midnight = clock.toUs('2025-03-03 00:00:00.000 UTC');
    expect(clock.toUs('2025-03-03 10:20:30.456 UTC') - midnight).toBe(37_230_456_000);
    expect(clock.toUs('not a time')).toBeNaN();
    expect(clock.toUs('2025-03-03 10:20:30 UTC')).toBeNaN();
  });

  it('is none where there never was such a time', () => {
    const clock = new LogClock();
    for (const stamp of [
      '2025-13-03 10:00:00.000 UTC',
      '2025-02-30 10:00:00.000 UTC',
      '2025-00-01 10:00:00.000 UTC',
      '2025-03-32 10:00:00.000 UTC',
      '2025-03-03 24:00:00.000 UTC',
      '2025-03-03 10:60:00.000 UTC',
      '2025-03-03 10:00:61.000 UTC',
      '2025-99-99 99:99:99.999 XXX',
    ]) {
      expect(clock.toUs(stamp), stamp).toBeNaN();
      // The next one of the same day takes a shorter way.
      expect(clock.toUs(stamp), stamp).toBeNaN();
    }
    const leapDay = clock.toUs('2024-02-29 23:59:60.000 UTC');
    expect(clock.toUs('2024-03-01 00:00:00.000 UTC')).toBe(leapDay);
    expect([...clock.unknownZones]).toEqual([]);
  });

  it('goes on through the change to summer time and back', () => {
    expect(minutesApart('2025-03-30 01:59:59.000 CET', '2025-03-30 03:00:59.000 CEST')).toBe(1);
    expect(minutesApart('2025-10-26 02:59:59.000 CEST', '2025-10-26 02:00:59.000 CET')).toBe(1);
    expect(minutesApart('2025-11-02 01:59:00.000 EDT', '2025-11-02 01:00:00.000 EST')).toBe(1);
    expect(minutesApart('2025-11-02 01:59:00.000 -02', '2025-11-02 01:00:00.000 -03')).toBe(1);
  });

  it('takes an abbreviation that several countries share by its company', () => {
    expect(minutesBetween('IST', 'IDT')).toBe(60);
    expect(minutesBetween('GMT', 'IST')).toBe(60);
    expect(minutesBetween('UTC', 'IST')).toBe(330);
    expect(minutesBetween('CST', 'CDT')).toBe(60);
    expect(minutesBetween('UTC', '+0530')).toBe(330);
    expect(minutesBetween('CET', '+02')).toBe(60);
  });

  it('names a zone it does not know and takes it as the first', () => {
    const clock = new LogClock();
    clock.toUs('2025-03-03 10:00:00.000 UTC');
    expect(clock.toUs('2025-03-03 10:00:01.000 XYZT')).toBe(clock.toUs('2025-03-03 10:00:01.000 UTC'));
    expect([...clock.unknownZones]).toEqual(['XYZT']);
    expect(minutesBetween('UTC', 'constructor')).toBeUndefined();
    expect(minutesBetween('toString', 'valueOf')).toBeUndefined();
  });
});
