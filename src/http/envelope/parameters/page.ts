import { RawReply } from '../../server/raw-reply.js';

const HTML = 'text/html; charset=utf-8';

const PAGES: Readonly<Record<number, readonly [title: string, sentence: string]>> = {
  400: ['Bad Request', 'The browser (or proxy) sent a request that this server could not understand.'],
  401: ['Unauthorized', 'The server could not verify that you are authorized to access the URL requested.'],
  403: [
    'Forbidden',
    "You don't have the permission to access the requested resource. It is either read-protected or not readable by the server.",
  ],
  404: [
    'Not Found',
    'The requested URL was not found on the server. If you entered the URL manually please check your spelling and try again.',
  ],
  405: ['Method Not Allowed', 'The method is not allowed for the requested URL.'],
  413: ['Request Entity Too Large', 'The data value transmitted exceeds the capacity limit.'],
  500: [
    'Internal Server Error',
    'The server encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an error in the application.',
  ],
  503: [
    'Service Unavailable',
    'The server is temporarily unable to service your request due to maintenance downtime or capacity problems. Please try again later.',
  ],
};

/** A bare HTML page for an HTTP status: what clients get where no envelope is due (recordings 3, 10, 210). */
export function statusPage(httpStatus: number, headers: Readonly<Record<string, string>> = {}): RawReply {
  const [title, sentence] = PAGES[httpStatus] ?? ['Error', 'The request cannot be served.'];
  const body = `<!doctype html>\n<html lang=en>\n<title>${httpStatus} ${title}</title>\n<h1>${title}</h1>\n<p>${sentence}</p>\n`;
  return new RawReply(body, HTML, { httpStatus, headers });
}

/** The page of a redirection (recording 2). */
export function redirectPage(httpStatus: 302 | 308, location: string): RawReply {
  const target = escapeHtml(location);
  const body = `<!doctype html>\n<html lang=en>\n<title>Redirecting...</title>\n<h1>Redirecting...</h1>\n<p>You should be redirected automatically to the target URL: <a href="${target}">${target}</a>. If not, click the link.\n`;
  return new RawReply(body, HTML, { httpStatus, headers: { location } });
}

export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/**
 * Ends a request with an answer that is no envelope: thrown, since guards and the reader of bodies have no other way to
 * answer. `httperror` does not apply to it.
 */
export class AnswerWithPage extends Error {
  constructor(readonly page: RawReply) {
    super(`answered with HTTP ${page.httpStatus}`);
  }

  static notFound(): AnswerWithPage {
    return new AnswerWithPage(statusPage(404));
  }

  static methodNotAllowed(allowed: string): AnswerWithPage {
    return new AnswerWithPage(statusPage(405, { allow: allowed }));
  }

  /** A body that cannot be parsed, or a path that cannot be decoded. */
  static badRequest(): AnswerWithPage {
    return new AnswerWithPage(statusPage(400));
  }

  /** The connection ends with it: nobody reads the rest of such a body. */
  static tooLarge(): AnswerWithPage {
    return new AnswerWithPage(statusPage(413, { connection: 'close' }));
  }

  static moved(location: string): AnswerWithPage {
    return new AnswerWithPage(redirectPage(308, location));
  }

  /** What OPTIONS gets on a route without login. */
  static options(allowed: string): AnswerWithPage {
    return new AnswerWithPage(new RawReply('', HTML, { headers: { allow: allowed } }));
  }
}
