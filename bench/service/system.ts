/** What `service` puts under load: something that keeps studies, for workers that ask and tell. */
export interface System {
  /** Workers that ask and tell as fast as they are answered, on studies of their own. */
  load(load: Load): Promise<Pairs>
  /** One study, the same each time, grows to so many finished trials. They are not asked for one by one. */
  fill(trials: number): Promise<void>
  /** A worker that is new to that study. */
  behind(stay: Stay): Promise<Behind>
  stop(): Promise<unknown>
}

export interface Load {
  readonly workers: number
  /** Each worker is bound to one of them. */
  readonly studies: number
  readonly seconds: number
}

/** Milliseconds of every ask and every tell. */
export interface Calls {
  readonly ask: readonly number[]
  readonly tell: readonly number[]
}

export interface Pairs extends Calls {
  /** From the first ask to the last answer. */
  readonly seconds: number
}

/** It ends with whichever comes first. */
export interface Stay {
  readonly pairs: number
  readonly seconds: number
}

export interface Behind extends Calls {
  /** Until its first pair was answered, joining the study included; milliseconds. */
  readonly first: number
  /** Of the process that holds the history. */
  readonly memoryMb: number
  /** Milliseconds of what a dashboard reads; absent where nothing of the kind can be asked for. */
  readonly reads?: Reads
}

export interface Reads {
  /** A page of 100 finished trials. */
  readonly page: readonly number[]
  readonly summary: readonly number[]
}

/** The memory of a server that was used for many studies, in MB. */
export interface HeldMemory {
  readonly limitMb: number
  /** Resident memory before any study, and the most that was seen. */
  readonly startMb: number
  readonly residentMb: number
  /** The most studies that were held at a time, and the most memory that the service counted for held studies. */
  readonly studies: number
  readonly heldMb: number
}

/** What other calls took beside a slow search. */
export interface BesideSlow {
  readonly id: 'requests-thread' | 'worker-threads'
  readonly label: string
  readonly database: 'Postgres' | 'PGlite'
  /** Trials that the gp study gave out per second meanwhile. */
  readonly trialsPerSecond: number
  /** Milliseconds of each call. */
  readonly ask: readonly number[]
  readonly heartbeat: readonly number[]
  readonly health: readonly number[]
}
