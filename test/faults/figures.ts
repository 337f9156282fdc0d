/** How much of something a run does: moderate by default, more in `npm run faults`. */
export function countOf(variable: string, usual: number): number {
  const given = Number(process.env[variable]);
  return Number.isInteger(given) && given > 0 ? given : usual;
}

/** `npm run faults` and `npm run fuzz` do. */
export const PRINTS_FIGURES = process.env['TWINLOCK_PRINT_FIGURES'] === '1';

/** Said by `npm run faults`, which prints figures; a test asserts none of them. */
export function figure(text: string): void {
  if (PRINTS_FIGURES) process.stdout.write(`  ${text}\n`);
}

/** `median 12.3 ms, 99 % 20.1 ms, slowest 25.0 ms` */
export function timesText(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  const at = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN).toFixed(1);
  return `median ${at(0.5)} ms, 99 % ${at(0.99)} ms, slowest ${at(1)} ms`;
}
