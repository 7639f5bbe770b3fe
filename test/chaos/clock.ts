/** A clock that can be set while processes run: theirs is Debian's libfaketime, which reads the offset from a file. */
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const LIBRARY = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
].find(existsSync)

export class Clock {
  private readonly file: string

  constructor(folder: string) {
    this.file = join(folder, 'clock')
    this.set(0)
  }

  static isInstalled(): boolean {
    return LIBRARY !== undefined
  }

  /** So many seconds before or after the true time. The monotonic clock goes on as it does. */
  set(seconds: number): void {
    writeFileSync(this.file, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  }

  /** For the processes that have this clock. */
  get env(): Record<string, string> {
    return {
      LD_PRELOAD: LIBRARY!,
      FAKETIME_TIMESTAMP_FILE: this.file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    }
  }
}
