import type { Abstract, FactoryProvider, Type, ValueProvider } from '@nestjs/common';

/** A class that stands for its instances: a port's abstract class or a use case. */
type Token<T> = Abstract<T> | Type<T>;

type Instances<D extends readonly Token<unknown>[]> = {
  [K in keyof D]: D[K] extends Token<infer T> ? T : never;
};

/** Makes a use case out of the ports it names. What `make` does not get, or does not give, is a compile error. */
export function bind<T extends object, const D extends readonly Token<unknown>[]>(
  token: Token<T>,
  dependencies: D,
  make: (...instances: Instances<D>) => T,
): FactoryProvider<T> {
  return { provide: token as Type<T>, inject: [...dependencies] as Type<unknown>[], useFactory: make };
}

/** Puts an adapter behind a port. */
export function standFor<T extends object>(port: Token<T>, adapter: T): ValueProvider<T> {
  return { provide: port as Type<T>, useValue: adapter };
}
