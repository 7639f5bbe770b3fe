/** A small file system of its own, in memory, which can be filled. */
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PIECE = Buffer.alloc(2 ** 16)

export class Disk {
  private constructor(readonly folder: string) {}

  /** Undefined where this user may not mount a file system. */
  static mount(megabytes: number): Disk | undefined {
    const folder = mkdtempSync(join(tmpdir(), 'chiron-disk-'))
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder])
    if (status === 0) return new Disk(folder)
    rmSync(folder, { recursive: true })
    return undefined
  }

  fill(): void {
    try {
      for (;;) appendFileSync(this.ballast, PIECE)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }

  free(): void {
    rmSync(this.ballast, { force: true })
  }

  async unmount(): Promise<void> {
    spawnSync('umount', ['-l', this.folder])
    await rm(this.folder, { recursive: true, force: true })
  }

  private get ballast(): string {
    return join(this.folder, 'ballast')
  }
}
