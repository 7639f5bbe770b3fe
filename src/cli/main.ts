/** The command line: each command is a file of its own, loaded when it is called. */
import { Command, CommanderError } from 'commander'
import { Fault } from '../faults.js'
import { version } from '../root.js'
import type { DemoOptions } from './demo.js'
import type { RunOptions } from './run.js'
import type { WorkerOptions } from './worker.js'

const program = new Command('chiron')
  .description('Hyperparameter search as a service: ask for trials, run them, tell what came of them.')
  .version(version)
  .showHelpAfterError('(chiron --help shows what there is)')
  .addHelpText(
    'after',
    `
Environment:
  HOST, PORT         where to listen (127.0.0.1, 8080)
  DATABASE_URL       a Postgres; without it, an embedded database in CHIRON_DATA_DIR (./.chiron)
  CHIRON_TOKEN       the bearer token that callers must send; needed to listen beyond this machine
  CHIRON_TRAINERS    a folder of trainer profiles, beside the built-in ones
  CHIRON_PYTHON      the interpreter of trainers in Python, in place of one that chiron prepare sets up
  CHIRON_CPU_SLOTS   trials at a time that need no GPU (as many as there are processors)
  RAY_ADDRESS        the dashboard of a Ray cluster, for trainers whose engine is ray
  ANTHROPIC_API_KEY  lets studies be advised by Claude (ANTHROPIC_BASE_URL: elsewhere)
  OPENAI_BASE_URL    … by any server that speaks OpenAI's chat completions (OPENAI_API_KEY: where it needs one)
  CHIRON_LLM_MODEL   whom the method chiron asks for beliefs: provider:model; without it Claude, where there is a key
  CHIRON_LLM_PRICES  a file of prices of models, beside the built-in table
  CHIRON_REAP_MS     how often expired leases are looked for (1000)
  CHIRON_POOL        connections to Postgres (10)
  LOG_LEVEL          trace, debug, info, warn, error, fatal or silent (info)
`,
  )

program
  .command('serve')
  .description('run the service')
  .option('--host <name>', 'where to listen (HOST)')
  .option('--port <number>', 'where to listen (PORT)')
  .action(async (options: { host?: string; port?: string }) => {
    const { runServe } = await import('./serve.js')
    await runServe({
      ...process.env,
      ...(options.host && { HOST: options.host }),
      ...(options.port && { PORT: options.port }),
    })
  })

program
  .command('demo')
  .description(
    'search a simulated H200 with an advisor and without, through a service and workers of its own',
  )
  .option('--hours <number>', 'simulated hours of training for each search', '24')
  .option('--seed <number>', 'another seed, another run', '0')
  .option('--model <name>', 'the language model that advises: anthropic:<model> or openai-compatible:<model>')
  .option('--keep', 'keep the service running afterwards, to look around')
  .action(async (options: DemoOptions) => {
    const { runDemo } = await import('./demo.js')
    await runDemo(options, process.env)
  })

program
  .command('run')
  .description('create the study that a file describes, and follow it to its end')
  .argument('<file>', 'a study as JSON: what POST /studies takes')
  .option('--server <url>', 'a service that runs already; without it, one of its own on CHIRON_DATA_DIR')
  .action(async (file: string, options: RunOptions) => {
    const { runStudyFile } = await import('./run.js')
    await runStudyFile(file, options, process.env)
  })

program
  .command('export')
  .description('write all trials of a study to standard output')
  .argument('<study>', 'its name or id')
  .option('--format <format>', 'csv, tsv or jsonl', 'csv')
  .option('--server <url>', 'the service', 'http://127.0.0.1:8080')
  .action(async (study: string, options: { format: string; server: string }) => {
    const { exportTrials } = await import('./export.js')
    await exportTrials(study, options.format, options.server, process.env.CHIRON_TOKEN)
  })

program
  .command('worker')
  .description('run trials of a study on this machine, for a service elsewhere')
  .requiredOption('--study <name>', 'its name or id')
  .requiredOption(
    '--trainer <name>',
    'a profile that runs a command: a built-in one, or one of CHIRON_TRAINERS',
  )
  .option('--server <url>', 'the service', 'http://127.0.0.1:8080')
  .option('--slots <number>', 'trials at a time (as many as the machine has GPUs or processors for)')
  .action(async (options: WorkerOptions) => {
    const { runWorker } = await import('./worker.js')
    await runWorker(options, process.env)
  })

program
  .command('prepare')
  .description("make a trainer's Python environment and its data")
  .argument('<trainer>', 'a profile that runs a command, as gpt-cpu')
  .action(async (name: string) => {
    const { runPrepare } = await import('./prepare.js')
    await runPrepare(name, process.env)
  })

program
  .command('doctor')
  .description('check what the service and its trainers need, and say what to do where it is missing')
  .action(async () => {
    const { runDoctor } = await import('./doctor.js')
    process.exitCode = (await runDoctor(process.env)) ? 0 : 1
  })

program
  .command('space')
  .description('search spaces')
  .command('extract')
  .description('guess a search space from the ALL_CAPS constants of a Python script')
  .argument('<script>')
  .action(async (script: string) => {
    const { printSpace } = await import('./space.js')
    await printSpace(script)
  })

program
  .command('openapi')
  .description('print the OpenAPI document')
  .action(async () => {
    const { printOpenapi } = await import('./openapi.js')
    await printOpenapi()
  })

await program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode)
  if (!(error instanceof Fault)) throw error
  console.error(`chiron: ${error.message}`)
  process.exit(1)
})
