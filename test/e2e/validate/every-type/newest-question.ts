let newest = '';

/** What was asked last, of whomever; for types whose OTPs go by it. */
export function newestQuestion(): string {
  return newest;
}

/** Keeps a question that was asked; of most types there is none. */
export function rememberQuestion(question: unknown): void {
  if (typeof question === 'string') newest = question;
}
