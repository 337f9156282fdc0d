import type { IncomingMessage } from 'node:http';

import busboy from 'busboy';

import type { Exchange, ExchangeRequest } from '../../exchange.js';
import { AnswerWithPage } from './page.js';
import { FormValues, Parameters, type UploadedFile } from './parameters.js';
import { UNSPECIFIC, WireError } from '../errors/wire-error.js';

const MEBIBYTE = 1024 * 1024;
const FORM_LIMIT_BYTES = 64 * 1024;
const MULTIPART_LIMIT_BYTES = MEBIBYTE;
// Where administrators send files: 10,000 users with hashes are 2 MiB.
const FILE_LIMIT_BYTES = 8 * MEBIBYTE;
const MULTIPART_PARTS = 100;
// A client that has sent a little too much still reads its refusal; one that sends on and on loses the connection.
const DRAIN_LIMIT_BYTES = 4 * 1024 * 1024;

/** The client went away before its request was complete. */
export class ConnectionLost extends Error {
  constructor(options?: ErrorOptions) {
    super('the connection ended before the request was complete', options);
  }
}

/**
 * Query and body of a request as one set of parameters (spec/admin-api §1.2, §6.1). Reads the body at the first call;
 * later calls get the same answer.
 *
 * @throws AnswerWithPage for malformed JSON or multipart (400) and for too much of anything (413)
 * @throws WireError for JSON that is no object
 * @throws ConnectionLost
 */
export function readParameters(request: ExchangeRequest): Promise<Parameters> {
  return (request.exchange.reading ??= read(request));
}

/** The parameters of the query alone; none for JSON requests, whose query does not count. */
export function queryParameters(request: IncomingMessage): Parameters {
  if (isJson(mediaType(request))) return Parameters.none;
  return queryValues(request).toParameters();
}

async function read(request: ExchangeRequest): Promise<Parameters> {
  const type = mediaType(request);
  if (isJson(type)) return jsonParameters(await readBody(request, FORM_LIMIT_BYTES));
  const values = queryValues(request);
  if (request.method === 'GET' || request.method === 'HEAD') return values.toParameters();
  if (type === 'application/x-www-form-urlencoded') {
    values.addEncoded((await readBody(request, FORM_LIMIT_BYTES)).toString('utf8'));
  } else if (type === 'multipart/form-data') {
    const limitBytes = multipartLimit(request.exchange);
    const body = await readBody(request, limitBytes);
    return values.toParameters(await readMultipart(request.headers['content-type'] ?? '', body, values));
  }
  return values.toParameters();
}

function multipartLimit({ route, tokenFileBytes }: Exchange): number {
  switch (route?.takesFiles) {
    case 'tokens':
      // The form around the file.
      return tokenFileBytes + MULTIPART_LIMIT_BYTES;
    case 'configuration':
      return FILE_LIMIT_BYTES;
    default:
      return MULTIPART_LIMIT_BYTES;
  }
}

function mediaType(request: IncomingMessage): string {
  const header = request.headers['content-type'];
  if (header === undefined) return '';
  const semicolon = header.indexOf(';');
  return (semicolon < 0 ? header : header.slice(0, semicolon)).trim().toLowerCase();
}

function isJson(type: string): boolean {
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}

function queryValues(request: IncomingMessage): FormValues {
  const values = new FormValues();
  const { url = '' } = request;
  const mark = url.indexOf('?');
  if (mark >= 0) values.addEncoded(url.slice(mark + 1));
  return values;
}

function jsonParameters(body: Buffer): Parameters {
  let value: unknown;
  try {
    value = JSON.parse(body.toString('utf8'));
  } catch {
    throw AnswerWithPage.badRequest();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new WireError(UNSPECIFIC, 'the JSON body of a request must be an object');
  }
  return new Parameters(new Map(Object.entries(value)));
}

/** @throws AnswerWithPage, ConnectionLost */
function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer> {
  const drainBytes = limitBytes + DRAIN_LIMIT_BYTES;
  return new Promise((resolve, reject) => {
    if (request.readableEnded) return resolve(Buffer.alloc(0));
    if (request.destroyed) return reject(new ConnectionLost());
    if (Number(request.headers['content-length'] ?? 0) > drainBytes) {
      return reject(AnswerWithPage.tooLarge());
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= limitBytes) chunks.push(chunk);
      else if (length > drainBytes) {
        request.pause();
        reject(AnswerWithPage.tooLarge());
      }
    });
    request.on('end', () => {
      if (length > limitBytes) reject(AnswerWithPage.tooLarge());
      else resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
    });
    request.on('error', (cause) => reject(new ConnectionLost({ cause })));
    request.on('close', () => {
      // It also comes after every answer, where making an error would be the dearest part of the reading.
      if (!request.readableEnded) reject(new ConnectionLost());
    });
  });
}

/** Adds the fields to `values` and gives the files by their fields' names, the first of a name. */
function readMultipart(
  contentType: string,
  body: Buffer,
  values: FormValues,
): Promise<ReadonlyMap<string, UploadedFile>> {
  return new Promise((resolve, reject) => {
    const parser = parserOf(contentType);
    const files = new Map<string, UploadedFile>();
    const tooLarge = () => reject(AnswerWithPage.tooLarge());
    parser.on('field', (name: string | undefined, value: string | undefined, { valueTruncated }) => {
      // The value is missing where a part names a charset that nobody knows.
      if (valueTruncated) tooLarge();
      else values.add(name ?? '', value ?? '');
    });
    parser.on('file', (name: string | undefined, stream, info) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('error', () => reject(AnswerWithPage.badRequest()));
      stream.on('end', () => {
        const field = name ?? '';
        if (files.has(field)) return;
        const { filename = '', mimeType } = info;
        files.set(field, { fileName: filename, contentType: mimeType, content: Buffer.concat(chunks) });
      });
    });
    parser.on('partsLimit', tooLarge);
    parser.on('error', () => reject(AnswerWithPage.badRequest()));
    parser.on('close', () => resolve(files));
    parser.end(body);
  });
}

/** @throws AnswerWithPage for a content type without a boundary */
function parserOf(contentType: string): busboy.Busboy {
  try {
    return busboy({
      headers: { 'content-type': contentType },
      defParamCharset: 'utf8',
      // Both are told when they are reached, not when they are passed.
      limits: { parts: MULTIPART_PARTS + 1, fieldSize: FORM_LIMIT_BYTES + 1 },
    });
  } catch {
    throw AnswerWithPage.badRequest();
  }
}
