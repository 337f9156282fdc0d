import { httpErrorPage, requestedErrorStatus } from './http-error.js';
import { Parameters } from '../parameters/parameters.js';
import { WireError } from './wire-error.js';

const asking = (httperror: unknown) => new Parameters(new Map([['httperror', httperror]]));

describe('requestedErrorStatus', () => {
  it.each<[asked: unknown, status: number | null]>([
    ['444', 444],
    [' 444 ', 444],
    ['+404', 404],
    ['4_04', 404],
    ['', 500],
    ['abc', 500],
    ['40.4', 500],
    ['0x1f4', 500],
    ['4__04', 500],
    ['_404', 500],
    ['-404', 500],
    ['200', 500],
    ['0', 500],
    ['399', 500],
    ['600', 500],
    ['9'.repeat(400), 500],
    [404, 404],
    [404.9, 404],
    [200, 500],
    [true, 500],
    [['404'], 500],
    [{}, 500],
    [null, null],
    [undefined, null],
  ])('reads %j as %j', (asked, status) => {
    expect(requestedErrorStatus(asking(asked), 905, null)).toBe(status);
  });

  it.each<[asked: string, errorIds: string[] | null, status: number | null]>([
    ['444', null, 444],
    ['444', [], 444],
    ['444', ['233', '567', '1112'], 444],
    ['444', ['233', ' 1112 '], 444],
    ['444', ['233', '567'], null],
    ['', ['233', '567'], null],
  ])('with %j and the list %j answers %j', (asked, errorIds, status) => {
    expect(requestedErrorStatus(asking(asked), 1112, errorIds)).toBe(status);
  });

  it('can be limited to errors without an id', () => {
    expect(requestedErrorStatus(asking('444'), -311, ['-311'])).toBe(444);
  });
});

describe('httpErrorPage', () => {
  it('is the page of the spec', () => {
    const page = httpErrorPage(new WireError(1112, 'it failed'), 'LinOTP 3.4.4', 444, 401);
    expect(page.httpStatus).toBe(401);
    expect(page.contentType).toBe('text/html; charset=utf-8');
    expect(page.body).toBe(
      '\n<html>\n<head>\n<title>444 444 LinOTP Error</title>\n</head>\n<body>\n<h1>444 444 LinOTP Error</h1>\n[LinOTP 3.4.4] 1112: ERR1112: it failed\n<br>\n<br>\n</body>\n</html>\n',
    );
  });

  it('escapes the message', () => {
    const page = httpErrorPage(new WireError(905, `<script>"&'`), 'LinOTP 3.4.4', 404, 404);
    expect(page.body).toContain('ERR905: &lt;script&gt;&quot;&amp;&#39;\n');
    expect(page.body).toContain('<title>404 404 Not Found</title>');
  });
});
