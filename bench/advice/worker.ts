/** A child process that measures runs of `advice`. */
import { work } from '../pool.js'
import { runOnce } from './run.js'

work(runOnce)
