/**
 * Preloaded into a server (NODE_OPTIONS=--require), with a folder in DISK. Keeps in DISK/kept a copy of the database as
 * the last fsync of each file has left it: no more than that is sure to be there after a power cut. Notes each fsync in
 * DISK/log, and lets none end while there is a file DISK/stuck.
 */
const fs = require('node:fs')
const { syncBuiltinESMExports } = require('node:module')
const { dirname, join, relative } = require('node:path')

const { DISK, CHIRON_DATA_DIR } = process.env
const { fsyncSync } = fs
const sleeper = new Int32Array(new SharedArrayBuffer(4))

fs.fsyncSync = (fd) => {
  const path = fs.readlinkSync(`/proc/self/fd/${fd}`)
  fs.appendFileSync(join(DISK, 'log'), `${path}\n`)
  while (fs.existsSync(join(DISK, 'stuck'))) Atomics.wait(sleeper, 0, 0, 5)
  fsyncSync(fd)
  keep(path, join(DISK, 'kept', relative(fs.realpathSync(CHIRON_DATA_DIR), path)))
}
syncBuiltinESMExports()

/** The sync of a folder makes it last what has been removed from it. */
function keep(path, kept) {
  if (fs.statSync(path).isFile()) {
    fs.mkdirSync(dirname(kept), { recursive: true })
    fs.copyFileSync(path, kept)
    return
  }
  const names = new Set(fs.readdirSync(path))
  for (const name of fs.existsSync(kept) ? fs.readdirSync(kept) : [])
    if (!names.has(name)) fs.rmSync(join(kept, name), { recursive: true })
}
