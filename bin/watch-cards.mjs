/**
 * Watches the GPUs of one job for its supervisor: records temperature, clocks and what slows them down, and asks for a pause or
 * the end where a card is too hot. The supervisor does this, since its limits must hold without the server.
 */
import { execFile } from 'node:child_process'

const QUERY_MS = 20_000
const LONGEST_TIMER_MS = 2 ** 31 - 1
const FIELDS = 'index,temperature.gpu,clocks.sm'
/** Drivers have renamed this field, and refuse a query with a name that they do not know. */
const SLOWED_BY = ['clocks_throttle_reasons.active', 'clocks_event_reasons.active']
/** The bits are explained in src/dispatch/devices/throttling.ts. */
const IDLE = 0x1
const THROTTLED = 0x8 | 0x20 | 0x40 | 0x80
/** A card must be missing so often in a row before it counts as lost. */
const LOST_AFTER = 2
/** What nvidia-smi says of a card that is gone; another failure of it may pass. */
const LOST = /is lost|fallen off the bus|Unable to determine the device handle|No devices were found/i

/**
 * `thermal`: startBelow, pauseAt, abortAt in °C, and pauseSeconds, the longest pause. `act` pauses, resumes or ends the job.
 */
export function watchCards({ devices, everySeconds, thermal }, act) {
  const seen = { samples: 0, working: 0, temperatures: [], clocks: [], slowed: new Map(), throttled: 0 }
  let [slowedBy, missing, ended, closing] = [SLOWED_BY[0], 0, undefined, false]
  let timer
  /** Runs while the job is paused. It needs no answer: a card that falls off the bus makes nvidia-smi hang. */
  let longestPause
  let asking = look()

  return {
    /** Resolves to what was seen. A last answer that is under way is still recorded, unless it is why the job was ended. */
    stop: async () => {
      closing = true
      clearTimeout(timer)
      clearTimeout(longestPause)
      if (ended === undefined) await asking
      return summary()
    },
  }

  async function look() {
    const answer = await query(devices, slowedBy)
    if (answer.unknownField) slowedBy = SLOWED_BY[1]
    if (answer.rows) take(answer.rows)
    else if (LOST.test(answer.said)) lose(answer.said)
    if (closing) return
    timer = setTimeout(() => {
      asking = look()
    }, everySeconds * 1000)
  }

  function take(rows) {
    const cards = rows.filter(({ device }) => devices.includes(device))
    const gone = devices.filter((device) => cards.every((card) => card.device !== device))
    if (gone.length > 0) return lose(`nvidia-smi no longer finds GPU ${gone.join(', ')}`)
    missing = 0
    const hottest = cards.reduce((a, b) => ((b.temperature ?? -1) > (a.temperature ?? -1) ? b : a))
    if (longestPause === undefined) record(cards, hottest)
    if (thermal && hottest.temperature !== undefined && !closing) heed(hottest)
  }

  function record(cards, { temperature }) {
    seen.samples++
    if (temperature !== undefined) seen.temperatures.push(temperature)
    const working = cards.filter(({ bits }) => bits === undefined || (bits & IDLE) === 0)
    if (working.length === 0) return
    seen.working++
    seen.clocks.push(...working.flatMap(({ clock }) => (clock === undefined ? [] : [clock])))
    const bits = working.reduce((all, card) => all | (card.bits ?? 0), 0)
    if (bits & THROTTLED) seen.throttled++
    for (let bit = 2; bit <= bits; bit *= 2)
      if (bits & bit) seen.slowed.set(bit, (seen.slowed.get(bit) ?? 0) + 1)
  }

  function heed({ device, temperature }) {
    const { startBelow, pauseAt, abortAt } = thermal
    if (abortAt !== undefined && temperature >= abortAt)
      return end('hot', `GPU ${device} reached ${temperature} °C, and trials end at ${abortAt}`)
    if (longestPause === undefined && pauseAt !== undefined && temperature >= pauseAt) pause(device)
    else if (longestPause !== undefined && temperature < startBelow) resume()
  }

  function pause(device) {
    const { startBelow, pauseSeconds } = thermal
    const why = `GPU ${device} was not seen below ${startBelow} °C within ${pauseSeconds} s`
    longestPause = setTimeout(() => end('hot', why), Math.min(pauseSeconds * 1000, LONGEST_TIMER_MS))
    act.pause()
  }

  function resume() {
    clearTimeout(longestPause)
    longestPause = undefined
    act.resume()
  }

  function lose(said) {
    if (!closing && ++missing >= LOST_AFTER)
      end('lost card', `devices: GPU ${devices.join(', ')} was lost: ${said.trim().slice(0, 300)}`)
  }

  function end(how, why) {
    ended = why
    closing = true
    clearTimeout(longestPause)
    act.end(how)
  }

  function summary() {
    const { temperatures, clocks, slowed, working, throttled } = seen
    return {
      ended,
      temperature:
        temperatures.length > 0 ? { max: Math.max(...temperatures), mean: mean(temperatures) } : undefined,
      smClock: clocks.length > 0 ? { mean: mean(clocks), min: Math.min(...clocks) } : undefined,
      slowed: Object.fromEntries([...slowed].map(([bit, count]) => [bit, count / working])),
      throttledShare: working > 0 ? throttled / working : undefined,
    }
  }
}

function query(devices, slowedBy) {
  const words = [`--query-gpu=${FIELDS},${slowedBy}`, '--format=csv,noheader,nounits', '-i', devices.join()]
  return new Promise((resolve) => {
    execFile('nvidia-smi', words, { timeout: QUERY_MS }, (error, stdout, stderr) => {
      if (!error) return resolve({ rows: stdout.split('\n').filter(Boolean).map(readRow) })
      const said = `${stderr}${stdout}`
      resolve({ said, unknownField: said.includes('not a valid field') })
    })
  })
}

function readRow(line) {
  const [device, temperature, clock, bits] = line.split(',').map((cell) => cell.trim())
  return {
    device,
    temperature: numberIn(temperature),
    clock: numberIn(clock),
    bits: numberIn(bits),
  }
}

/** A card does not tell everything: a cell may be [N/A], or the name of an error. */
function numberIn(cell) {
  const number = Number(cell === '' ? undefined : cell)
  return Number.isFinite(number) ? number : undefined
}

function mean(values) {
  return values.reduce((a, b) => a + b, 0) / values.length
}
