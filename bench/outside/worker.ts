/** A child process that measures runs of `outside`. */
import { work } from '../pool.js'
import { runOnce } from './run.js'

work(runOnce)
