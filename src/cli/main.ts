/** The command line. Each command has its own file, which is loaded only when the command runs. */
import { Command, CommanderError } from 'commander'
import { Fault } from '../faults.js'
import { version } from '../root.js'
import type { BestOptions } from './best.js'
import type { DemoOptions } from './demo/demo.js'
import type { AblateOptions } from './experiment/ablate.js'
import type { CompareOptions } from './experiment/compare.js'
import type { ImportOptions } from './import/options.js'
import type { ReportOptions } from './report.js'
import type { RunOptions } from './run.js'
import type { StatusOptions } from './status.js'
import type { BaselineOptions } from './task/baseline.js'
import { printable } from './terminal-text.js'
import type { TrialsOptions } from './trials.js'
import type { WorkerOptions } from './worker.js'

const SERVER = ['--server <url>', 'the address of the service', 'http://127.0.0.1:8080'] as const
const SERVER_OR_OWN = [
  '--server <url>',
  'a running service; by default the one that uses CHIRON_DATA_DIR, or else a new one on it',
] as const
const CELLS = ['--cells', 'list the studies of experiments, their cells and endpoints, too'] as const

const program = new Command('chiron')
  .description('Hyperparameter search as a service: ask for trials, run them, tell their results.')
  .version(version)
  .showHelpAfterError('(chiron --help lists the commands)')
  .addHelpText(
    'after',
    `
Environment:
  HOST, PORT         the address to listen on (127.0.0.1, 8080)
  DATABASE_URL       a Postgres URL; without it the service uses an embedded database in CHIRON_DATA_DIR (./.chiron)
  CHIRON_FSYNC       off: the embedded database answers before what it says is on the disk (on)
  CHIRON_TOKEN       the bearer token that callers must send; required to listen on other addresses than this machine's
  CHIRON_TRAINERS    a folder of trainer profiles, in addition to the built-in ones
  CHIRON_PYTHON      the Python interpreter of trainers, instead of the environment that chiron prepare makes
  CHIRON_CPU_SLOTS   how many trials without a GPU run at a time (the number of processors)
  RAY_ADDRESS        the dashboard of a Ray cluster, for trainers whose engine is ray
  ANTHROPIC_API_KEY  enables Claude as an advisor (ANTHROPIC_BASE_URL: another address)
  OPENAI_BASE_URL    enables any server with OpenAI's chat completions API (OPENAI_API_KEY: its key, if it needs one)
  CHIRON_LLM_MODEL   the model, as provider:model, that the method chiron asks for beliefs (Claude, if there is a key)
  CHIRON_ENDPOINTS   a file of named servers of language models, whose models are name:model (docs/endpoints.md)
  CHIRON_REPLAYS     a file of recorded answers, which models replay:NAME give again (docs/endpoints.md)
  CHIRON_LLM_PRICES  a file of model prices that extends the built-in table
  CHIRON_REAP_MS     milliseconds between two checks for expired leases (1000)
  CHIRON_CLAIM_SECONDS  after how long another server takes over the studies of one that died (15)
  CHIRON_POOL        connections to Postgres (10)
  LOG_LEVEL          trace, debug, info, warn, error, fatal or silent (info)

Every limit of what a caller may send or store has a variable too: docs/security.md lists them.
`,
  )

program
  .command('serve')
  .description('run the service')
  .option('--host <name>', 'the address to listen on (HOST)')
  .option('--port <number>', 'the port to listen on (PORT)')
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
  .description('compare methods on a simulated H200: three seeds of 24 hours of training each, in a minute')
  .option('--hours <number>', 'simulated hours of training for each study', '24')
  .option('--seed <number>', 'the first of the three seeds', '1')
  .option(
    '--model <name>',
    'the language model that advises, as provider:model: anthropic, openai-compatible or an endpoint of yours',
  )
  .option('--keep', 'keep the service running afterwards, as in a terminal')
  .option('--no-keep', 'end it, as where no terminal is')
  .option(
    '--report <file>',
    'where the report of the experiment is written (in the folder of temporary files)',
  )
  .action(async (options: DemoOptions) => {
    const { runDemo } = await import('./demo/demo.js')
    await runDemo(options, process.env)
  })

program
  .command('run')
  .description('create the study that a file describes, and follow it until it is finished')
  .argument('<file>', 'a study as JSON: the body of POST /studies')
  .option(...SERVER_OR_OWN)
  .action(async (file: string, options: RunOptions) => {
    const { runStudyFile } = await import('./run.js')
    await runStudyFile(file, options, process.env)
  })

program
  .command('compare')
  .description('run the experiment that a file describes, arms × seeds, and print its analysis')
  .argument('<file>', 'an experiment as JSON: the body of POST /experiments')
  .option('--seeds <number>', 'run the seeds 1 to n, whatever the file says')
  .option('--parallel <number>', 'how many cells run at a time')
  .option('--dry-run', 'create nothing; print what it would cost and what it could show')
  .option(...SERVER_OR_OWN)
  .addHelpText('after', '\nThe same command again goes on where the experiment was; nothing runs twice.')
  .action(async (file: string, options: CompareOptions) => {
    const { runCompare } = await import('./experiment/compare.js')
    await runCompare(file, options, process.env)
  })

program
  .command('ablate')
  .description('vary the share of the trials that an advisor overrides, with control arms at every share')
  .option('--space <name>', 'the search space', 'autoresearch-14')
  .option('--trainer <name>', 'the trainer (of autoresearch-14: simulated-h200)')
  .option('--metric <name>', 'the objective', 'val_bpb')
  .option('--maximize', 'greater values are better')
  .option('--optimizer <kind>', 'the optimizer that leads', 'cma-es')
  .option('--advisor <kind>', 'expert, or a language model as provider:model', 'expert')
  .option('--ratios <list>', 'shares of the trials, apart by commas', '0,0.1,0.3,0.5,0.8,1')
  .option('--controls <list>', 'copy, jitter and random, apart by commas', 'copy,jitter,random')
  .option('--seeds <number>', 'the seeds 1 to n', '8')
  .option('--hours <number>', 'train hours of each cell (24)')
  .option('--trials <number>', 'trials of each cell, instead of --hours')
  .option('--repetitions <number>', 'how often what an arm recommends is run again', '5')
  .option('--parallel <number>', 'how many cells run at a time', '2')
  .option('--name <name>', 'the name of the experiment')
  .option('--dry-run', 'create nothing; print what it would cost and what it could show')
  .option(...SERVER_OR_OWN)
  .addHelpText('after', '\nThe same command again goes on where the experiment was; nothing runs twice.')
  .action(async (options: AblateOptions) => {
    const { runAblate } = await import('./experiment/ablate.js')
    await runAblate(options, process.env)
  })

program
  .command('status')
  .description('list the studies of a service, or show one study or one experiment')
  .argument('[name]', 'the name or id of a study or of an experiment')
  .option(...CELLS)
  .option(...SERVER)
  .action(async (study: string | undefined, options: StatusOptions) => {
    const { printStatus } = await import('./status.js')
    await printStatus(study, options, process.env.CHIRON_TOKEN)
  })

program
  .command('studies')
  .description('list the studies of a service, newest first')
  .option(...CELLS)
  .option(...SERVER)
  .action(async (options: StatusOptions) => {
    const { printStatus } = await import('./status.js')
    await printStatus(undefined, options, process.env.CHIRON_TOKEN)
  })

program
  .command('trials')
  .description('list the last trials of a study with their parameters')
  .argument('<study>', 'the name or id of the study')
  .option('--state <state>', 'only those that are complete, failed, pruned, running, …')
  .option('--last <number>', 'how many', '20')
  .option(...SERVER)
  .action(async (study: string, options: TrialsOptions) => {
    const { printTrials } = await import('./trials.js')
    await printTrials(study, options, process.env.CHIRON_TOKEN)
  })

program
  .command('best')
  .description('print the best configuration of a study: the recommended one, else the best observed')
  .argument('<study>', 'the name or id of the study')
  .option('--as <form>', 'json, constants (of a Python script) or arguments (of a command)', 'json')
  .option(...SERVER)
  .action(async (study: string, options: BestOptions) => {
    const { printBest } = await import('./best.js')
    await printBest(study, options, process.env.CHIRON_TOKEN)
  })

program
  .command('export')
  .description('write all trials of a study to standard output')
  .argument('<study>', 'the name or id of the study')
  .option('--format <format>', 'csv, tsv, jsonl, or optuna (a journal file of Optuna)', 'csv')
  .option(...SERVER)
  .action(async (study: string, options: { format: string; server: string }) => {
    const { exportTrials } = await import('./export.js')
    await exportTrials(study, options.format, options.server, process.env.CHIRON_TOKEN)
  })

program
  .command('import')
  .description('bring trials that ran elsewhere into a study: from a file, or from Optuna')
  .argument('<source...>', 'FILE.csv or FILE.jsonl, as chiron export writes them, or: optuna sqlite:///FILE')
  .option('--study <name>', 'the study that takes the rows of a file; of Optuna, the study to read')
  .option('--as <name>', 'of Optuna: the name of the study here (the same as there)')
  .option(...SERVER)
  .addHelpText(
    'after',
    '\nEach trial is imported once, however often the command runs. Optuna studies that are not in SQLite are read by\nchiron.optuna.import_study in Python.',
  )
  .action(async (source: string[], options: ImportOptions) => {
    const { runImport } = await import('./import/import.js')
    await runImport(source, options, process.env.CHIRON_TOKEN)
  })

program
  .command('report')
  .description('write the report of a study or of an experiment: one file to read, to print and to send')
  .argument('<name>', 'the name or id of the study or experiment')
  .option('-o, --output <file>', 'the file to write (NAME.FORMAT)')
  .option('--format <format>', 'html, md, or for one figure svg, of an experiment csv too', 'html')
  .option(
    '--figure <name>',
    'with --format svg: progress, importances, …; of an experiment: arms, anytime, ratio, …',
  )
  .option('--prompts', 'with the first calls of the language model')
  .option(...SERVER)
  .action(async (name: string, options: ReportOptions) => {
    const { writeReport } = await import('./report.js')
    await writeReport(name, options, process.env.CHIRON_TOKEN)
  })

const programs = program
  .command('program')
  .description('list, show, compare or export the programs that a study’s agent has written')

programs
  .command('list')
  .description('list the programs of a study: what changed, its value, and whether it was kept')
  .argument('<study>', 'the name or id of the study')
  .option(...SERVER)
  .action(async (study: string, options: { server: string }) => {
    const { printPrograms } = await import('./program.js')
    await printPrograms(study, options, process.env.CHIRON_TOKEN)
  })

programs
  .command('show')
  .description('print the source of a program')
  .argument('<study>', 'the name or id of the study')
  .argument('[hash]', 'the program, or the beginning of its hash; by default the kept one')
  .option(...SERVER)
  .action(async (study: string, hash: string | undefined, options: { server: string }) => {
    const { printProgram } = await import('./program.js')
    await printProgram(study, hash, options, process.env.CHIRON_TOKEN)
  })

programs
  .command('diff')
  .description('print what a program changed, from its parent or from another program')
  .argument('<study>', 'the name or id of the study')
  .argument('<hash>', 'the program, or the beginning of its hash')
  .option('--from <hash>', 'the program to compare with, or baseline')
  .option(...SERVER)
  .action(async (study: string, hash: string, options: { from?: string; server: string }) => {
    const { printDiff } = await import('./program.js')
    await printDiff(study, hash, options, process.env.CHIRON_TOKEN)
  })

programs
  .command('export')
  .description('write a git repository with one commit for each kept program, or a folder with the kept one')
  .argument('<study>', 'the name or id of the study')
  .argument('<folder>', 'a folder that does not exist yet, or a git repository where a branch is made')
  .option('--branch <name>', 'the name of the branch', 'chiron')
  .option(...SERVER)
  .action(async (study: string, folder: string, options: { branch: string; server: string }) => {
    const { exportPrograms } = await import('./program.js')
    await exportPrograms(study, folder, options, process.env.CHIRON_TOKEN)
  })

program
  .command('worker')
  .description('run trials of a study on this machine for a service on another one')
  .requiredOption('--study <name>', 'the name or id of the study')
  .requiredOption(
    '--trainer <name>',
    'a trainer profile that runs a command: built in, or from CHIRON_TRAINERS',
  )
  .option(...SERVER)
  .option('--slots <number>', 'how many trials run at a time (as many as the GPUs or processors allow)')
  .action(async (options: WorkerOptions) => {
    const { runWorker } = await import('./worker.js')
    await runWorker(options, process.env)
  })

program
  .command('prepare')
  .description("create a trainer's Python environment and download its data")
  .argument('<trainer>', 'a trainer profile that runs a command, such as gpt-cpu')
  .action(async (name: string) => {
    const { runPrepare } = await import('./prepare.js')
    await runPrepare(name, process.env)
  })

program
  .command('task')
  .description('tasks: trainers whose program an agent may edit')
  .command('check')
  .description('say what a task lacks, and try its baseline')
  .argument('<task>', 'the name of a task, or a folder with a profile')
  .action(async (given: string) => {
    const { runTaskCheck } = await import('./task/check.js')
    process.exitCode = (await runTaskCheck(given, process.env)) ? 0 : 1
  })

program
  .command('baseline')
  .description('run the program that a task begins with, confined and scored as an edited one would be')
  .argument('<task>', 'the name of a task, or a folder with a profile')
  .option('--seeds <number>', 'run it with the seeds 0 to n - 1', '1')
  .action(async (given: string, options: BaselineOptions) => {
    const { runBaseline } = await import('./task/baseline.js')
    await runBaseline(given, options, process.env)
  })

program
  .command('doctor')
  .description('check what the service and its trainers need, and say how to fix what is missing')
  .action(async () => {
    const { runDoctor } = await import('./doctor/doctor.js')
    process.exitCode = (await runDoctor(process.env)) ? 0 : 1
  })

program
  .command('space')
  .description('search spaces')
  .command('extract')
  .description(
    'guess a search space from the hyperparameters of a Python script, or of a YAML file of Hydra or OmegaConf',
  )
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

program
  .command('completion')
  .description('print a script that completes commands and options: source <(chiron completion bash)')
  .argument('<shell>', 'bash or zsh')
  .action(async (shell: string) => {
    const { completionScript } = await import('./completion.js')
    process.stdout.write(completionScript(program, shell))
  })

/** As a signal ends a program whose reader is gone, such as head. */
const READER_GONE = 141
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(READER_GONE)
  throw error
})

await program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) process.exit(error.exitCode)
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(READER_GONE)
  if (!(error instanceof Fault)) throw error
  console.error(`chiron: ${error.message.split('\n').map(printable).join('\n')}`)
  process.exit(1)
})
