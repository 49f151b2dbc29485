import type { Contender } from './contenders/contender.ts';

interface All {
  /** All but this package. */
  readonly peers: readonly Contender[];
  readonly contenders: readonly Contender[];
  contenderNamed(name: string): Contender;
}

/** The contenders, where `npm ci --prefix bench` has installed them: the type checker looks no further than here. */
export function others(): Promise<All> {
  const all: string = './contenders/all.ts';
  return import(all);
}
