import type { INestApplication } from '@nestjs/common';

import {
  EVERYWHERE,
  type LegacyRoute,
  userRightOf,
} from '../../../../src/http/envelope/routes/legacy-route.js';
import { RouteCatalogue } from '../../../../src/http/ops/ops.controller.js';

/** Where requests are sent, as the running application tells of it. */
export interface Endpoint {
  /** With Express parameters: `/api/v2/tokens/:serial`. */
  readonly path: string;
  /** What it says of itself; `null` for what is no route of the compatible interfaces. */
  readonly route: LegacyRoute | null;
  readonly isForUsers: boolean;
  readonly inPath: readonly string[];
  readonly parameters: readonly string[];
  /** What it shares with all others. */
  readonly common: readonly string[];
  readonly required: ReadonlySet<string>;
}

/** Whom the record of a request names, whatever it asks for. */
const RECORDED = ['user', 'realm', 'resConf'];

interface ExpressLayer {
  readonly route?: { readonly path: unknown };
}

/** Everything that Express has a route for, with what the catalogue says of it: a new function is in here unnamed. */
export function endpointsOf(app: INestApplication): readonly Endpoint[] {
  const described = new Map(app.get(RouteCatalogue).routes.map(({ path, route }) => [path, route]));
  const { router } = app.getHttpAdapter().getInstance() as { router: { stack: readonly ExpressLayer[] } };
  const paths = router.stack.map((layer) => layer.route?.path).filter((path) => typeof path === 'string');
  return [...new Set([...described.keys(), ...paths])].toSorted().map((path) => {
    const route = described.get(path) ?? null;
    const own = route?.parameters ?? [];
    const named = own.map(({ name }) => name);
    const common = route ? [...EVERYWHERE.map(({ name }) => name), ...RECORDED] : [];
    return {
      path,
      route,
      isForUsers: route !== null && userRightOf(route) !== null,
      inPath: [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name),
      parameters: named,
      common: common.filter((name) => !named.includes(name)),
      required: new Set(own.filter(({ required }) => required).map(({ name }) => name)),
    };
  });
}
