import { Controller, Get, UseGuards } from '@nestjs/common';

import type { DescribedRoute } from '../envelope/routes/legacy-route.js';
import { RawReply } from '../server/raw-reply.js';
import { Departure } from './departure.js';
import { docsPage } from './docs-page.js';
import { openApiDocument } from './openapi.js';
import { OperatorGuard } from './operator.guard.js';
import { Readiness, type ReadinessCheck } from './readiness.js';

const JSON_TYPE = 'application/json';
const TEXT = 'text/plain; charset=utf-8';
const LEAVING: ReadinessCheck = { name: 'serving', isReady: false, reason: 'this node is about to stop' };

/** What `/metrics` answers. */
export abstract class MetricsText {
  abstract readonly contentType: string;
  abstract read(): Promise<string>;
}

/** Every route of the compatible interfaces, and our own version, for the description. */
export class RouteCatalogue {
  constructor(
    readonly routes: readonly DescribedRoute[],
    readonly version: string,
  ) {}
}

/** For load balancers, monitoring and those who write clients. */
@Controller()
export class OpsController {
  constructor(
    private readonly readiness: Readiness,
    private readonly departure: Departure,
    private readonly metrics: MetricsText,
    private readonly catalogue: RouteCatalogue,
  ) {}

  /** The process answers; nothing else is looked at. */
  @Get('healthz')
  health(): RawReply {
    return new RawReply('ok\n', TEXT);
  }

  /** Database, keyring, migrations and clock: 200 when logins can be served, 503 else, and before the node stops. */
  @Get('readyz')
  async ready(): Promise<RawReply> {
    const checks = [...(await this.readiness.check()), ...(this.departure.isAnnounced ? [LEAVING] : [])];
    const isReady = checks.every((check) => check.isReady);
    const body = {
      ready: isReady,
      checks: Object.fromEntries(checks.map(({ name, isReady: ok, reason }) => [name, ok ? 'ok' : reason])),
    };
    return new RawReply(`${JSON.stringify(body)}\n`, JSON_TYPE, { httpStatus: isReady ? 200 : 503 });
  }

  @Get('metrics')
  @UseGuards(OperatorGuard)
  async metricsText(): Promise<RawReply> {
    return new RawReply(await this.metrics.read(), this.metrics.contentType);
  }

  @Get('api/docs')
  @UseGuards(OperatorGuard)
  docs(): RawReply {
    return new RawReply(docsPage(this.catalogue.routes), 'text/html; charset=utf-8');
  }

  @Get('api/docs/openapi.json')
  @UseGuards(OperatorGuard)
  openApi(): RawReply {
    const document = openApiDocument(this.catalogue.routes, this.catalogue.version);
    return new RawReply(JSON.stringify(document, null, 2), JSON_TYPE);
  }
}
