/**
 * Time stamps of a PostgreSQL log: `2025-11-30 21:10:20.507 CET`, local time in the server's `log_timezone`.
 *
 * Only differences within one log matter, so a zone's offset is taken relative to the first zone that the log names.
 * That also settles abbreviations that several countries share: IST beside IDT is Israel, IST beside GMT is Ireland.
 */

/**
 * UTC offsets in minutes of zones that go together: of two stamps in one log, the first group that has both zones
 * counts, and of a zone that stands alone, the first group that has it.
 */
const ZONES: Record<string, number>[] = [
  { IST: 330 },
  { GMT: 0, IST: 60 },
  { IST: 120, IDT: 180 },
  { UTC: 0, UCT: 0, Z: 0, GMT: 0, BST: 60, WET: 0, WEST: 60, CET: 60, CEST: 120, MET: 60, MEST: 120 },
  { EET: 120, EEST: 180, MSK: 180, WAT: 60, CAT: 120, SAST: 120, EAT: 180 },
  { NST: -210, NDT: -150, AST: -240, ADT: -180, EST: -300, EDT: -240, CST: -360, CDT: -300 },
  { MST: -420, MDT: -360, PST: -480, PDT: -420, AKST: -540, AKDT: -480, HST: -600, HDT: -540 },
  { PKT: 300, WIB: 420, WITA: 480, WIT: 540, HKT: 480, SGT: 480, JST: 540, KST: 540, SST: -660 },
  { AWST: 480, ACST: 570, ACDT: 630, AEST: 600, AEDT: 660, NZST: 720, NZDT: 780 },
];

const STAMP = /^(\d{4})-(\d\d)-(\d\d) (\d\d):(\d\d):(\d\d)\.(\d{3}) (\S+)$/;

/** `2025-11-30 21:10`, with seconds or a zone if need be, or ISO 8601; a day alone is its beginning. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d)(?:\.(\d+))?)?)? ?([A-Z]+|[+-]\d\d(?::?\d\d)?)?$/;

/** Whether a text is a time as a person may write it. */
export function isTime(text: string): boolean {
  return TIME.test(text) && !Number.isNaN(new LogClock().ofPerson(text));
}

/** @param ms since 1970; NaN gives no time */
export function stampOf(ms: number): string {
  if (Number.isNaN(ms)) return '';
  const time = new Date(ms).toISOString();
  return `${time.slice(0, 10)} ${time.slice(11, 23)} UTC`;
}

/** Turns the stamps of one log into microseconds on one scale. */
export class LogClock {
  /** Zones that no table knows: taken as the log's first one. */
  readonly unknownZones = new Set<string>();
  #firstZone: string | undefined;
  #zone = '';
  #zoneShiftMs = 0;
  #day = '';
  #dayMs = 0;

  /** @returns µs on the scale of the log's first zone, or NaN if this is no time stamp, or of a time that there never was */
  toUs(stamp: string): number {
    const day = stamp.slice(0, 10);
    const zone = stamp.slice(24);
    if (day !== this.#day || zone !== this.#zone) {
      if (!STAMP.test(stamp)) return Number.NaN;
      this.#enter(day, zone);
    }
    const hours = digits(stamp, 11);
    const minutes = digits(stamp, 14);
    const seconds = digits(stamp, 17);
    // 60: a leap second, where the server's zones have them.
    if (hours > 23 || minutes > 59 || seconds > 60) return Number.NaN;
    const ms = digits(stamp, 20) * 10 + (stamp.charCodeAt(22) - 48);
    const timeMs = ((hours * 60 + minutes) * 60 + seconds) * 1000 + ms;
    return (this.#dayMs + timeMs - this.#zoneShiftMs) * 1000;
  }

  /**
   * A time as a person writes it, see {@link isTime}: without a zone it is the log's own, by its first one.
   * @returns µs on the scale of the log's first zone, or NaN if there never was such a time
   */
  ofPerson(time: string): number {
    const [, day, minute, second = '00', fraction = '', zone] = TIME.exec(time) ?? [];
    const ms = fraction.slice(0, 3).padEnd(3, '0');
    return this.toUs(`${day} ${minute ?? '00:00'}:${second}.${ms} ${zone ?? this.#firstZone}`);
  }

  #enter(day: string, zone: string): void {
    this.#day = day;
    this.#dayMs = startOf(day);
    this.#zone = zone;
    if (Number.isNaN(this.#dayMs)) return;
    this.#firstZone ??= zone;
    const shift = minutesBetween(this.#firstZone, zone);
    if (shift === undefined) this.unknownZones.add(zone);
    this.#zoneShiftMs = (shift ?? 0) * 60_000;
  }
}

/** In ms; NaN if there is no such day. `Date.parse` takes February 30 for a day in March. */
function startOf(day: string): number {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return new Date(ms).getUTCDate() === Number(day.slice(8)) ? ms : Number.NaN;
}

function digits(text: string, at: number): number {
  return (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;
}

/** How many minutes clocks in `zone` are ahead of those in `reference`; undefined if a zone is unknown. */
export function minutesBetween(reference: string, zone: string): number | undefined {
  if (reference === zone) return 0;
  const shared = ZONES.find((group) => Object.hasOwn(group, reference) && Object.hasOwn(group, zone));
  if (shared) return shared[zone]! - shared[reference]!;
  const from = offsetOf(reference);
  const to = offsetOf(zone);
  return from === undefined || to === undefined ? undefined : to - from;
}

function offsetOf(zone: string): number | undefined {
  const numeric = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  if (numeric) return (numeric[1] === '-' ? -1 : 1) * (Number(numeric[2]) * 60 + Number(numeric[3] ?? 0));
  return ZONES.find((group) => Object.hasOwn(group, zone))?.[zone];
}
