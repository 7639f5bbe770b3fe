CREATE TABLE "llm_calls" (
	"study_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"call" integer NOT NULL,
	"provider" text NOT NULL,
	"model" text NOT NULL,
	"prompt" text NOT NULL,
	"request" json NOT NULL,
	"answer" text,
	"thinking" text,
	"outcome" text NOT NULL,
	"message" text,
	"input_tokens" integer NOT NULL,
	"cache_read_tokens" integer NOT NULL,
	"cache_write_tokens" integer NOT NULL,
	"output_tokens" integer NOT NULL,
	"dollars" double precision,
	"latency_ms" integer NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "llm_calls_study_id_number_call_pk" PRIMARY KEY("study_id","number","call")
);
--> statement-breakpoint
ALTER TABLE "trials" DROP CONSTRAINT "trials_state";--> statement-breakpoint
ALTER TABLE "incumbents" ADD COLUMN "within_noise" boolean;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "adviser" uuid;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "adviser_until" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "llm_calls" ADD CONSTRAINT "llm_calls_study_id_number_trials_study_id_number_fk" FOREIGN KEY ("study_id","number") REFERENCES "public"."trials"("study_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "trials_advising" ON "trials" USING btree ("adviser_until") WHERE "trials"."state" = 'proposing';--> statement-breakpoint
ALTER TABLE "trials" ADD CONSTRAINT "trials_adviser" CHECK (("trials"."state" = 'proposing') = ("trials"."adviser_until" is not null));--> statement-breakpoint
ALTER TABLE "trials" ADD CONSTRAINT "trials_state" CHECK ("trials"."state" in ('proposing', 'ready', 'running', 'complete', 'failed', 'pruned', 'cancelled'));--> statement-breakpoint
UPDATE "studies" SET "counters" = ("counters"::jsonb || jsonb_build_object(
	'states', '{"proposing": 0}'::jsonb || ("counters"->'states')::jsonb,
	'proposed', "next_number",
	'skipped', 0,
	'advice', '{"turns": 0, "taken": 0, "repeats": 0, "fallbacks": {}, "calls": 0, "tokens": {"input": 0, "cacheRead": 0, "cacheWrite": 0, "output": 0}, "dollars": 0, "dearest": {"tokens": 0, "dollars": 0}, "share": {"credit": 0, "advisor": {"wins": 0, "tries": 0}, "optimizer": {"wins": 0, "tries": 0}}}'::jsonb))::json;
