/**
 * A server without rules, to compare with: reads a login's form and answers with as many bytes as Twinlock does.
 *
 *   server.mjs http       node:http
 *   server.mjs nest       Nest on Express as it comes
 *   server.mjs lean       Nest on Express as Twinlock has it
 *   server.mjs committer  the same, and what pgbench's transaction does on the same tables, in shared statements
 *
 * `BENCH_ANSWER` is the answer (JSON of `headers`, pairs, and `body`), TWINLOCK_PORT where to listen; `BENCH_DATABASE` (JSON of libpq's
 * environment) and `BENCH_TOKENS` are for the last one.
 */
import 'reflect-metadata';

import { createServer } from 'node:http';

import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

import { readParameters } from '../../../../dist/src/http/envelope/parameters/read-parameters.js';
import { LeanAdapter } from '../../../../dist/src/http/server/lean-adapter.js';
import { RawReply } from '../../../../dist/src/http/server/raw-reply.js';
import { openGroupCommit } from './group-commit.mjs';

const [kind] = process.argv.slice(2);
const port = Number(process.env.TWINLOCK_PORT);
const { headers, body } = JSON.parse(process.env.BENCH_ANSWER);
const answer = Buffer.from(body);
const head = [...headers.flat(), 'Content-Length', String(answer.length)];

function serveHttp() {
  createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const form = new URLSearchParams(Buffer.concat(chunks).toString());
      const isLogin = form.has('serial') && form.has('pass');
      response.writeHead(isLogin || request.method === 'GET' ? 200 : 400, head).end(answer);
    });
  }).listen(port, '127.0.0.1');
}

class PlainController {
  checkSerial({ body: form }, response) {
    const isLogin = 'serial' in form && 'pass' in form;
    for (const [name, value] of headers) response.setHeader(name, value);
    response.status(isLogin ? 200 : 400).send(answer);
  }
}

class LeanController {
  async checkSerial(request) {
    const form = await readParameters(request);
    const isLogin = form.has('serial') && form.has('pass');
    return new RawReply(answer, 'application/json', { httpStatus: isLogin ? 200 : 400 });
  }
}

class CommitterController {
  static commit;

  async checkSerial(request) {
    const form = await readParameters(request);
    await CommitterController.commit(form.text('serial') ?? '');
    return new RawReply(answer, 'application/json', { httpStatus: 200 });
  }
}

async function serveNest(controller, parameters, ...options) {
  const { prototype } = controller;
  const login = Object.getOwnPropertyDescriptor(prototype, 'checkSerial');
  Post('validate/check_s')(prototype, 'checkSerial', login);
  for (const [place, decorate] of parameters.entries()) decorate()(prototype, 'checkSerial', place);
  prototype.ready = () => 'ready';
  Get(['readyz', 'healthz'])(prototype, 'ready', Object.getOwnPropertyDescriptor(prototype, 'ready'));
  Controller()(controller);
  const app = await NestFactory.create({ module: controller, controllers: [controller] }, ...options);
  await app.listen(port, '127.0.0.1');
}

const LEAN = () => [new LeanAdapter(), { bodyParser: false, logger: false }];
const SERVERS = {
  http: serveHttp,
  nest: () => serveNest(PlainController, [Req, Res], { logger: false }),
  lean: () => serveNest(LeanController, [Req], ...LEAN()),
  async committer() {
    const { BENCH_DATABASE: database, BENCH_TOKENS: tokens } = process.env;
    CommitterController.commit = await openGroupCommit(JSON.parse(database), Number(tokens));
    await serveNest(CommitterController, [Req], ...LEAN());
  },
};
await SERVERS[kind]();
