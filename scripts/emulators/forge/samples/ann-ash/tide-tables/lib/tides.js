// When the water is high. The moon passes every 12 hours and 25 minutes; a harbour hears of it later or sooner.

const CYCLE_MINUTES = 12 * 60 + 25.2;
/** A high water that everything is counted from. */
const REFERENCE = Date.UTC(2026, 0, 1, 2, 40);

/** High and low waters of one day, in order: `{ time: 'HH:MM', kind: 'high' | 'low', metres }`. */
export function tidesOf(harbour, date) {
  const start = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(start)) throw new RangeError(`${date} is not a date`);
  const half = CYCLE_MINUTES / 2;
  const sinceReference = (start - REFERENCE) / 60_000 - harbour.offsetMinutes;
  const tides = [];
  for (let step = Math.ceil(sinceReference / half); ; step++) {
    const minutes = step * half - sinceReference;
    if (minutes >= 24 * 60) return tides;
    const high = step % 2 === 0;
    tides.push({ time: clock(minutes), kind: high ? 'high' : 'low', metres: Number((high ? harbour.rangeMetres + 0.6 : 0.6).toFixed(1)) });
  }
}

/** Minutes after midnight as a time of day. */
export function clock(minutes) {
  const whole = Math.floor(minutes);
  return `${String(Math.floor(whole / 60)).padStart(2, '0')}:${String(whole % 60).padStart(2, '0')}`;
}
