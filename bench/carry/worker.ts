/** A child process that measures runs of `carry`. */
import { work } from '../pool.js'
import { runOnce } from './run.js'

work(runOnce)
