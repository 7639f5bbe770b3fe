import type { Bench } from '../../bench/subject.js'

/** What the command line leaves open where it asks for nothing, but for these wishes. */
export function asked(wishes: Pick<Bench, 'peers'> & Partial<Bench>): Bench {
  return {
    quick: false,
    seeds: undefined,
    slowSeeds: undefined,
    methods: undefined,
    workers: undefined,
    histories: undefined,
    hours: undefined,
    resume: false,
    processes: 1,
    say: () => {},
    ...wishes,
  }
}
