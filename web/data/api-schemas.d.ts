/** Made from openapi/openapi.json by `node openapi/types.mjs`. */

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly AdviceExpectations: {
            readonly advised: readonly {
                readonly advice: {
                    readonly mean: number;
                    readonly sd: number;
                };
                readonly number: number;
                /** @description Of what the optimizer would have run. */
                readonly own: {
                    readonly mean: number;
                    readonly sd: number;
                };
                readonly source: string;
                /** @description What the trial gave. */
                readonly value: number | null;
            }[];
            /** @constant */
            readonly method: "gp";
            /** @description How many trials gave a value. */
            readonly of: number;
            /** @description The share of the spread of the (warped) objective that the model explains of trials that it has not seen: leave one out. */
            readonly r2: number | null;
            /** @description Why nothing is shown, and what to do. */
            readonly reason?: string;
            readonly sampled: boolean;
            /** @description The event that last ended a trial: the answer is of the study as it was then. */
            readonly seq: number;
            /** @enum {string} */
            readonly status: "shown" | "weak" | "too_few";
            readonly study: string;
            /** @description How many trials the model has learned from. */
            readonly trials: number;
        };
        readonly AdviceSummary: {
            /** @enum {string} */
            readonly as: "override" | "prior" | "both";
            /** @description Of an advisor that is a prior. */
            readonly beliefs?: {
                readonly asked: number;
                readonly asking: boolean;
                /** @description How many trials end between two questions for beliefs. */
                readonly every?: number;
                /** @description Questions without beliefs, by reason. */
                readonly failures: {
                    readonly [key: string]: number;
                };
                readonly given: number;
                /** @description The beliefs that the optimizer currently uses. */
                readonly held?: {
                    /** @description Whether trials contradicted the beliefs: they are then ignored. */
                    readonly givenUp: boolean;
                    readonly parameters: {
                        readonly [key: string]: {
                            readonly centre: components["schemas"]["ParameterValue"];
                            readonly confidence: number;
                            readonly spread?: number;
                        };
                    };
                    /** @description Of parameters together: the product of their powers is, within the factor, what it is at the values `at`. */
                    readonly relations?: readonly {
                        readonly confidence: number;
                        readonly factor: number;
                        readonly of: {
                            readonly [key: string]: {
                                readonly at: number;
                                readonly power: number;
                            };
                        };
                    }[];
                    /** @description How many trials were observed when the beliefs were given. */
                    readonly since: number;
                    /** @description The current weight of the beliefs: it fades as trials are observed. */
                    readonly weight: number;
                };
            };
            readonly calls?: number;
            readonly dollars?: number;
            /** @description null where there is nothing to count. */
            readonly duplicateRate: number | null;
            /** @description null where there is nothing to count. */
            readonly fallbackRate: number | null;
            /** @description Those of them that do not, by reason. */
            readonly fallbacks: {
                readonly [key: string]: number;
            };
            readonly kind: string;
            /** @description The budget limit that stopped the advice. */
            readonly limit?: string;
            readonly model?: string;
            readonly policy: string;
            /** @description null where there is nothing to count. */
            readonly realised: number | null;
            /** @description Of an adaptive share: how often advisor and optimizer improved the incumbent recently. */
            readonly share?: {
                readonly advisor: {
                    readonly tries: number;
                    readonly wins: number;
                };
                readonly credit: number;
                readonly optimizer: {
                    readonly tries: number;
                    readonly wins: number;
                };
            };
            /** @description Those of them that run the advisor’s configuration. */
            readonly taken: number;
            /** @description The advisor’s share of the trials after the warm-up; of an adaptive share: its current value. */
            readonly target: number;
            readonly tokens?: {
                readonly cacheRead: number;
                readonly cacheWrite: number;
                readonly input: number;
                readonly output: number;
                readonly total: number;
            };
            /** @description Trials that were the advisor’s to propose. */
            readonly turns: number;
            /** @description Calls of a model without a price. */
            readonly unpriced?: number;
            readonly warnings: readonly string[];
        };
        /** @description Overrides a share of the optimizer’s trials, or gives it a prior. llm is a language model; expert is a script of rules of thumb about training, not a language model; copy, jitter and random are controls: the incumbent again, a small random step from it, a random point. */
        readonly Advisor: components["schemas"]["LlmAdvisor"] | components["schemas"]["ExpertAdvisor"] | components["schemas"]["CopyControl"] | components["schemas"]["JitterControl"] | components["schemas"]["RandomControl"];
        /** @description An agent that edits the source of a task. */
        readonly Agent: {
            /** @description Edits are asked for while all slots are busy, at most one for each slot, so that no slot waits for a model. Each is written without the results of the trials that run meanwhile. */
            readonly ahead?: boolean;
            /** @default 64000 */
            readonly contextTokens: number;
            /**
             * @description A control in the place of the agent: no-op runs the parent again, seed-only with another seed, constants-only changes constants at random, independent asks the model for edits of the baseline without any history.
             * @enum {string}
             */
            readonly control?: "no-op" | "seed-only" | "constants-only" | "independent";
            /** @default 600 */
            readonly deadlineSeconds: number;
            /** @enum {string} */
            readonly effort?: "low" | "medium" | "high" | "xhigh" | "max";
            /**
             * @default search-replace
             * @enum {string}
             */
            readonly format: "search-replace" | "whole-file";
            /**
             * @description lower: any lower value is kept. confirmed: paired runs against the parent decide, with stated errors.
             * @default confirmed
             */
            readonly keep: ("lower" | "confirmed") | {
                /**
                 * @description Chance to keep an edit that is no better.
                 * @default 0.05
                 */
                readonly alpha: number;
                /**
                 * @description Chance to miss an edit that gains `gain`.
                 * @default 0.2
                 */
                readonly beta: number;
                /** @description The gain that is worth finding; by default, and at least, what so many pairs find with these errors: 1.65 standard deviations of the noise with 6 pairs. */
                readonly gain?: number;
                /**
                 * @description The most paired runs of one edit.
                 * @default 6
                 */
                readonly pairs: number;
                /** @constant */
                readonly rule: "confirmed";
            };
            /** @default 6 */
            readonly maxCalls: number;
            /** @default 16000 */
            readonly maxTokens: number;
            /**
             * @description The model that edits. Left out for a control without one.
             * @example anthropic:claude-opus-4-6
             * @example openai-compatible:qwen3:8b
             */
            readonly model?: string;
            /** @description Several models instead of one; a bandit that knows their costs chooses among them. */
            readonly models?: readonly string[];
            /**
             * @description Without a usable edit: skip cancels the trial, optimizer lets the optimizer tune the kept program, pause pauses the study.
             * @default skip
             * @enum {string}
             */
            readonly onFailure: "optimizer" | "skip" | "pause";
            /**
             * @description faithful: the protocol of the study, with its order and its omissions. autoresearch: that of the program which the study took over.
             * @default default
             * @enum {string}
             */
            readonly prompt: "default" | "faithful" | "autoresearch";
            /**
             * @description How often the model may correct an edit that was refused before it ran.
             * @default 2
             */
            readonly repairs: number;
            /**
             * @description The agent’s share of the trials. The optimizer tunes the constants of the kept program in the others.
             * @default 1
             */
            readonly share: number;
            /**
             * @description From which program the next edit starts.
             * @default greedy
             * @enum {string}
             */
            readonly strategy: "greedy" | "top-k" | "weighted" | "islands";
            readonly temperature?: number | null;
            /** @default off */
            readonly thinking: ("off" | "adaptive") | {
                readonly budgetTokens: number;
            };
        };
        /**
         * @example {
         *       "note": "the loss jumped at step 900",
         *       "tags": [
         *         "look again"
         *       ]
         *     }
         */
        readonly Annotation: {
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
        };
        readonly Arm: {
            readonly added?: boolean;
            readonly budget: components["schemas"]["Budget"];
            readonly description?: string;
            readonly method: components["schemas"]["MethodOrPreset"];
            readonly model?: string;
            readonly name: string;
            /** @description The versions of the prompts it is asked with. */
            readonly prompts?: readonly string[];
            readonly trainer?: string;
        };
        /**
         * @example {
         *       "worker": "gpu-0"
         *     }
         */
        readonly Ask: {
            /**
             * @description How many trials the worker wants to hold.
             * @default 1
             */
            readonly count: number;
            /**
             * @description How many seconds to wait for a trial when there is none yet.
             * @default 0
             */
            readonly wait: number;
            /** @description The worker’s name. Give each slot its own: its open trials come back first. */
            readonly worker: string;
        };
        /**
         * @example {
         *       "trials": [
         *         {
         *           "number": 7,
         *           "state": "running",
         *           "params": {
         *             "x": 1.5,
         *             "lr": 0.01
         *           },
         *           "proposal": {
         *             "source": "random"
         *           },
         *           "attempt": 1,
         *           "worker": "gpu-0",
         *           "createdAt": "2026-01-31T12:00:00.000Z",
         *           "leaseExpiresAt": "2026-01-31T12:02:30.000Z",
         *           "lease": {
         *             "token": "00000000-0000-4000-8000-000000000000",
         *             "expiresAt": "2026-01-31T12:02:30.000Z",
         *             "heartbeatSeconds": 30
         *           }
         *         }
         *       ]
         *     }
         */
        readonly Asked: {
            /** @description Why there are fewer trials than asked for. Stop on `finished`; on any other code ask again. On `advising` a language model is choosing a trial for this worker, which receives it when it asks again. */
            readonly reason?: {
                /** @enum {string} */
                readonly code: "finished" | "paused" | "budget_reserved" | "advising";
                readonly message: string;
            };
            readonly trials: readonly components["schemas"]["LeasedTrial"][];
        };
        readonly Axis: {
            readonly log: boolean;
            readonly name: string;
            readonly values: readonly components["schemas"]["ParameterValue"][];
        };
        readonly Behaviour: {
            readonly best: number | null;
            /** @description How many categories were used. */
            readonly breadth: number;
            /** @enum {string} */
            readonly by: "word" | "diff";
            /** @description What each category gave and what it cost, most edits first. */
            readonly byCategory: readonly {
                readonly best: number | null;
                /** @description Null of answers of which no edit could run. */
                readonly category: string | null;
                readonly crashed: number;
                readonly discarded: number;
                /** @description Null where a model has no price. */
                readonly dollars: number | null;
                readonly edits: number;
                readonly kept: number;
                /** @description How much better than its parent a kept program was. */
                readonly meanGain: number | null;
                readonly tokens: number;
                readonly trainSeconds: number;
            }[];
            readonly categories: {
                readonly [key: string]: number;
            };
            readonly counts: {
                readonly crashed: number;
                readonly discarded: number;
                readonly kept: number;
                /** @description No edit of the answer could run. */
                readonly skipped: number;
            };
            readonly crashRate: {
                readonly count: number;
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly of: number;
                readonly value: number | null;
            };
            /** @description How many edits passed between two keeps. */
            readonly dryStreaks: readonly number[];
            readonly entropyBits: {
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly value: number | null;
            };
            readonly keepGains: readonly number[];
            /** @description Kept of what did not crash. */
            readonly keepRate: {
                readonly count: number;
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly of: number;
                readonly value: number | null;
            };
            /** @description Kept of what ran to its end. */
            readonly keepRateOfRuns: {
                readonly count: number;
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly of: number;
                readonly value: number | null;
            };
            /** @description Edits whose keeping differs from "lower than the best so far". */
            readonly keepRuleViolations: number;
            readonly meanDryStreak: {
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly value: number | null;
            };
            readonly n: number;
            /** @description Another category than the edit before, which was not kept. */
            readonly pivots: {
                readonly count: number;
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly of: number;
                readonly value: number | null;
            };
            /** @description The longest of them. */
            readonly plateau: number;
            readonly repeats: {
                readonly descriptions: {
                    readonly count: number;
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly of: number;
                    readonly value: number | null;
                };
                readonly patches: {
                    readonly count: number;
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly of: number;
                    readonly value: number | null;
                };
                readonly programs: {
                    readonly count: number;
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly of: number;
                    readonly value: number | null;
                };
            };
            readonly rollingSuccess: readonly number[];
            readonly skipRate: {
                readonly count: number;
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly of: number;
                readonly value: number | null;
            };
            /** @description Kept of all. */
            readonly success: {
                readonly count: number;
                /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                readonly interval: readonly number[] | null;
                readonly of: number;
                readonly value: number | null;
            };
        };
        /**
         * @example {
         *       "type": "bool",
         *       "default": true
         *     }
         */
        readonly BoolParameter: {
            readonly default?: boolean;
            readonly description?: string;
            /** @constant */
            readonly type: "bool";
            readonly when?: components["schemas"]["When"];
        };
        /** @description The study finishes when any limit is reached; without limits it runs until it is finished by hand. At an llm… limit it continues without its advisor. */
        readonly Budget: {
            readonly llmCalls?: number;
            /** @description Input and output tokens together, cached ones included. */
            readonly llmTokens?: number;
            /** @description US dollars. Only for a model that has a price. */
            readonly llmUsd?: number;
            /** @description Sum of the train seconds that trials are charged. */
            readonly trainSeconds?: number;
            /** @description The exact number of trials, however many workers ask. */
            readonly trials?: number;
            /** @description The train seconds reserved for each running trial. By default the most that a trial has charged so far. */
            readonly trialSeconds?: number;
            /** @description Seconds since the study was created, by the database’s clock. */
            readonly wallSeconds?: number;
        };
        readonly CanaryRun: {
            /** Format: date-time */
            readonly at: string;
            readonly devices: string;
            /** @description Relative to the first run on this device: −0.08 is 8 % slower. */
            readonly drift: number;
            /** @description Tokens a second, or runs a second; zero where the run failed. */
            readonly speed: number;
        };
        /**
         * @description Values without an order.
         * @example {
         *       "type": "categorical",
         *       "choices": [
         *         "adamw",
         *         "lion",
         *         "sgd"
         *       ]
         *     }
         */
        readonly CategoricalParameter: {
            readonly choices: readonly components["schemas"]["Value"][];
            readonly default?: components["schemas"]["Value"];
            readonly description?: string;
            /** @constant */
            readonly type: "categorical";
            readonly when?: components["schemas"]["When"];
        };
        readonly Cell: {
            readonly added?: boolean;
            /** @description The share of the trials that the advisor overrode. */
            readonly advised?: number | null;
            readonly arm: string;
            readonly attempt?: number;
            readonly best?: number;
            readonly dollars: number;
            /** Format: date-time */
            readonly endedAt?: string;
            readonly endpoint?: number;
            readonly endpointSeconds?: number;
            readonly failedRuns?: number;
            readonly fallbacks?: number;
            readonly llmCalls?: number;
            readonly llmSeconds?: number;
            readonly oomRate: number | null;
            readonly reason?: string;
            readonly recommended?: {
                readonly number?: number;
                readonly params: components["schemas"]["Params"];
                /** @description Of an agent: the hash of the program. */
                readonly program?: string;
            };
            /** @description The runs of the recommended configuration. */
            readonly runs?: readonly number[];
            /** @description The mean of the runs by sealed data, which nothing was chosen by, where the task has such. */
            readonly sealed?: number;
            readonly seed: number;
            /** Format: date-time */
            readonly startedAt?: string;
            /**
             * @description measuring: its study has ended, and its recommended configuration is run again.
             * @enum {string}
             */
            readonly state: "waiting" | "running" | "measuring" | "finished" | "failed" | "stopped";
            /** @description The name of its study. */
            readonly study: string;
            readonly trainSeconds: number;
            readonly trials: number;
            /** @description On a simulated card: the value of the recommended configuration without noise. */
            readonly worth?: number;
        };
        readonly CheckedStudy: {
            /** @description Whether this study is there already. */
            readonly exists: boolean;
            readonly study: {
                readonly budget: components["schemas"]["Budget"];
                /** @description How many of the best configurations are repeated, five times each, at the end of a budget of trials or train seconds (gp chooses the repeats that tell most about which is best). The summary has their means and intervals. */
                readonly confirm?: number;
                readonly description?: string;
                /** @description Parameters that have one fixed value in the whole study. */
                readonly fixed?: components["schemas"]["Params"];
                readonly lease: components["schemas"]["LeaseSpec"];
                readonly method: components["schemas"]["MethodOrPreset"];
                /** @description Unique. Creating a study again with the same spec answers with the existing study. */
                readonly name: string;
                readonly objective: components["schemas"]["Objective"];
                /** @description For studies that are compared seed by seed: those with the same seed begin with the same starting design where their optimizer has one, and a simulated trainer gives a configuration the same noise in each of them. */
                readonly paired?: boolean;
                /**
                 * @description How many trials the trainer runs at a time. Your own workers are limited by the budget alone.
                 * @default 1
                 */
                readonly parallel: number;
                readonly pruning?: components["schemas"]["Pruning"];
                /** @default 0 */
                readonly seed: number;
                readonly space: components["schemas"]["SpaceOrName"];
                /** @description The name of a trainer of GET /trainers that runs the trials. Without one, your own workers ask for them. */
                readonly trainer?: string;
                /** @description Earlier studies with the same objective and the same or an overlapping space, whose knowledge this study begins with. */
                readonly warmStart?: {
                    /**
                     * @description `trials`, the default: their trials are imported, because their values mean the same here. `model`: they ran elsewhere (another card, other data), so each gets a model whose weight is learned (gp).
                     * @enum {string}
                     */
                    readonly as?: "trials" | "model";
                    /**
                     * @description In place of `studies`: the newest five finished studies of this service with the same metric and direction that search half of this study’s parameters.
                     * @constant
                     */
                    readonly from?: "finished";
                    readonly studies?: readonly string[];
                };
            };
        };
        readonly Column: {
            /** @constant */
            readonly type: "number";
            readonly values: readonly (number | null)[];
        } | {
            readonly categories: readonly components["schemas"]["ParameterValue"][];
            /** @description Places in categories, from 0; -1 where there is none. */
            readonly codes: readonly number[];
            /** @constant */
            readonly ordered?: true;
            /** @constant */
            readonly type: "category";
        } | {
            /** @constant */
            readonly type: "time";
            /** @description Milliseconds since 1970, by the database’s clock. */
            readonly values: readonly (number | null)[];
        };
        /**
         * @example {
         *       "study": "example",
         *       "id": "00000000-0000-4000-8000-000000000000",
         *       "seq": 9,
         *       "count": 2,
         *       "columns": {
         *         "number": {
         *           "type": "number",
         *           "values": [
         *             0,
         *             1
         *           ]
         *         },
         *         "state": {
         *           "type": "category",
         *           "categories": [
         *             "running",
         *             "complete"
         *           ],
         *           "codes": [
         *             1,
         *             0
         *           ]
         *         },
         *         "value": {
         *           "type": "number",
         *           "values": [
         *             0.42,
         *             null
         *           ]
         *         },
         *         "settledAt": {
         *           "type": "time",
         *           "values": [
         *             1735689600000,
         *             null
         *           ]
         *         },
         *         "params.lr": {
         *           "type": "number",
         *           "values": [
         *             0.01,
         *             0.003
         *           ]
         *         }
         *       }
         *     }
         */
        readonly Columns: {
            readonly columns: {
                readonly [key: string]: components["schemas"]["Column"];
            };
            readonly count: number;
            /**
             * Format: uuid
             * @description Another id than before: the study was made anew.
             */
            readonly id: string;
            readonly nextCursor?: string;
            /** @description The answer has everything up to this event: the next `after`. */
            readonly seq: number;
            readonly study: string;
        };
        readonly ComparedReport: {
            readonly forecast?: {
                readonly mean: number;
                readonly sd: number;
            };
            readonly step: number;
            /** @description Null where the rule compares with nothing yet. */
            readonly threshold: number | null;
            readonly value: number;
        };
        /**
         * @example {
         *       "top": 3,
         *       "repeats": 5
         *     }
         */
        readonly Confirmation: {
            /** @default 5 */
            readonly repeats: number;
            /** @description How many of the best configurations. */
            readonly top: number;
        };
        /**
         * @description An expression that must be true of every configuration.
         * @example {
         *       "expression": "TOTAL_BATCH_SIZE % (DEVICE_BATCH_SIZE * 2048) == 0",
         *       "adjust": "TOTAL_BATCH_SIZE"
         *     }
         */
        readonly Constraint: components["schemas"]["Expression"] | {
            /** @description Repair moves the first of these parameters that can to its nearest value at which the expression holds. Without it a configuration that violates the expression is refused. */
            readonly adjust?: string | readonly string[];
            readonly expression: components["schemas"]["Expression"];
        };
        readonly CopyControl: {
            readonly bounds?: components["schemas"]["ShareBounds"];
            /** @constant */
            readonly kind: "copy";
            /**
             * @description interval: every round(1/ratio)-th trial, as in arXiv 2603.24647: a ratio of 0.8 is then one of 1. adaptive: the share begins at ratio and grows for the side that improves the incumbent beyond noise.
             * @default fixed
             * @enum {string}
             */
            readonly policy: "fixed" | "adaptive" | "interval";
            /** @description The advisor’s configuration runs only where the optimizer’s own model expects of it at least this share of the improvement that it expects of its own: 1 as much, 0.5 half. By default it always runs. For optimizers with a model (gp, smac). */
            readonly promise?: number;
            /**
             * @description The advisor’s exact share of the trials after the warm-up.
             * @default 0.3
             */
            readonly ratio: number;
            /** @description The advisor has no turn once so many trials were proposed; by default it always has. */
            readonly until?: number;
            /**
             * @description How many trials the optimizer proposes before the advisor’s first turn, trial 0 (the default configuration) included.
             * @default 10
             */
            readonly warmup: number;
        };
        /**
         * @example {
         *       "decision": "go",
         *       "expiresAt": "2026-01-31T12:02:30.000Z"
         *     }
         */
        readonly Decision: {
            /** @description The chance that the trial reaches the threshold (`forecast`). */
            readonly chance?: number;
            /** @enum {string} */
            readonly decision: "go" | "stop";
            /** Format: date-time */
            readonly expiresAt: string;
            /**
             * @description The pruning rule that stopped the trial.
             * @enum {string}
             */
            readonly rule?: "median" | "halving" | "forecast" | "not_finite";
            readonly step?: number;
            /** @description The value that the trial needed: at this step, or (`forecast`) at its end. */
            readonly threshold?: number;
        };
        /**
         * @example {
         *       "params": {
         *         "x": 1.5,
         *         "lr": 0.01
         *       }
         *     }
         */
        readonly Enqueue: {
            readonly attempt?: number;
            readonly createdAt?: string;
            /** @enum {string} */
            readonly failure?: "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "lost";
            /** @description The forecast of a pruned trial. */
            readonly foreseen?: {
                readonly forecast?: {
                    readonly mean: number;
                    readonly sd: number;
                };
                readonly step: number;
            };
            /** @description For a trial that ran elsewhere: sent again with this key, the answer is the same trial. */
            readonly idempotencyKey?: string;
            readonly leaseExpiresAt?: string;
            /** @description A message for people, such as the last lines of a failure. */
            readonly message?: string;
            /** @description Any other measurements to store with the trial: at most 65536 bytes as JSON. */
            readonly metrics?: {
                readonly [key: string]: number | string | boolean | null;
            };
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            readonly number?: number;
            /** @enum {string} */
            readonly outcome?: "complete" | "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "pruned";
            readonly params: components["schemas"]["Params"];
            /** @description In MiB (1024² bytes), as nvidia-smi and torch count. */
            readonly peakMemoryMb?: number;
            /** @description Its `origin` names the trial that was imported before. */
            readonly proposal?: {
                readonly origin?: {
                    /** Format: uuid */
                    readonly id: string;
                    readonly number: number;
                    readonly study: string;
                };
            } & {
                readonly [key: string]: unknown;
            };
            /** @description For a configuration to run: values outside the space are moved to the nearest value in it, not refused. */
            readonly repair?: boolean;
            readonly settledAt?: string;
            readonly source?: string;
            /**
             * @description Used instead of an outcome.
             * @enum {string}
             */
            readonly state?: "proposing" | "ready" | "running" | "complete" | "failed" | "pruned" | "cancelled";
            /** @description The study of an exported trial. */
            readonly study?: string;
            /**
             * Format: uuid
             * @description Identifies the trial, together with `number`.
             */
            readonly studyId?: string;
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
            readonly tokensPerSecond?: number;
            /** @description Charged to the budget. */
            readonly trainSeconds?: number;
            /** @description The objective’s value. Required if complete; NaN or an infinity makes the outcome `diverged`. */
            readonly value?: components["schemas"]["ToldValue"];
            readonly worker?: string;
        };
        readonly Enqueued: {
            readonly attempt: number;
            /** Format: date-time */
            readonly createdAt: string;
            /** @enum {string} */
            readonly failure?: "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "lost";
            /** @description Of a pruned trial: its last reported step, and the forecast of its final value where enough other trials went on from that step. */
            readonly foreseen?: {
                readonly forecast?: {
                    readonly mean: number;
                    readonly sd: number;
                };
                readonly step: number;
            };
            /** Format: date-time */
            readonly leaseExpiresAt?: string;
            readonly message?: string;
            readonly metrics?: {
                readonly [key: string]: number | string | boolean | null;
            };
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            readonly number: number;
            readonly params: components["schemas"]["Params"];
            /** @description In MiB. */
            readonly peakMemoryMb?: number;
            readonly proposal: components["schemas"]["Proposal"];
            /** @description What `repair: true` changed in the configuration. */
            readonly repairs?: readonly {
                readonly because?: string;
                readonly from: components["schemas"]["ParameterValue"] | null;
                readonly parameter: string;
                readonly rule: string;
                readonly to: components["schemas"]["ParameterValue"] | null;
            }[];
            /** Format: date-time */
            readonly settledAt?: string;
            /** @enum {string} */
            readonly state: "proposing" | "ready" | "running" | "complete" | "failed" | "pruned" | "cancelled";
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
            readonly tokensPerSecond?: number;
            readonly trainSeconds?: number;
            readonly value?: number;
            readonly worker?: string;
        };
        readonly Experiment: {
            readonly additions: readonly {
                readonly arms: readonly string[];
                /** Format: date-time */
                readonly at: string;
                readonly seeds: readonly number[];
            }[];
            readonly alpha: number;
            /** @enum {string} */
            readonly alternative: "better" | "two-sided";
            readonly arms: readonly components["schemas"]["Arm"][];
            readonly baseline: string | null;
            readonly cells: readonly components["schemas"]["Cell"][];
            readonly contrasts: readonly {
                readonly arm: string;
                readonly baseline: string;
            }[];
            /** Format: date-time */
            readonly createdAt: string;
            readonly description?: string;
            /** @description Of the plan as it was declared. */
            readonly digest: string;
            /** @description What is compared. recommended: the configuration that the arm recommends at the end is run again on fresh noise, and the mean is the endpoint; these runs are charged to the experiment, not to the arm. best: the best observed value, which favours arms that try the same place often. */
            readonly endpoint: {
                /** @constant */
                readonly of: "recommended";
                /** @default 5 */
                readonly repetitions: number;
                /** @description The trainer that runs it; by default the one of the arm. */
                readonly trainer?: string;
            } | {
                /** @constant */
                readonly of: "best";
            };
            /** Format: uuid */
            readonly id: string;
            readonly looks: readonly number[];
            readonly name: string;
            readonly parallel: number;
            readonly plan: components["schemas"]["WhatAPlanCanShow"];
            readonly progress: components["schemas"]["ExperimentProgress"];
            readonly reason?: string;
            readonly seeds: readonly number[];
            /** @enum {string} */
            readonly state: "running" | "paused" | "finished" | "failed";
            /** @enum {string} */
            readonly test: "signed-rank" | "mann-whitney";
            /** Format: date-time */
            readonly updatedAt: string;
        };
        readonly ExperimentAnalysis: {
            /** @description The best observed value so far over hours of training, of the runs that finished: hours, mean, and the standard deviation over runs. */
            readonly anytime: readonly {
                readonly arm: string;
                readonly n: number;
                readonly points: readonly (readonly (number | null)[])[];
            }[];
            readonly arms: readonly {
                /** @description It was added after the experiment had begun. */
                readonly added?: boolean;
                readonly failed: number;
                readonly high: number | null;
                readonly low: number | null;
                readonly mean: number | null;
                readonly missing: number;
                readonly n: number;
                readonly name: string;
                readonly sd: number | null;
            }[];
            readonly contrasts: readonly {
                /** @description It was added after the experiment had begun. */
                readonly added?: boolean;
                /** @description p after Holm’s correction over the contrasts. */
                readonly adjusted: number | null;
                /**
                 * @description By the e-value, corrected over the contrasts: holds whenever it is looked at.
                 * @enum {string}
                 */
                readonly anytime: "better" | "worse" | "not shown";
                readonly arm: string;
                readonly baseline: string;
                /** @description The arm less the baseline, in units of the metric. */
                readonly difference: number | null;
                /** @description Evidence that may be looked at at any time. */
                readonly eValue: number | null;
                /** @description Whether the verdict was given at a planned look. */
                readonly final: boolean;
                readonly high: number | null;
                /** @description The chance that the arm beats the baseline on a seed. */
                readonly improvement: number | null;
                readonly look: number | null;
                readonly low: number | null;
                /** @description Seeds that both arms have. */
                readonly n: number;
                readonly p: number | null;
                /** @enum {string} */
                readonly verdict: "better" | "worse" | "not shown" | "cannot show";
            }[];
            /** @description How much the seeds pair: the correlation of arms over their seeds. */
            readonly correlation: {
                readonly high: number | null;
                readonly low: number | null;
                readonly mean: number | null;
                readonly pairs: number;
            } | null;
            /** @enum {string} */
            readonly direction: "minimize" | "maximize";
            /** @description What is compared. recommended: the configuration that the arm recommends at the end is run again on fresh noise, and the mean is the endpoint; these runs are charged to the experiment, not to the arm. best: the best observed value, which favours arms that try the same place often. */
            readonly endpoint: {
                /** @constant */
                readonly of: "recommended";
                /** @default 5 */
                readonly repetitions: number;
                /** @description The trainer that runs it; by default the one of the arm. */
                readonly trainer?: string;
            } | {
                /** @constant */
                readonly of: "best";
            };
            readonly experiment: string;
            readonly hoursTo: readonly {
                readonly arms: readonly {
                    readonly medianHours: number | null;
                    readonly name: string;
                    readonly of: number;
                    readonly reached: number;
                    /** @description Hours, and the share of the runs that had reached it by then. */
                    readonly steps: readonly (readonly number[])[];
                }[];
                readonly value: number;
                readonly what: string;
            }[];
            readonly looks: {
                /** @description What each planned look may spend of alpha. */
                readonly alphaSpent: readonly number[];
                readonly planned: readonly number[];
                /** @description The last planned look whose cells have all ended. */
                readonly reached: number | null;
            };
            readonly metric: string;
            readonly notes: readonly string[];
            /** @enum {string} */
            readonly state: "running" | "paused" | "finished" | "failed";
            readonly trends: readonly {
                readonly arms: readonly {
                    readonly arm: string;
                    readonly level: number;
                }[];
                readonly n: number;
                readonly name: string;
                readonly p: number | null;
                readonly statistic: number | null;
            }[];
        };
        readonly ExperimentBehaviour: {
            readonly arms: readonly {
                readonly arm: string;
                readonly cells: readonly {
                    readonly arm: string;
                    readonly edits: number;
                    readonly figures: {
                        readonly [key: string]: number | null;
                    };
                    readonly seed: number;
                }[];
                /** @description The mean over seeds. */
                readonly figures: {
                    readonly best: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly breadth: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly crashRate: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly entropy: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly keepRate: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly pivots: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly plateau: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly repeats: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly skipRate: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                    readonly success: {
                        /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                        readonly interval: readonly number[] | null;
                        readonly value: number | null;
                    };
                };
            }[];
            /** @enum {string} */
            readonly by: "word" | "diff";
            /** @description Over the cells of all arms, with the best value, to be minimised. */
            readonly correlations: {
                readonly best?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly breadth?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly crashRate?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly entropy?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly keepRate?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly pivots?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly plateau?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly repeats?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly skipRate?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
                readonly success?: {
                    /** @description The two ends of the 95 % interval; null where there is too little to have one. */
                    readonly interval: readonly number[] | null;
                    readonly value: number | null;
                };
            };
            readonly hypotheses: readonly {
                /** @description p after Holm’s correction over the hypotheses. */
                readonly adjusted: number | null;
                /** @enum {string} */
                readonly alternative: "less" | "greater" | "two-sided";
                readonly arm: string;
                readonly baseline: string;
                readonly difference: number | null;
                /** @enum {string} */
                readonly figure: "success" | "keepRate" | "crashRate" | "skipRate" | "breadth" | "entropy" | "pivots" | "repeats" | "plateau" | "best";
                /** @description By the exact signed-rank test over seeds. */
                readonly p: number | null;
                readonly pairs: number;
            }[];
        };
        /**
         * @example {
         *       "seeds": 12
         *     }
         */
        readonly ExperimentChange: {
            /** @description Arms to add. */
            readonly arms?: readonly {
                readonly budget?: components["schemas"]["Budget"];
                readonly description?: string;
                readonly fixed?: components["schemas"]["Params"];
                readonly lease?: components["schemas"]["LeaseSpec"];
                /** @description By default the method of `study`. */
                readonly method?: components["schemas"]["MethodOrPreset"];
                readonly name: string;
                /** @description Must be that of `study`: arms with different objectives cannot be compared. */
                readonly objective?: components["schemas"]["Objective"];
                readonly parallel?: number;
                readonly pruning?: components["schemas"]["Pruning"];
                /** @description These members replace those of `study`. */
                readonly space?: string | components["schemas"]["Space"];
                readonly trainer?: string;
            }[];
            readonly description?: string;
            /** @description How many cells run at a time. */
            readonly parallel?: number;
            /** @description Seeds to add, as a list; or a number n, for all of 1 to n that are missing. */
            readonly seeds?: number | readonly number[];
        };
        readonly ExperimentDryRun: {
            readonly arms: readonly string[];
            /** @constant */
            readonly dryRun: true;
            readonly estimate: components["schemas"]["ExperimentEstimate"];
            readonly name: string;
            readonly plan: components["schemas"]["WhatAPlanCanShow"];
            readonly seeds: readonly number[];
        };
        readonly ExperimentEstimate: {
            readonly cells: number;
            readonly dollars: number | null;
            readonly gpuHours: number | null;
            readonly notes: readonly string[];
            readonly trials: number | null;
            readonly wallHours: number | null;
        };
        readonly ExperimentProgress: {
            readonly cells: number;
            /** @description By the mean duration of the cells that have ended. */
            readonly etaSeconds?: number;
            readonly failed: number;
            readonly finished: number;
            readonly running: number;
            /** @description Of the cells that have ended, from 0 to 1. */
            readonly share: number;
            readonly stopped: number;
            readonly waiting: number;
        };
        /**
         * @example {
         *       "name": "first-comparison",
         *       "study": {
         *         "space": "autoresearch-14",
         *         "objective": {
         *           "metric": "val_bpb",
         *           "direction": "minimize"
         *         },
         *         "trainer": "simulated-h200",
         *         "budget": {
         *           "trainSeconds": 86400
         *         }
         *       },
         *       "arms": [
         *         {
         *           "name": "tpe",
         *           "method": "tpe"
         *         },
         *         {
         *           "name": "centaur",
         *           "method": "centaur-expert"
         *         }
         *       ],
         *       "seeds": 8,
         *       "baseline": "tpe",
         *       "endpoint": {
         *         "of": "recommended",
         *         "repetitions": 5
         *       },
         *       "looks": [
         *         8
         *       ],
         *       "alpha": 0.05,
         *       "parallel": 4
         *     }
         */
        readonly ExperimentSpec: {
            /** @description Instead of `arms`: one optimizer alone (`alone`), and with the advisor and each control at each share (`expert-0.3`, `copy-0.3`, …). */
            readonly ablation?: {
                /**
                 * @description One more arm: the share moves to the side that improves the incumbent.
                 * @default false
                 */
                readonly adaptive: boolean;
                /** @description The advisor without its ratio, which each arm sets. */
                readonly advisor: {
                    /** @enum {string} */
                    readonly kind: "llm" | "expert";
                } & {
                    readonly [key: string]: unknown;
                };
                /**
                 * @description The control arms that take the advisor’s place at every share.
                 * @default [
                 *       "copy",
                 *       "jitter",
                 *       "random"
                 *     ]
                 */
                readonly controls: readonly ("copy" | "jitter" | "random")[];
                readonly optimizer: {
                    readonly kind: string;
                } & {
                    readonly [key: string]: unknown;
                };
                /**
                 * @description One more arm: the advisor gives beliefs to the optimizer and overrides nothing.
                 * @default false
                 */
                readonly prior: boolean;
                /**
                 * @description Shares of the trials. 0 (the optimizer alone) and 1 are always part of them.
                 * @default [
                 *       0,
                 *       0.1,
                 *       0.3,
                 *       0.5,
                 *       0.8,
                 *       1
                 *     ]
                 */
                readonly ratios: readonly number[];
            };
            /** @default 0.05 */
            readonly alpha: number;
            /**
             * @default better
             * @enum {string}
             */
            readonly alternative: "better" | "two-sided";
            readonly arms?: readonly {
                readonly budget?: components["schemas"]["Budget"];
                readonly description?: string;
                readonly fixed?: components["schemas"]["Params"];
                readonly lease?: components["schemas"]["LeaseSpec"];
                /** @description By default the method of `study`. */
                readonly method?: components["schemas"]["MethodOrPreset"];
                readonly name: string;
                /** @description Must be that of `study`: arms with different objectives cannot be compared. */
                readonly objective?: components["schemas"]["Objective"];
                readonly parallel?: number;
                readonly pruning?: components["schemas"]["Pruning"];
                /** @description These members replace those of `study`. */
                readonly space?: string | components["schemas"]["Space"];
                readonly trainer?: string;
            }[];
            /** @description The arm that every other arm is compared with. Of an ablation: `alone`. */
            readonly baseline?: string;
            /** @description The comparisons to be tested; the fewer, the more a few seeds can show. By default every arm against the baseline, and in an ablation every arm of the advisor. */
            readonly contrasts?: readonly {
                readonly arm: string;
                readonly baseline: string;
            }[];
            readonly description?: string;
            /** @description Create nothing; answer what the experiment would cost and what it could show. */
            readonly dryRun?: boolean;
            /** @description What is compared. recommended: the configuration that the arm recommends at the end is run again on fresh noise, and the mean is the endpoint; these runs are charged to the experiment, not to the arm. best: the best observed value, which favours arms that try the same place often. */
            readonly endpoint?: {
                /** @constant */
                readonly of: "recommended";
                /** @default 5 */
                readonly repetitions: number;
                /** @description The trainer that runs it; by default the one of the arm. */
                readonly trainer?: string;
            } | {
                /** @constant */
                readonly of: "best";
            };
            /** @description For the estimate of the cost. */
            readonly gpuDollarsPerHour?: number;
            /** @description What is expected of how agents work, declared before they run: these are tested, all other figures of behaviour only described. */
            readonly hypotheses?: readonly {
                /**
                 * @description Of the arm’s figure against the baseline’s.
                 * @default two-sided
                 * @enum {string}
                 */
                readonly alternative: "less" | "greater" | "two-sided";
                readonly arm: string;
                readonly baseline: string;
                /** @enum {string} */
                readonly figure: "success" | "keepRate" | "crashRate" | "skipRate" | "breadth" | "entropy" | "pivots" | "repeats" | "plateau" | "best";
            }[];
            /** @description After how many seeds a verdict may be given; alpha is spent over these looks. By default one look, at the end. */
            readonly looks?: readonly number[];
            /** @description Unique. Creating an experiment again with the same plan answers with the existing one. */
            readonly name: string;
            /**
             * @description How many cells run at a time; each runs `study.parallel` trials at a time.
             * @default 1
             */
            readonly parallel: number;
            /** @description A list, or a number n for the seeds 1 to n. */
            readonly seeds: number | readonly number[];
            readonly study: {
                readonly budget?: components["schemas"]["Budget"];
                /** @description How many of the best configurations are repeated, five times each, at the end of a budget of trials or train seconds (gp chooses the repeats that tell most about which is best). The summary has their means and intervals. */
                readonly confirm?: number;
                /** @description Parameters that have one fixed value in the whole study. */
                readonly fixed?: components["schemas"]["Params"];
                readonly lease?: components["schemas"]["LeaseSpec"];
                /** @description `chiron` by default. */
                readonly method?: components["schemas"]["MethodOrPreset"];
                readonly objective?: components["schemas"]["Objective"];
                /** @description For studies that are compared seed by seed: those with the same seed begin with the same starting design where their optimizer has one, and a simulated trainer gives a configuration the same noise in each of them. */
                readonly paired?: boolean;
                /**
                 * @description How many trials the trainer runs at a time. Your own workers are limited by the budget alone.
                 * @default 1
                 */
                readonly parallel: number;
                readonly pruning?: components["schemas"]["Pruning"];
                /** @description May be left out where the trainer has one. */
                readonly space?: components["schemas"]["SpaceOrName"];
                /** @description The name of a trainer of GET /trainers that runs the trials. Without one, your own workers ask for them. */
                readonly trainer?: string;
                /** @description Earlier studies with the same objective and the same or an overlapping space, whose knowledge this study begins with. */
                readonly warmStart?: {
                    /**
                     * @description `trials`, the default: their trials are imported, because their values mean the same here. `model`: they ran elsewhere (another card, other data), so each gets a model whose weight is learned (gp).
                     * @enum {string}
                     */
                    readonly as?: "trials" | "model";
                    /**
                     * @description In place of `studies`: the newest five finished studies of this service with the same metric and direction that search half of this study’s parameters.
                     * @constant
                     */
                    readonly from?: "finished";
                    readonly studies?: readonly string[];
                };
            };
            /**
             * @description signed-rank pairs the arms by seed; mann-whitney does not.
             * @default signed-rank
             * @enum {string}
             */
            readonly test: "signed-rank" | "mann-whitney";
        };
        readonly ExperimentSummary: {
            readonly arms: readonly string[];
            /** Format: date-time */
            readonly createdAt: string;
            readonly description?: string;
            /** @description Of the plan as it was declared. */
            readonly digest: string;
            /** Format: uuid */
            readonly id: string;
            readonly name: string;
            readonly progress: components["schemas"]["ExperimentProgress"];
            readonly reason?: string;
            readonly seeds: number;
            /** @enum {string} */
            readonly state: "running" | "paused" | "finished" | "failed";
            /** Format: date-time */
            readonly updatedAt: string;
        };
        readonly ExpertAdvisor: {
            /**
             * @description override (the default): the advisor chooses the configuration on its share of the trials. prior: it states where it believes the optimum to lie, for an optimizer that accepts beliefs (gp). both: it does both.
             * @enum {string}
             */
            readonly as?: "override" | "prior" | "both";
            readonly bounds?: components["schemas"]["ShareBounds"];
            /** @constant */
            readonly kind: "expert";
            /**
             * @description interval: every round(1/ratio)-th trial, as in arXiv 2603.24647: a ratio of 0.8 is then one of 1. adaptive: the share begins at ratio and grows for the side that improves the incumbent beyond noise.
             * @default fixed
             * @enum {string}
             */
            readonly policy: "fixed" | "adaptive" | "interval";
            /** @description The advisor’s configuration runs only where the optimizer’s own model expects of it at least this share of the improvement that it expects of its own: 1 as much, 0.5 half. By default it always runs. For optimizers with a model (gp, smac). */
            readonly promise?: number;
            /**
             * @description The advisor’s exact share of the trials after the warm-up.
             * @default 0.3
             */
            readonly ratio: number;
            /** @description The advisor has no turn once so many trials were proposed; by default it always has. */
            readonly until?: number;
            /**
             * @description How many trials the optimizer proposes before the advisor’s first turn, trial 0 (the default configuration) included.
             * @default 10
             */
            readonly warmup: number;
        };
        /**
         * @description Arithmetic over parameters and derived quantities: + - * / % ^, comparisons, and, or, not, a ? b : c, and the functions abs, ceil, exp, floor, log, log2, log10, max, min, round, sqrt. A name with - / or : stands in backticks, as does one with a part that begins with a digit.
         * @example ceil(DEPTH * ASPECT_RATIO / HEAD_DIM) * HEAD_DIM
         * @example WARMUP_RATIO + WARMDOWN_RATIO <= 1
         * @example optim.lr * `batch-size` < 1
         */
        readonly Expression: string;
        /**
         * @description Given to every trial, never searched.
         * @example {
         *       "type": "fixed",
         *       "value": 42
         *     }
         */
        readonly FixedParameter: {
            readonly description?: string;
            /** @constant */
            readonly type: "fixed";
            readonly value: components["schemas"]["Value"];
            readonly when?: components["schemas"]["When"];
        };
        /**
         * @example {
         *       "type": "float",
         *       "low": 0.0001,
         *       "high": 0.1,
         *       "log": true
         *     }
         */
        readonly FloatParameter: {
            readonly default?: number;
            readonly description?: string;
            readonly high: number;
            /** @description Search on a logarithmic scale; needs low > 0. */
            readonly log?: boolean;
            readonly low: number;
            /** @description Only low, low + step, … high; high must be one of them. */
            readonly step?: number;
            /** @constant */
            readonly type: "float";
            readonly when?: components["schemas"]["When"];
        };
        /**
         * @example {
         *       "token": "00000000-0000-4000-8000-000000000000"
         *     }
         */
        readonly Heartbeat: {
            /**
             * Format: uuid
             * @description The lease token of the ask.
             */
            readonly token: string;
        };
        /**
         * @example {
         *       "study": "example",
         *       "seq": 900,
         *       "method": "gp",
         *       "status": "shown",
         *       "trials": 300,
         *       "of": 300,
         *       "sampled": false,
         *       "r2": 0.83,
         *       "total": {
         *         "lr": 0.71,
         *         "x": 0.35
         *       },
         *       "local": {
         *         "lr": 0.88,
         *         "x": 0.12
         *       },
         *       "recommended": {
         *         "number": 271,
         *         "params": {
         *           "lr": 0.02,
         *           "x": 1.5
         *         }
         *       }
         *     }
         */
        readonly Importances: {
            /** @description How far the objective moves with each parameter around the recommendation; shares that sum to 1. */
            readonly local: {
                readonly [key: string]: number;
            };
            /** @constant */
            readonly method: "gp";
            /** @description How many trials gave a value. */
            readonly of: number;
            /** @description The share of the spread of the (warped) objective that the model explains of trials that it has not seen: leave one out. */
            readonly r2: number | null;
            /** @description Why nothing is shown, and what to do. */
            readonly reason?: string;
            readonly recommended?: {
                readonly number: number;
                readonly params: components["schemas"]["Params"];
            };
            readonly sampled: boolean;
            /** @description The event that last ended a trial: the answer is of the study as it was then. */
            readonly seq: number;
            /** @enum {string} */
            readonly status: "shown" | "weak" | "too_few";
            readonly study: string;
            /** @description Sobol’s total index of each parameter over the whole space. An interaction counts for each of its parameters, so the sum may exceed 1. */
            readonly total: {
                readonly [key: string]: number;
            };
            /** @description How many trials the model has learned from. */
            readonly trials: number;
        };
        /**
         * @example {
         *       "imported": 2,
         *       "known": 0,
         *       "leftOut": 1,
         *       "trials": [
         *         0,
         *         null,
         *         1
         *       ]
         *     }
         */
        readonly Imported: {
            /** @description New trials. */
            readonly imported: number;
            /** @description Rows whose trials were imported before. */
            readonly known: number;
            /** @description Rows without a result. */
            readonly leftOut: number;
            /** @description The number of each row’s trial here; null where the row was left out. */
            readonly trials: readonly (number | null)[];
        };
        readonly Incumbent: {
            /** Format: date-time */
            readonly at: string;
            readonly number: number;
            /** @description The sequence number of its event. */
            readonly seq: number;
            /** @description How many trials had ended when it was found. */
            readonly settled: number;
            readonly source: string;
            /** @description The train seconds spent when it was found. */
            readonly trainSeconds: number;
            readonly value: number;
            /** @description Whether the improvement is no larger than noise alone would make it; null where the noise is not known. */
            readonly withinNoise: boolean | null;
        };
        readonly Inquiry: {
            readonly answeredAt: string | null;
            /** Format: date-time */
            readonly at: string;
            readonly beliefs: {
                readonly parameters: {
                    readonly [key: string]: {
                        readonly centre: components["schemas"]["ParameterValue"];
                        readonly confidence: number;
                        readonly spread?: number;
                    };
                };
                /** @description Of parameters together: the product of their powers is, within the factor, what it is at the values `at`. */
                readonly relations?: readonly {
                    readonly confidence: number;
                    readonly factor: number;
                    readonly of: {
                        readonly [key: string]: {
                            readonly at: number;
                            readonly power: number;
                        };
                    };
                }[];
            } | null;
            /** @description How many trials had ended by then. */
            readonly ended: number;
            /** @description What the advisor said about its beliefs, or what went wrong. */
            readonly note: string | null;
            /** @description The trial before which the advisor was asked. */
            readonly number: number;
            /** @description Why there are no beliefs. */
            readonly reason: string | null;
            /** @description The advisor that was asked. */
            readonly source: string;
            /** @enum {string} */
            readonly state: "asking" | "believed" | "failed";
        };
        /**
         * @example {
         *       "type": "int",
         *       "low": 32,
         *       "high": 256,
         *       "powerOfTwo": true
         *     }
         */
        readonly IntParameter: {
            readonly default?: number;
            readonly description?: string;
            readonly high: number;
            /** @description Search on a logarithmic scale; needs low > 0. */
            readonly log?: boolean;
            readonly low: number;
            /** @description Only the powers of two from low to high, each as likely. */
            readonly powerOfTwo?: boolean;
            /** @description Only low, low + step, … high; high must be one of them. */
            readonly step?: number;
            /** @constant */
            readonly type: "int";
            readonly when?: components["schemas"]["When"];
        };
        readonly JitterControl: {
            readonly bounds?: components["schemas"]["ShareBounds"];
            /** @constant */
            readonly kind: "jitter";
            /**
             * @description interval: every round(1/ratio)-th trial, as in arXiv 2603.24647: a ratio of 0.8 is then one of 1. adaptive: the share begins at ratio and grows for the side that improves the incumbent beyond noise.
             * @default fixed
             * @enum {string}
             */
            readonly policy: "fixed" | "adaptive" | "interval";
            /** @description The advisor’s configuration runs only where the optimizer’s own model expects of it at least this share of the improvement that it expects of its own: 1 as much, 0.5 half. By default it always runs. For optimizers with a model (gp, smac). */
            readonly promise?: number;
            /**
             * @description The advisor’s exact share of the trials after the warm-up.
             * @default 0.3
             */
            readonly ratio: number;
            /** @description The advisor has no turn once so many trials were proposed; by default it always has. */
            readonly until?: number;
            /**
             * @description How many trials the optimizer proposes before the advisor’s first turn, trial 0 (the default configuration) included.
             * @default 10
             */
            readonly warmup: number;
        };
        /** @description Heartbeats and reports renew the lease. A worker that sends neither until expiresAt loses the trial. */
        readonly Lease: {
            /** Format: date-time */
            readonly expiresAt: string;
            readonly heartbeatSeconds: number;
            /**
             * Format: uuid
             * @description The lease token of the ask.
             */
            readonly token: string;
        };
        readonly LeasedTrial: {
            readonly attempt: number;
            /** Format: date-time */
            readonly createdAt: string;
            /** @enum {string} */
            readonly failure?: "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "lost";
            /** @description Of a pruned trial: its last reported step, and the forecast of its final value where enough other trials went on from that step. */
            readonly foreseen?: {
                readonly forecast?: {
                    readonly mean: number;
                    readonly sd: number;
                };
                readonly step: number;
            };
            readonly lease: components["schemas"]["Lease"];
            /** Format: date-time */
            readonly leaseExpiresAt?: string;
            readonly message?: string;
            readonly metrics?: {
                readonly [key: string]: number | string | boolean | null;
            };
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            readonly number: number;
            readonly params: components["schemas"]["Params"];
            /** @description In MiB. */
            readonly peakMemoryMb?: number;
            readonly proposal: components["schemas"]["Proposal"];
            /** Format: date-time */
            readonly settledAt?: string;
            /** @enum {string} */
            readonly state: "proposing" | "ready" | "running" | "complete" | "failed" | "pruned" | "cancelled";
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
            readonly tokensPerSecond?: number;
            readonly trainSeconds?: number;
            readonly value?: number;
            readonly worker?: string;
        };
        readonly LeaseSpec: {
            /**
             * @description A lost trial runs again until this many attempts are lost.
             * @default 3
             */
            readonly maxAttempts: number;
            /**
             * @description A worker that sends nothing for this long loses its trial. Heartbeats are due five times as often.
             * @default 150
             */
            readonly seconds: number;
        };
        readonly LlmAdvisor: {
            /**
             * @description override (the default): the advisor chooses the configuration on its share of the trials. prior: it states where it believes the optimum to lie, for an optimizer that accepts beliefs (gp). both: it does both.
             * @enum {string}
             */
            readonly as?: "override" | "prior" | "both";
            readonly bounds?: components["schemas"]["ShareBounds"];
            /**
             * @description The longest request in tokens. The history is shortened until the estimated length fits.
             * @default 16000
             */
            readonly contextTokens: number;
            /**
             * @description Time limit of one trial’s advice, retries included.
             * @default 120
             */
            readonly deadlineSeconds: number;
            /** @enum {string} */
            readonly effort?: "low" | "medium" | "high" | "xhigh" | "max";
            /** @description As a prior: how many trials end before it is asked again for beliefs; 50 by default. */
            readonly every?: number;
            /** @constant */
            readonly kind: "llm";
            /** @description LLAMBO: the model proposes candidates, then predicts each of them; the one of the greatest expected improvement runs. */
            readonly llambo?: {
                /**
                 * @description How much better than the best the target is, as a share of the range of the successes.
                 * @default 0.1
                 */
                readonly alpha: number;
                /** @default 8 */
                readonly candidates: number;
                /**
                 * @description Choices of the published uses that are known to be wrong, to measure what they cost.
                 * @default []
                 */
                readonly defects: readonly ("target-worse" | "target-at-best" | "failures-as-100" | "failures-hidden" | "random-padding" | "random-categories")[];
                /**
                 * @description How often the candidates are predicted; with at most two questions for candidates that is all.
                 * @default 3
                 */
                readonly samples: number;
                /**
                 * @description value: the model predicts the objective. label: it says which candidates are good.
                 * @default value
                 * @enum {string}
                 */
                readonly surrogate: "value" | "label";
                /**
                 * @description Before so many trials have succeeded, the model’s first candidate runs without a prediction.
                 * @default 3
                 */
                readonly warmStart: number;
            };
            /**
             * @description Show the whole covariance matrix of the optimizer instead of the strongest correlations.
             * @default false
             */
            readonly matrix: boolean;
            /**
             * @description The most calls for one trial’s advice.
             * @default 4
             */
            readonly maxCalls: number;
            /**
             * @description The longest answer in tokens, thinking included.
             * @default 4096
             */
            readonly maxTokens: number;
            /**
             * @example anthropic:claude-opus-4-6
             * @example openai-compatible:qwen3:8b
             * @example azure:gpt-5
             */
            readonly model: string;
            /**
             * @description Without advice: optimizer runs the optimizer’s proposal, skip cancels the trial (its place in the budget is used up), pause pauses the study.
             * @default optimizer
             * @enum {string}
             */
            readonly onFailure: "optimizer" | "skip" | "pause";
            /**
             * @description interval: every round(1/ratio)-th trial, as in arXiv 2603.24647: a ratio of 0.8 is then one of 1. adaptive: the share begins at ratio and grows for the side that improves the incumbent beyond noise.
             * @default fixed
             * @enum {string}
             */
            readonly policy: "fixed" | "adaptive" | "interval";
            /** @description The advisor’s configuration runs only where the optimizer’s own model expects of it at least this share of the improvement that it expects of its own: 1 as much, 0.5 half. By default it always runs. For optimizers with a model (gp, smac). */
            readonly promise?: number;
            /**
             * @description faithful: the prompt of arXiv 2603.24647, with its order and its omissions. short: a third of the length, and an answer without reasoning, for small models and contexts.
             * @default repaired
             * @enum {string}
             */
            readonly prompt: "repaired" | "faithful" | "short";
            /**
             * @description The advisor’s exact share of the trials after the warm-up.
             * @default 0.3
             */
            readonly ratio: number;
            /** @description By default 0.7 with the faithful prompt, else the provider’s default. null: the provider’s default. */
            readonly temperature?: number | null;
            /** @default off */
            readonly thinking: ("off" | "adaptive") | {
                readonly budgetTokens: number;
            };
            /** @description The advisor has no turn once so many trials were proposed; by default it always has. */
            readonly until?: number;
            /**
             * @description What the model sees: the optimizer’s state and next proposal too, or only the trials that ran.
             * @default state+history
             * @enum {string}
             */
            readonly view: "state+history" | "history";
            /**
             * @description How many trials the optimizer proposes before the advisor’s first turn, trial 0 (the default configuration) included.
             * @default 10
             */
            readonly warmup: number;
        };
        readonly LlmCall: {
            readonly answer: string | null;
            /** Format: date-time */
            readonly at: string;
            /** @description Counts the calls for this trial. */
            readonly call: number;
            /** @description null where the model has no price. */
            readonly dollars: number | null;
            readonly latencyMs: number;
            /** @description What went wrong. */
            readonly message: string | null;
            readonly model: string;
            /** @description The trial that the call was for; of a question for beliefs: the trial before which it was asked. */
            readonly number: number;
            /** @enum {string} */
            readonly outcome: "answered" | "timeout" | "rate_limited" | "server_error" | "rejected" | "refusal" | "truncated" | "unparseable" | "out_of_space" | "infeasible" | "duplicate" | "inapplicable" | "invalid_program" | "smoke_failed";
            /** @description The prompt template and its version. */
            readonly prompt: string;
            readonly provider: string;
            /** @enum {string} */
            readonly purpose: "configuration" | "beliefs" | "candidates" | "scores" | "edit";
            /** @description The request body as it was sent. */
            readonly request: unknown;
            readonly thinking: string | null;
            readonly tokens: {
                readonly cacheRead: number;
                readonly cacheWrite: number;
                readonly input: number;
                readonly output: number;
            };
        };
        readonly Log: {
            readonly attempt: number;
            /** @description How much of the log is kept: its beginning and its end. */
            readonly bytes: number;
            /** @description Whether there is more before the tail. */
            readonly cut: boolean;
            readonly number: number;
            readonly tail: string;
        };
        /** @description Expected peak memory of a trial, in GiB. */
        readonly MemoryModel: {
            readonly gb: components["schemas"]["Expression"];
            /** @description A configuration that is expected to need more is refused before it runs. */
            readonly limitGb: number;
        };
        readonly Method: {
            readonly advisor?: components["schemas"]["Advisor"];
            /** @description An agent that edits the source of the trainer’s task, in the place of an advisor. The optimizer tunes the constants of the kept program in the trials that are not the agent’s. */
            readonly agent?: components["schemas"]["Agent"];
            /** @description For people: what the preset chiron resolved to when the study was created. */
            readonly chosen?: string;
            /**
             * @description What the optimizer is told of a failed trial: that it failed, or, to measure what that costs, the value 100.
             * @enum {string}
             */
            readonly failures?: "infeasible" | "penalty";
            /** @description The optimizer’s kind and its options. It may be left out beside an agent that has every trial. */
            readonly optimizer?: {
                readonly kind: string;
            } & {
                readonly [key: string]: unknown;
            };
            /**
             * @description Refuses configurations that would run out of memory before they run.
             * @enum {string}
             */
            readonly preflight?: "off" | "formula" | "learned";
        };
        readonly MethodOrPreset: string | components["schemas"]["Method"];
        readonly MethodPreset: {
            readonly description: string;
            readonly method: {
                readonly [key: string]: unknown;
            };
            readonly name: string;
            /** @description Which study it is for. */
            readonly when: string;
        };
        readonly NamedSpace: {
            readonly description: string;
            readonly name: string;
            readonly spec: components["schemas"]["Space"];
        };
        readonly Objective: {
            /**
             * @default minimize
             * @enum {string}
             */
            readonly direction: "minimize" | "maximize";
            readonly metric: string;
            /** @description The standard deviation of repeated measurements of one configuration; 0 without noise. By default it is estimated from repeats in the study. */
            readonly noise?: number;
        };
        /**
         * @description Values with an order, from first to last.
         * @example {
         *       "type": "ordinal",
         *       "choices": [
         *         "small",
         *         "medium",
         *         "large"
         *       ]
         *     }
         */
        readonly OrdinalParameter: {
            readonly choices: readonly components["schemas"]["Value"][];
            readonly default?: components["schemas"]["Value"];
            readonly description?: string;
            /** @constant */
            readonly type: "ordinal";
            readonly when?: components["schemas"]["When"];
        };
        readonly Parameter: components["schemas"]["FloatParameter"] | components["schemas"]["IntParameter"] | components["schemas"]["OrdinalParameter"] | components["schemas"]["CategoricalParameter"] | components["schemas"]["BoolParameter"] | components["schemas"]["FixedParameter"];
        readonly ParameterValue: number | string | boolean;
        /** @description A configuration in natural units. */
        readonly Params: {
            readonly [key: string]: components["schemas"]["ParameterValue"];
        };
        /**
         * @description RFC 9457 problem document.
         * @example {
         *       "type": "https://chiron.invalid/problems/study_not_found",
         *       "title": "There is no such study",
         *       "status": 404,
         *       "detail": "There is no study named \"example\"",
         *       "instance": "/studies/example",
         *       "code": "study_not_found",
         *       "retryable": false
         *     }
         */
        readonly Problem: {
            /** @description A stable code that clients can match on. */
            readonly code: string;
            readonly detail: string;
            readonly errors?: readonly {
                readonly message: string;
                readonly path: string;
            }[];
            readonly instance: string;
            /** @description How many errors are not listed. */
            readonly moreErrors?: number;
            readonly retryable: boolean;
            readonly status: number;
            readonly title: string;
            readonly type: string;
        } & {
            readonly [key: string]: unknown;
        };
        readonly Program: {
            /** @description Its own values of the constants that the study’s space searches. */
            readonly constants: {
                readonly [key: string]: components["schemas"]["ParameterValue"];
            };
            /** @description Texts by path. */
            readonly files: {
                readonly [key: string]: string;
            };
            readonly hash: string;
            /** @description Equal for programs that differ in comments and layout alone. */
            readonly normal: string;
            /** @description The program that was edited; null of the baseline. */
            readonly parent: string | null;
        };
        readonly ProgramDiff: {
            /** @description A unified diff of all files that differ. */
            readonly diff: string;
            readonly from: string | null;
            readonly to: string;
        };
        readonly ProgramEntry: {
            /** @description Why it was kept or not. */
            readonly because: string | null;
            readonly category: string;
            /** @description Its own values of the constants that the study’s space searches. */
            readonly constants: {
                readonly [key: string]: components["schemas"]["ParameterValue"];
            };
            readonly description: string;
            readonly hash: string;
            readonly lines: number;
            readonly linesChanged: number;
            readonly model: string | null;
            /** @description Equal for programs that differ in comments and layout alone. */
            readonly normal: string;
            /** @description The trial that ran it first. */
            readonly number: number;
            /** @description The program that was edited; null of the baseline. */
            readonly parent: string | null;
            readonly runs: readonly {
                readonly number: number;
                /** @enum {string} */
                readonly outcome: "complete" | "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "pruned" | "lost";
                /** @description Runs of two programs with the same seed are a pair. */
                readonly seed: number;
                readonly value: number | null;
            }[];
            /** @enum {string} */
            readonly status: "pending" | "kept" | "discarded" | "crashed";
            /** @description The end of the log of its last failed run. */
            readonly tail: string | null;
            /** @description The mean over the seeds of its runs. */
            readonly value: number | null;
        };
        readonly Programs: {
            readonly programs: readonly components["schemas"]["ProgramEntry"][];
            readonly study: string;
        };
        readonly Progress: {
            /** @enum {string} */
            readonly direction: "minimize" | "maximize";
            readonly metric: string;
            /** @description Standard deviation of repeated measurements, as given or as estimated from repeats. */
            readonly noise: number | null;
            /** @description What the study has spent: where the lines end. */
            readonly now: {
                /** @description Of language model calls. */
                readonly dollars: number;
                readonly trainSeconds: number;
                /** @description Trials that had ended, whoever proposed them. */
                readonly trials: number;
                /** @description Since the study was created. */
                readonly wallSeconds: number;
            };
            readonly seq: number;
            readonly series: readonly {
                /** @description null: all sources together. */
                readonly source: string | null;
                readonly steps: readonly {
                    /** @description Of language model calls. */
                    readonly dollars: number;
                    readonly number: number;
                    readonly trainSeconds: number;
                    /** @description Trials that had ended, whoever proposed them. */
                    readonly trials: number;
                    readonly value: number;
                    /** @description Since the study was created. */
                    readonly wallSeconds: number;
                    readonly withinNoise: boolean | null;
                }[];
                /**
                 * @description Of more than 1 000 steps some are left out.
                 * @constant
                 */
                readonly thinned?: true;
                /** @description Trials of this source that have ended. */
                readonly trials: number;
            }[];
            readonly study: string;
        };
        readonly Prompts: {
            readonly prompts: readonly {
                /** @description The template with its version, and the part of it. */
                readonly name: string;
                readonly text: string;
            }[];
            readonly study: string;
        };
        readonly Proposal: {
            /** @description The number of the trial that this one repeats. */
            readonly confirms?: number;
            /** @description The number of the first trial with this configuration. */
            readonly duplicateOf?: number;
            /** @description What the advisor said, or what went wrong. */
            readonly note?: string;
            /** @description On the advisor’s turn: what the optimizer would have run. */
            readonly optimizerParams?: components["schemas"]["Params"];
            /** @description The trial of an earlier study that this one was imported from (warmStart). */
            readonly origin?: {
                /** Format: uuid */
                readonly id: string;
                readonly number: number;
                readonly study: string;
            };
            /** @description Where an agent edits programs: the program that the trial runs. */
            readonly program?: {
                readonly edit?: {
                    readonly category: string;
                    readonly description: string;
                    readonly linesChanged: number;
                    readonly model: string | null;
                } & {
                    readonly [key: string]: unknown;
                };
                readonly hash: string;
                /** @description Whether it runs with its own constants, and not with the parameters. */
                readonly own: boolean;
                readonly parent: string | null;
                readonly seed: number;
            } & {
                readonly [key: string]: unknown;
            };
            readonly reason?: string;
            /** @description How many draws the preflight refused before this one. */
            readonly refused?: number;
            /** @description What was changed so that the configuration could run. */
            readonly repairs?: readonly ({
                readonly because?: string;
                readonly from: components["schemas"]["ParameterValue"] | null;
                readonly parameter: string;
                readonly rule: string;
                readonly to: components["schemas"]["ParameterValue"] | null;
            } & {
                readonly [key: string]: unknown;
            })[];
            /** @description On the advisor’s turn: the advisor. Where `source` is not this advisor, `reason` says why its advice was not used. */
            readonly requested?: string;
            /** @description Who proposed the configuration: an optimizer, an advisor (`llm`, `expert`, …), `default`, `enqueued`, `imported` or `confirm`. */
            readonly source: string;
        } & {
            readonly [key: string]: unknown;
        };
        /** @description Stops unpromising trials early. Off by default. */
        readonly Pruning: {
            /** @constant */
            readonly rule: "median";
            /**
             * @description How many trials must have finished before any is pruned.
             * @default 5
             */
            readonly startupTrials: number;
            /**
             * @description Steps during which a trial is never pruned.
             * @default 0
             */
            readonly warmupSteps: number;
        } | {
            /**
             * @description Each rung keeps the best 1/factor of its trials, and is at factor times the step.
             * @default 3
             */
            readonly factor: number;
            /**
             * @description The step of the first rung.
             * @default 1
             */
            readonly minStep: number;
            /** @constant */
            readonly rule: "halving";
        } | {
            /**
             * @description A trial is pruned when its chance to end among the best tenth is below this.
             * @default 0.01
             */
            readonly chance: number;
            /** @constant */
            readonly rule: "forecast";
            /**
             * @description How many trials must have gone on from this step before any is pruned at it.
             * @default 20
             */
            readonly startupTrials: number;
            /**
             * @description Steps during which a trial is never pruned.
             * @default 0
             */
            readonly warmupSteps: number;
        };
        readonly RandomControl: {
            readonly bounds?: components["schemas"]["ShareBounds"];
            /** @constant */
            readonly kind: "random";
            /**
             * @description interval: every round(1/ratio)-th trial, as in arXiv 2603.24647: a ratio of 0.8 is then one of 1. adaptive: the share begins at ratio and grows for the side that improves the incumbent beyond noise.
             * @default fixed
             * @enum {string}
             */
            readonly policy: "fixed" | "adaptive" | "interval";
            /** @description The advisor’s configuration runs only where the optimizer’s own model expects of it at least this share of the improvement that it expects of its own: 1 as much, 0.5 half. By default it always runs. For optimizers with a model (gp, smac). */
            readonly promise?: number;
            /**
             * @description The advisor’s exact share of the trials after the warm-up.
             * @default 0.3
             */
            readonly ratio: number;
            /** @description The advisor has no turn once so many trials were proposed; by default it always has. */
            readonly until?: number;
            /**
             * @description How many trials the optimizer proposes before the advisor’s first turn, trial 0 (the default configuration) included.
             * @default 10
             */
            readonly warmup: number;
        };
        /**
         * @example {
         *       "expiresAt": "2026-01-31T12:02:30.000Z"
         *     }
         */
        readonly RenewedLease: {
            /** Format: date-time */
            readonly expiresAt: string;
        };
        /**
         * @example {
         *       "token": "00000000-0000-4000-8000-000000000000",
         *       "step": 1,
         *       "value": 0.5
         *     }
         */
        readonly Report: {
            readonly step: number;
            /**
             * Format: uuid
             * @description The lease token of the ask.
             */
            readonly token: string;
            readonly value: components["schemas"]["ReportedValue"];
        };
        readonly ReportedValue: number | ("NaN" | "Infinity" | "-Infinity");
        readonly SearchDescription: {
            /** @description Centre, spread, correlations, notes. */
            readonly optimizer: Record<string, never>;
            /** @description What the preflight refuses, and what it has learned. */
            readonly preflight: Record<string, never>;
        };
        /** @description The bounds of an adaptive share. */
        readonly ShareBounds: {
            /** @default 0.6 */
            readonly high: number;
            /** @default 0.05 */
            readonly low: number;
        };
        /**
         * @example {
         *       "parameters": {
         *         "LR": {
         *           "type": "float",
         *           "low": 0.0001,
         *           "high": 0.1,
         *           "log": true
         *         },
         *         "LAYERS": {
         *           "type": "int",
         *           "low": 2,
         *           "high": 8
         *         },
         *         "OPTIMIZER": {
         *           "type": "categorical",
         *           "choices": [
         *             "adamw",
         *             "sgd"
         *           ]
         *         },
         *         "MOMENTUM": {
         *           "type": "float",
         *           "low": 0,
         *           "high": 0.99,
         *           "when": {
         *             "OPTIMIZER": "sgd"
         *           }
         *         }
         *       }
         *     }
         */
        readonly Space: {
            readonly constraints?: readonly components["schemas"]["Constraint"][];
            /** @description Quantities computed from the parameters; other expressions may use them. */
            readonly derived?: {
                readonly [key: string]: components["schemas"]["Expression"];
            };
            readonly description?: string;
            readonly memory?: components["schemas"]["MemoryModel"];
            readonly name?: string;
            /** @description By name; the order of the names carries no meaning. */
            readonly parameters: {
                readonly [key: string]: components["schemas"]["Parameter"];
            };
        };
        readonly SpaceOrName: string | components["schemas"]["Space"];
        /**
         * @example {
         *       "id": "0b6c1c1e-6f0f-4a52-9f4c-2d8f3d7f1a10",
         *       "name": "example",
         *       "state": "active",
         *       "space": {
         *         "parameters": {
         *           "x": {
         *             "type": "float",
         *             "low": -5,
         *             "high": 10
         *           }
         *         }
         *       },
         *       "objective": {
         *         "metric": "loss",
         *         "direction": "minimize"
         *       },
         *       "method": "random",
         *       "budget": {
         *         "trials": 100
         *       },
         *       "parallel": 1,
         *       "seed": 0,
         *       "lease": {
         *         "seconds": 150,
         *         "maxAttempts": 3
         *       },
         *       "trials": {
         *         "proposing": 0,
         *         "ready": 0,
         *         "running": 0,
         *         "complete": 8,
         *         "failed": 0,
         *         "pruned": 0,
         *         "cancelled": 0
         *       },
         *       "best": {
         *         "number": 7,
         *         "value": 0.42
         *       },
         *       "createdAt": "2026-01-31T12:00:00.000Z",
         *       "updatedAt": "2026-01-31T12:05:00.000Z"
         *     }
         */
        readonly Study: {
            readonly best?: {
                readonly number: number;
                readonly value: number;
            };
            readonly budget: components["schemas"]["Budget"];
            /** @description How many of the best configurations are repeated, five times each, at the end of a budget of trials or train seconds (gp chooses the repeats that tell most about which is best). The summary has their means and intervals. */
            readonly confirm?: number;
            /** Format: date-time */
            readonly createdAt: string;
            readonly description?: string;
            /** @description Parameters that have one fixed value in the whole study. */
            readonly fixed?: components["schemas"]["Params"];
            /** Format: uuid */
            readonly id: string;
            readonly lease: components["schemas"]["LeaseSpec"];
            readonly method: components["schemas"]["MethodOrPreset"];
            /** @description Unique. Creating a study again with the same spec answers with the existing study. */
            readonly name: string;
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            readonly objective: components["schemas"]["Objective"];
            /** @description For studies that are compared seed by seed: those with the same seed begin with the same starting design where their optimizer has one, and a simulated trainer gives a configuration the same noise in each of them. */
            readonly paired?: boolean;
            /**
             * @description How many trials the trainer runs at a time. Your own workers are limited by the budget alone.
             * @default 1
             */
            readonly parallel: number;
            readonly pruning?: components["schemas"]["Pruning"];
            readonly reason?: string;
            /** @default 0 */
            readonly seed: number;
            readonly space: components["schemas"]["SpaceOrName"];
            /** @enum {string} */
            readonly state: "active" | "paused" | "finished";
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
            /** @description The name of a trainer of GET /trainers that runs the trials. Without one, your own workers ask for them. */
            readonly trainer?: string;
            readonly trials: {
                readonly cancelled: number;
                readonly complete: number;
                readonly failed: number;
                readonly proposing: number;
                readonly pruned: number;
                readonly ready: number;
                readonly running: number;
            };
            /** Format: date-time */
            readonly updatedAt: string;
            /** @description Earlier studies with the same objective and the same or an overlapping space, whose knowledge this study begins with. */
            readonly warmStart?: {
                /**
                 * @description `trials`, the default: their trials are imported, because their values mean the same here. `model`: they ran elsewhere (another card, other data), so each gets a model whose weight is learned (gp).
                 * @enum {string}
                 */
                readonly as?: "trials" | "model";
                /**
                 * @description In place of `studies`: the newest five finished studies of this service with the same metric and direction that search half of this study’s parameters.
                 * @constant
                 */
                readonly from?: "finished";
                readonly studies?: readonly string[];
            };
        };
        /**
         * @example {
         *       "state": "paused",
         *       "reason": "the GPUs are needed elsewhere"
         *     }
         */
        readonly StudyChange: {
            /** @description Replaces the whole budget. */
            readonly budget?: components["schemas"]["Budget"];
            readonly description?: string;
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            /** @description Why the study is paused or finished. Asks without a trial give this reason. */
            readonly reason?: string;
            /** @enum {string} */
            readonly state?: "active" | "paused" | "finished";
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
        };
        readonly StudyOverview: {
            /** @description The language model, or the advisor’s kind. */
            readonly advisor?: string;
            readonly best?: {
                /** @description Standard deviation of repeated measurements, as given or as estimated from repeats. */
                readonly noise: number | null;
                readonly number: number;
                readonly value: number;
            };
            readonly budget: {
                readonly llmCalls?: number;
                /** @description Input and output tokens together, cached ones included. */
                readonly llmTokens?: number;
                /** @description US dollars. Only for a model that has a price. */
                readonly llmUsd?: number;
                /** @description Sum of the train seconds that trials are charged. */
                readonly trainSeconds?: number;
                readonly trainSecondsUsed: number;
                /** @description The exact number of trials, however many workers ask. */
                readonly trials?: number;
                /** @description The train seconds reserved for each running trial. By default the most that a trial has charged so far. */
                readonly trialSeconds?: number;
                readonly trialsUsed: number;
                /** @description The largest share that is used of any limit that ends the study. */
                readonly used: number | null;
                /** @description Seconds since the study was created, by the database’s clock. */
                readonly wallSeconds?: number;
            };
            /** Format: date-time */
            readonly createdAt: string;
            readonly description?: string;
            /** @enum {string} */
            readonly direction: "minimize" | "maximize";
            readonly dollars: number;
            /** @description The experiment of which it runs a cell. */
            readonly experiment?: string;
            /** Format: uuid */
            readonly id: string;
            readonly llmCalls: number;
            readonly metric: string;
            readonly name: string;
            /** @description As the study gives it. */
            readonly noise?: number;
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            readonly oomRate: {
                /** @description null where there is nothing to count. */
                readonly all: number | null;
                /** @description null where there is nothing to count. */
                readonly last50: number | null;
            };
            readonly optimizer: string;
            readonly reason?: string;
            readonly seq: number;
            /** @description The last 32 incumbents: at how many ended trials, and the value. */
            readonly spark: readonly (readonly [
                number,
                number
            ])[];
            /** @enum {string} */
            readonly state: "active" | "paused" | "finished";
            readonly tags: readonly string[];
            readonly trainer?: string;
            readonly trials: {
                readonly cancelled: number;
                readonly complete: number;
                readonly failed: number;
                readonly proposing: number;
                readonly pruned: number;
                readonly ready: number;
                readonly running: number;
            };
            /** Format: date-time */
            readonly updatedAt: string;
            /** @description Workers that have a running trial. */
            readonly workers: number;
        };
        /**
         * @example {
         *       "name": "example",
         *       "space": {
         *         "parameters": {
         *           "x": {
         *             "type": "float",
         *             "low": -5,
         *             "high": 10
         *           },
         *           "lr": {
         *             "type": "float",
         *             "low": 0.0001,
         *             "high": 1,
         *             "log": true
         *           }
         *         }
         *       },
         *       "objective": {
         *         "metric": "loss",
         *         "direction": "minimize"
         *       },
         *       "method": "random",
         *       "budget": {
         *         "trials": 100
         *       }
         *     }
         */
        readonly StudySpec: {
            readonly budget?: components["schemas"]["Budget"];
            /** @description How many of the best configurations are repeated, five times each, at the end of a budget of trials or train seconds (gp chooses the repeats that tell most about which is best). The summary has their means and intervals. */
            readonly confirm?: number;
            readonly description?: string;
            /** @description Parameters that have one fixed value in the whole study. */
            readonly fixed?: components["schemas"]["Params"];
            readonly lease?: components["schemas"]["LeaseSpec"];
            /** @description `chiron` by default. */
            readonly method?: components["schemas"]["MethodOrPreset"];
            /** @description Unique. Creating a study again with the same spec answers with the existing study. */
            readonly name: string;
            readonly objective?: components["schemas"]["Objective"];
            /** @description For studies that are compared seed by seed: those with the same seed begin with the same starting design where their optimizer has one, and a simulated trainer gives a configuration the same noise in each of them. */
            readonly paired?: boolean;
            /**
             * @description How many trials the trainer runs at a time. Your own workers are limited by the budget alone.
             * @default 1
             */
            readonly parallel: number;
            readonly pruning?: components["schemas"]["Pruning"];
            /** @default 0 */
            readonly seed: number;
            /** @description May be left out where the trainer has one. */
            readonly space?: components["schemas"]["SpaceOrName"];
            /** @description The name of a trainer of GET /trainers that runs the trials. Without one, your own workers ask for them. */
            readonly trainer?: string;
            /** @description Earlier studies with the same objective and the same or an overlapping space, whose knowledge this study begins with. */
            readonly warmStart?: {
                /**
                 * @description `trials`, the default: their trials are imported, because their values mean the same here. `model`: they ran elsewhere (another card, other data), so each gets a model whose weight is learned (gp).
                 * @enum {string}
                 */
                readonly as?: "trials" | "model";
                /**
                 * @description In place of `studies`: the newest five finished studies of this service with the same metric and direction that search half of this study’s parameters.
                 * @constant
                 */
                readonly from?: "finished";
                readonly studies?: readonly string[];
            };
        };
        readonly Summary: {
            readonly advisor?: components["schemas"]["AdviceSummary"];
            readonly budget: {
                readonly llmCalls?: number;
                /** @description Input and output tokens together, cached ones included. */
                readonly llmTokens?: number;
                /** @description US dollars. Only for a model that has a price. */
                readonly llmUsd?: number;
                /** @description Sum of the train seconds that trials are charged. */
                readonly trainSeconds?: number;
                readonly trainSecondsReserved: number;
                readonly trainSecondsUsed: number;
                /** @description The exact number of trials, however many workers ask. */
                readonly trials?: number;
                /** @description The train seconds reserved for each running trial. By default the most that a trial has charged so far. */
                readonly trialSeconds?: number;
                readonly trialsUsed: number;
                /** @description Seconds since the study was created, by the database’s clock. */
                readonly wallSeconds?: number;
            };
            /** @description The cell of an experiment that it runs, or whose endpoint it measures. */
            readonly cell?: {
                readonly arm: string;
                readonly experiment: string;
                readonly seed: number;
            };
            /** @description The repeated best configurations: means and 95 % intervals, best first. */
            readonly confirmed?: readonly {
                /** @description null where there is nothing to count. */
                readonly high: number | null;
                /** @description null where there is nothing to count. */
                readonly low: number | null;
                /** @description null where there is nothing to count. */
                readonly mean: number | null;
                readonly number: number;
                readonly observed: number;
                readonly runs: number;
            }[];
            /** @description null where there is nothing to count. */
            readonly duplicateRate: number | null;
            readonly duplicates: number;
            readonly failures: {
                readonly [key: string]: number;
            };
            /** @description Only where they are asked for. */
            readonly importances?: components["schemas"]["Importances"];
            readonly imported: number;
            /** @description The best observed value. Under noise it is biased: the luckiest measurement. */
            readonly incumbent?: {
                readonly number: number;
                readonly value: number;
            };
            readonly lostAttempts: number;
            /** @description Standard deviation of repeated measurements, as given or as estimated from repeats. */
            readonly noise: number | null;
            readonly oomRate: {
                /** @description null where there is nothing to count. */
                readonly all: number | null;
                /** @description null where there is nothing to count. */
                readonly last50: number | null;
            };
            readonly preflightRefusals: number;
            readonly reason?: string;
            /** @description The best configuration that ran by the optimizer’s model, where it has one (gp), with its expected value without noise. Where the objective has no noise: the best observed. */
            readonly recommended?: {
                readonly mean: number;
                readonly number?: number;
                readonly params: components["schemas"]["Params"];
                readonly sd: number;
            };
            readonly repaired: number;
            readonly sources: {
                readonly [key: string]: {
                    readonly complete: number;
                    readonly failed: {
                        readonly [key: string]: number;
                    };
                    /** @description null where there is nothing to count. */
                    readonly oomRate: number | null;
                    readonly pruned: number;
                    readonly trials: number;
                };
            };
            /** @description What the study has spent. */
            readonly spent: {
                /** @description Of language model calls. */
                readonly dollars: number;
                readonly trainSeconds: number;
                /** @description Trials that had ended, whoever proposed them. */
                readonly trials: number;
            };
            /** @enum {string} */
            readonly state: "active" | "paused" | "finished";
            readonly study: string;
            readonly trials: {
                readonly cancelled: number;
                readonly complete: number;
                readonly failed: number;
                readonly proposing: number;
                readonly pruned: number;
                readonly ready: number;
                readonly running: number;
            };
            /** @description For each earlier study: how many of its trials were imported or are learned from, and how many were left out. */
            readonly warmStart?: readonly {
                /**
                 * @description Left out: its trials were imported.
                 * @constant
                 */
                readonly as?: "model";
                readonly leftOut: number;
                readonly study: string;
                readonly trials: number;
                /** @description Of its objective in this one, each in units of the standard deviation of its values: about 1 where both are the same, near 0 where it says nothing. */
                readonly weight?: number;
            }[];
        };
        readonly Surface: {
            /** @description Where the other parameters are held. */
            readonly at?: components["schemas"]["Params"];
            /** @description Row by row: the value at (ix, iy) is at iy × (values of x) + ix. */
            readonly mean?: readonly number[];
            /** @constant */
            readonly method: "gp";
            /** @description The trial that has them. */
            readonly number?: number;
            /** @description How many trials gave a value. */
            readonly of: number;
            /** @description The share of the spread of the (warped) objective that the model explains of trials that it has not seen: leave one out. */
            readonly r2: number | null;
            /** @description Why nothing is shown, and what to do. */
            readonly reason?: string;
            readonly sampled: boolean;
            readonly sd?: readonly number[];
            /** @description The event that last ended a trial: the answer is of the study as it was then. */
            readonly seq: number;
            /** @enum {string} */
            readonly status: "shown" | "weak" | "too_few";
            readonly study: string;
            /** @description How many trials the model has learned from. */
            readonly trials: number;
            readonly x?: components["schemas"]["Axis"];
            readonly y?: components["schemas"]["Axis"];
        };
        /**
         * @example {
         *       "token": "00000000-0000-4000-8000-000000000000",
         *       "outcome": "complete",
         *       "value": 0.42,
         *       "trainSeconds": 300
         *     }
         */
        readonly Tell: {
            /** @description A message for people, such as the last lines of a failure. */
            readonly message?: string;
            /** @description Any other measurements to store with the trial: at most 65536 bytes as JSON. */
            readonly metrics?: {
                readonly [key: string]: number | string | boolean | null;
            };
            /** @enum {string} */
            readonly outcome: "complete" | "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "pruned";
            /** @description In MiB (1024² bytes), as nvidia-smi and torch count. */
            readonly peakMemoryMb?: number;
            /**
             * Format: uuid
             * @description The lease token of the ask.
             */
            readonly token: string;
            readonly tokensPerSecond?: number;
            /** @description Charged to the budget. */
            readonly trainSeconds?: number;
            /** @description The objective’s value. Required if complete; NaN or an infinity makes the outcome `diverged`. */
            readonly value?: components["schemas"]["ToldValue"];
        };
        readonly ToldValue: number | ("NaN" | "Infinity" | "-Infinity") | null;
        readonly Trainer: {
            readonly description: string;
            readonly name: string;
            readonly space: string;
            /** @description Why it cannot run here. */
            readonly unavailable?: string;
        } & {
            readonly [key: string]: unknown;
        };
        /**
         * @example {
         *       "number": 7,
         *       "state": "complete",
         *       "params": {
         *         "x": 1.5,
         *         "lr": 0.01
         *       },
         *       "proposal": {
         *         "source": "random"
         *       },
         *       "attempt": 1,
         *       "worker": "gpu-0",
         *       "createdAt": "2026-01-31T12:00:00.000Z",
         *       "value": 0.42,
         *       "trainSeconds": 300,
         *       "settledAt": "2026-01-31T12:05:00.000Z"
         *     }
         */
        readonly Trial: {
            readonly attempt: number;
            /** Format: date-time */
            readonly createdAt: string;
            /** @enum {string} */
            readonly failure?: "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "lost";
            /** @description Of a pruned trial: its last reported step, and the forecast of its final value where enough other trials went on from that step. */
            readonly foreseen?: {
                readonly forecast?: {
                    readonly mean: number;
                    readonly sd: number;
                };
                readonly step: number;
            };
            /** Format: date-time */
            readonly leaseExpiresAt?: string;
            readonly message?: string;
            readonly metrics?: {
                readonly [key: string]: number | string | boolean | null;
            };
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            readonly number: number;
            readonly params: components["schemas"]["Params"];
            /** @description In MiB. */
            readonly peakMemoryMb?: number;
            readonly proposal: components["schemas"]["Proposal"];
            /** Format: date-time */
            readonly settledAt?: string;
            /** @enum {string} */
            readonly state: "proposing" | "ready" | "running" | "complete" | "failed" | "pruned" | "cancelled";
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
            readonly tokensPerSecond?: number;
            readonly trainSeconds?: number;
            readonly value?: number;
            readonly worker?: string;
        };
        /**
         * @example {
         *       "token": "00000000-0000-4000-8000-000000000000",
         *       "reason": "no space left on device"
         *     }
         */
        readonly TrialReturn: {
            /** @description Why no trial can run on this machine now. */
            readonly reason: string;
            /**
             * Format: uuid
             * @description The lease token of the ask.
             */
            readonly token: string;
        };
        readonly TrialWithLineage: {
            readonly attempt: number;
            readonly attempts: readonly {
                readonly attempt: number;
                /** Format: date-time */
                readonly endedAt?: string;
                /** Format: date-time */
                readonly leasedAt: string;
                /** @enum {string} */
                readonly state: "running" | "settled" | "lost" | "superseded" | "cancelled";
                readonly worker: string;
            }[];
            /** Format: date-time */
            readonly createdAt: string;
            /** @enum {string} */
            readonly failure?: "oom" | "diverged" | "timeout" | "crashed" | "invalid" | "lost";
            /** @description Of a pruned trial: its last reported step, and the forecast of its final value where enough other trials went on from that step. */
            readonly foreseen?: {
                readonly forecast?: {
                    readonly mean: number;
                    readonly sd: number;
                };
                readonly step: number;
            };
            /** Format: date-time */
            readonly leaseExpiresAt?: string;
            readonly message?: string;
            readonly metrics?: {
                readonly [key: string]: number | string | boolean | null;
            };
            /** @description A text for people. An empty one takes it away. */
            readonly note?: string;
            readonly number: number;
            readonly params: components["schemas"]["Params"];
            /** @description In MiB. */
            readonly peakMemoryMb?: number;
            readonly proposal: components["schemas"]["Proposal"];
            readonly reports: readonly {
                readonly step: number;
                readonly value: number;
            }[];
            /** Format: date-time */
            readonly settledAt?: string;
            /** @enum {string} */
            readonly state: "proposing" | "ready" | "running" | "complete" | "failed" | "pruned" | "cancelled";
            /** @description Replaces all tags. Each counts once. */
            readonly tags?: readonly string[];
            readonly tokensPerSecond?: number;
            readonly trainSeconds?: number;
            readonly value?: number;
            readonly worker?: string;
        };
        /** @description A value of a parameter: a finite number, a string or a boolean. */
        readonly Value: number | string | boolean;
        readonly WhatAPlanCanShow: {
            readonly canShow: boolean;
            readonly contrasts: number;
            /** @description The same after Holm’s correction over the contrasts. */
            readonly leastAdjusted?: number;
            /** @description The least p that these seeds can give. */
            readonly leastP?: number;
            /** @description What each planned look may spend of alpha. */
            readonly looks?: readonly {
                readonly leastAdjusted: number;
                readonly level: number;
                readonly seeds: number;
            }[];
            /** @description The chance to show an arm that is better by `effect` standard deviations, and the mean number of seeds until then. */
            readonly power?: readonly {
                readonly effect: number;
                readonly power: number;
                readonly seeds: number;
            }[];
            /** @description From so many seeds on, one look at them can show something. */
            readonly seedsNeeded?: number;
            readonly summary: string;
            readonly warnings: readonly string[];
        };
        /**
         * @description The parameter is active only while every parent named here is active and has this value, or one of these values.
         * @example {
         *       "BOOSTER": "dart"
         *     }
         * @example {
         *       "KERNEL": [
         *         "rbf",
         *         "poly"
         *       ]
         *     }
         */
        readonly When: {
            readonly [key: string]: components["schemas"]["Value"] | readonly components["schemas"]["Value"][];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
