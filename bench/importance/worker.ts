/** A child process that measures runs of `importance`. */
import { work } from '../pool.js'
import { runOnce } from './run.js'

work(runOnce)
