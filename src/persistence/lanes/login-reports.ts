import type { DueReport, LoginDecision } from '@app/authentication';

const UNCOUNTED = -1;
const END = '\nSELECT 1 / (';

/** What the decisions want reported, each once. */
export function dueReports(decisions: readonly LoginDecision[]): DueReport[] {
  const reports = decisions.flatMap((decision) => decision.reports ?? []);
  const named = reports.map(
    (report) => [`${report.event} ${report.status} ${report.realm}`, report] as const,
  );
  return [...new Map(named).values()];
}

/**
 * The statement of a batch that writes reports, too. The numbers are the database's business, at the end of the transaction: a
 * statement does not see what it changes.
 * @param first of the parameters for `reportParameters`
 */
export function reporting(text: string, first: number): string {
  const arrays = [0, 1, 2].map((place) => `$${first + place}::text[]`).join(', ');
  const told = `,
told AS (
  INSERT INTO token_report (event, realm, status, count)
  SELECT r.*, ${UNCOUNTED} FROM unnest(${arrays}) AS r
)`;
  return text.replace(END, `${told}${END}`);
}

export function reportParameters(reports: readonly DueReport[]): unknown[] {
  return [
    reports.map(({ event }) => event),
    reports.map(({ realm }) => realm),
    reports.map(({ status }) => status),
  ];
}
