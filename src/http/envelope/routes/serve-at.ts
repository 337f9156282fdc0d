import type { Type } from '@nestjs/common';

import { LegacyController } from './legacy-controller.js';
import { audienceOf, prefixOf } from './legacy-route.js';

/**
 * The controllers as they are to be served: left out, as they are, or at other paths, each a class of its own with the
 * same functions.
 * @param pathsOf where the functions of a prefix are served
 */
export function servedAt(
  controllers: readonly Type[],
  pathsOf: (usual: string) => readonly string[],
): readonly Type[] {
  return controllers.flatMap((controller) => {
    const prefix = prefixOf(controller);
    if (prefix === null) return [controller];
    const usual = `/${prefix}`;
    return pathsOf(usual).map((path) => (path === usual ? controller : elsewhere(controller, path)));
  });
}

function elsewhere(controller: Type, path: string): Type {
  const Elsewhere = class extends controller {};
  LegacyController(path.slice(1), audienceOf(controller))(Elsewhere);
  return Elsewhere;
}
