export const median = (numbers) =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;

/** @param {number} share 0.99: the time that 99 % of them do not exceed */
export function quantile(times, share) {
  const sorted = times.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** A figure for the table: what is not known is a dash. */
export const shown = (value, digits = 0) => (Number.isFinite(value) ? value.toFixed(digits) : '-');

/** Rows under their titles, each column as wide as it has to be; the first one flush left. */
export function table(titles, rows) {
  const lines = [titles, ...rows].map((cells) => cells.map(String));
  const widths = titles.map((_, column) => Math.max(...lines.map((cells) => cells[column].length)));
  return lines
    .map((cells) =>
      cells
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  '),
    )
    .join('\n');
}
