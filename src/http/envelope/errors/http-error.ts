import { RawReply } from '../../server/raw-reply.js';
import { escapeHtml } from '../parameters/page.js';
import type { Parameters } from '../parameters/parameters.js';
import type { WireError } from './wire-error.js';

const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  410: 'Gone',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
};
const FALLBACK = 500;
// Python's decimal integers: blanks around, a sign, single underscores between digits.
const DECIMAL = /^\s*[+-]?\d+(?:_\d+)*\s*$/;

/**
 * The HTTP status that the parameter `httperror` asks for errors (spec/admin-api §1.5, §6.2).
 *
 * @param errorIds ids it applies to (setting `errors`); `null` or empty: all
 * @returns 400 … 599, or `null` where the error is to be an envelope
 */
export function requestedErrorStatus(
  parameters: Parameters,
  code: number,
  errorIds: readonly string[] | null,
): number | null {
  const value = parameters.raw('httperror');
  if (value === undefined || value === null) return null;
  if (errorIds !== null && errorIds.length > 0) {
    const id = String(code);
    if (!errorIds.some((item) => item.trim() === id)) return null;
  }
  return errorStatus(value);
}

/** The page in place of the error envelope; `requested` is what it shows, `sent` the status it goes out with. */
export function httpErrorPage(error: WireError, version: string, requested: number, sent: number): RawReply {
  const heading = `${requested} ${requested} ${REASONS[requested] ?? 'LinOTP Error'}`;
  const line = escapeHtml(`[${version}] ${error.code}: ${error.message}`);
  const body = `
<html>
<head>
<title>${heading}</title>
</head>
<body>
<h1>${heading}</h1>
${line}
<br>
<br>
</body>
</html>
`;
  return new RawReply(body, 'text/html; charset=utf-8', { httpStatus: sent });
}

// Anything that is no error status would make success of an error, or an invalid status line.
function errorStatus(value: unknown): number {
  const status =
    typeof value === 'number'
      ? Math.trunc(value)
      : typeof value === 'string' && DECIMAL.test(value)
        ? Number(value.replaceAll('_', ''))
        : FALLBACK;
  return status >= 400 && status <= 599 ? status : FALLBACK;
}
