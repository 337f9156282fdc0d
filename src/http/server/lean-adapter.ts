import { randomUUID } from 'node:crypto';
import http, { type OutgoingHttpHeader, type OutgoingHttpHeaders } from 'node:http';
import https from 'node:https';
import { Server } from 'node:net';

import { type NestApplicationOptions, StreamableFile } from '@nestjs/common';
import { ExpressAdapter } from '@nestjs/platform-express';
import express, { type Express, type Request, type Response } from 'express';

import { Networks } from '../../config/networks.js';
import { statusPage } from '../envelope/parameters/page.js';
import type { Exchange } from '../exchange.js';
import type { AnswerObserver } from './answer-observer.js';
import { cameSecurely } from './client-address.js';
import type { LoginDoor } from './login-door.js';
import { openExchange } from './open-exchange.js';
import { RawReply, sendReply, StreamedReply, streamReply } from './raw-reply.js';
import { SECURITY_HEADERS, SECURITY_HEADERS_BY_TLS } from './security-headers.js';
import type { StoredForwarding } from './stored-forwarding.js';

const HEADERS_TIMEOUT_MS = 15_000;
const REQUEST_TIMEOUT_MS = 60_000;
// Longer than load balancers keep idle connections, so that they and not we end them.
const KEEP_ALIVE_TIMEOUT_MS = 75_000;

// New connections that are not taken yet; a client whose attempt exceeds them tries again after a second. The system may
// allow fewer (net.core.somaxconn).
const MOST_NEW_CONNECTIONS = 4_096;

const FLAT_HEADERS = SECURITY_HEADERS.flat();
const FLAT_HEADERS_BY_TLS = SECURITY_HEADERS_BY_TLS.flat();

/**
 * Express behind Nest without what costs and is not needed: no ETag, no query or body parser of its own, and requests
 * and responses that are made with Express's prototypes (it would otherwise change the prototype of each, which costs
 * more than all the rest of it). Every request has its exchange before it is routed; every answer has the security
 * headers and `X-Request-Id`.
 *
 * Made with `NestFactory.create(module, new LeanAdapter(proxies), { bodyParser: false, httpsOptions })`.
 */
export class LeanAdapter extends ExpressAdapter {
  /** Who is let in while many wait; `null`: everybody is. */
  door: LoginDoor | null = null;
  #isClosing = false;

  /**
   * @param trustedProxies whose X-Forwarded-For and X-Forwarded-Proto count
   * @param stored         whom administrators trust
   */
  constructor(
    private readonly trustedProxies: Networks = Networks.none,
    private readonly observer: AnswerObserver | null = null,
    private readonly stored: StoredForwarding | null = null,
  ) {
    super(leanExpress());
  }

  override initHttpServer(options?: NestApplicationOptions): void {
    const app = this.getInstance<Express>();
    const messages = messageClasses(app, this.observer, () => this.#isClosing);
    const serve = (request: http.IncomingMessage, response: http.ServerResponse) => {
      request.url = originForm(request.url ?? '/');
      if (this.door?.turnsAway(request, response, () => cameSecurely(request, this.trustedProxies))) return;
      // These are Express's from here on: their prototypes are its own.
      const served = request as Request;
      served.exchange = openExchange(request, this.trustedProxies, this.stored?.current() ?? null);
      app(served, response as Response, (error?: unknown) => {
        sendReply(response, statusPage(error === undefined || error === null ? 404 : 500));
      });
    };
    const server = options?.httpsOptions
      ? https.createServer({ minVersion: 'TLSv1.2', ...options.httpsOptions, ...messages }, serve)
      : http.createServer(messages, serve);
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    server.requestTimeout = REQUEST_TIMEOUT_MS;
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
    this.httpServer = server;
  }

  override listen(port: string | number, hostname?: string | (() => void), then?: () => void): http.Server {
    const address = { port: Number(port), backlog: MOST_NEW_CONNECTIONS };
    return typeof hostname === 'string'
      ? this.httpServer.listen({ ...address, host: hostname }, then)
      : this.httpServer.listen(address, hostname);
  }

  override reply(response: Response, body: unknown, statusCode?: number): void {
    if (body instanceof RawReply) return sendReply(response, body);
    if (body instanceof StreamedReply) return streamReply(response, body);
    if (body instanceof StreamableFile) {
      super.reply(response, body, statusCode);
      return;
    }
    const given = response.getHeader('Content-Type');
    const isText = typeof body === 'string' || Buffer.isBuffer(body);
    const content = isText ? body : body === undefined || body === null ? '' : JSON.stringify(body);
    const type = isText ? 'text/html; charset=utf-8' : 'application/json; charset=utf-8';
    sendReply(
      response,
      new RawReply(content, typeof given === 'string' ? given : type, {
        httpStatus: statusCode ?? response.statusCode,
      }),
    );
  }

  /**
   * Takes no new connections, and ends each open one with the answer that it gets next. An idle one stays for its other end to
   * close, or to use: a proxy may be sending a request on it at this very moment, which it would then not send to anybody else.
   * @returns when none is left
   */
  leaveConnections(): Promise<void> {
    this.#isClosing = true;
    return new Promise((resolve) => {
      // Behind the connections that arrived with what is being handled: with the socket the queue of those not accepted is gone.
      setImmediate(() => Server.prototype.close.call(this.httpServer, () => resolve()));
    });
  }

  override beforeClose(): void {
    this.#isClosing = true;
    super.beforeClose();
  }

  override close(): Promise<unknown> | undefined {
    this.#isClosing = true;
    return super.close();
  }
}

function leanExpress(): Express {
  // All of it before the first route: the router reads its settings once.
  const app = express();
  app.enable('case sensitive routing');
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('query parser', false);
  return app;
}

/** Requests and responses whose prototypes are Express's already, so that Express need not change each of them. */
function messageClasses(app: Express, observer: AnswerObserver | null, isClosing: () => boolean) {
  class ServedRequest extends http.IncomingMessage {
    exchange: Exchange | undefined = undefined;
  }

  class ServedResponse extends http.ServerResponse<ServedRequest> {
    isWhole?: boolean;

    /** The one place that every answer passes. */
    override writeHead(
      statusCode: number,
      reason?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
      headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
    ): this {
      // While the server closes, a connection ends with the answer it waited for.
      if (isClosing()) this.shouldKeepAlive = false;
      // Turned away at the door: all of the answer is there already.
      if (this.isWhole) {
        return typeof reason === 'string'
          ? super.writeHead(statusCode, reason, headers)
          : super.writeHead(statusCode, reason);
      }
      // There is none where Node itself answers, as to a request without a host.
      const { exchange, method } = this.req;
      if (exchange && observer) {
        const seconds = (performance.now() - exchange.startedAt) / 1000;
        observer.answered(exchange, method ?? '', statusCode, seconds);
      }
      const isSecure = exchange?.origin.isSecure ?? false;
      const requestId = exchange?.requestId ?? randomUUID();
      if (Array.isArray(reason) && this.getHeaderNames().length === 0) {
        const constant = isSecure ? FLAT_HEADERS_BY_TLS : FLAT_HEADERS;
        return super.writeHead(statusCode, [...reason, ...constant, 'X-Request-Id', requestId]);
      }
      for (const [name, value] of isSecure ? SECURITY_HEADERS_BY_TLS : SECURITY_HEADERS) {
        if (!this.hasHeader(name)) this.setHeader(name, value);
      }
      this.setHeader('X-Request-Id', requestId);
      return typeof reason === 'string'
        ? super.writeHead(statusCode, reason, headers)
        : super.writeHead(statusCode, reason);
    }
  }

  Object.setPrototypeOf(ServedRequest.prototype, express.request);
  Object.setPrototypeOf(ServedResponse.prototype, express.response);
  Object.assign(ServedRequest.prototype, { app });
  Object.assign(ServedResponse.prototype, { app });
  Object.assign(app, { request: ServedRequest.prototype, response: ServedResponse.prototype });
  return { IncomingMessage: ServedRequest, ServerResponse: ServedResponse };
}

/** The absolute form of a request target (RFC 9112 §3.2.2) as path and query; anything else as it is. */
function originForm(target: string): string {
  if (target.startsWith('/')) return target;
  const authority = /^https?:\/\/[^/?#]*/i.exec(target)?.[0];
  if (authority === undefined) return target;
  const rest = target.slice(authority.length);
  return rest.startsWith('/') ? rest : `/${rest}`;
}
