CREATE TABLE "attempts" (
	"study_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"attempt" integer NOT NULL,
	"worker" text NOT NULL,
	"token" uuid NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"told" json,
	"leased_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "attempts_study_id_number_attempt_pk" PRIMARY KEY("study_id","number","attempt"),
	CONSTRAINT "attempts_state" CHECK ("attempts"."state" in ('running', 'settled', 'lost', 'superseded', 'cancelled'))
);
--> statement-breakpoint
CREATE TABLE "events" (
	"study_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"kind" text NOT NULL,
	"number" integer,
	"data" json NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"xid" "xid8" DEFAULT pg_current_xact_id() NOT NULL,
	"id" bigserial NOT NULL,
	CONSTRAINT "events_study_id_seq_pk" PRIMARY KEY("study_id","seq")
);
--> statement-breakpoint
CREATE TABLE "incumbents" (
	"study_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"number" integer NOT NULL,
	"value" double precision NOT NULL,
	"source" text NOT NULL,
	"settled" integer NOT NULL,
	"train_seconds" double precision NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "incumbents_study_id_seq_pk" PRIMARY KEY("study_id","seq")
);
--> statement-breakpoint
CREATE TABLE "reports" (
	"study_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"step" integer NOT NULL,
	"value" double precision NOT NULL,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "reports_study_id_number_step_pk" PRIMARY KEY("study_id","number","step")
);
--> statement-breakpoint
CREATE TABLE "snapshots" (
	"study_id" uuid PRIMARY KEY NOT NULL,
	"seq" integer NOT NULL,
	"told" integer NOT NULL,
	"data" json NOT NULL
);
--> statement-breakpoint
CREATE TABLE "studies" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"spec" json NOT NULL,
	"digest" text NOT NULL,
	"state" text DEFAULT 'active' NOT NULL,
	"reason" text,
	"seq" integer DEFAULT 0 NOT NULL,
	"next_number" integer DEFAULT 0 NOT NULL,
	"counters" json NOT NULL,
	"best_number" integer,
	"best_value" double precision,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "studies_name" UNIQUE("name"),
	CONSTRAINT "studies_state" CHECK ("studies"."state" in ('active', 'paused', 'finished'))
);
--> statement-breakpoint
CREATE TABLE "trials" (
	"study_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"state" text NOT NULL,
	"failure" text,
	"params" json NOT NULL,
	"params_key" text NOT NULL,
	"proposal" json NOT NULL,
	"memo" json,
	"value" double precision,
	"metrics" json,
	"message" text,
	"train_seconds" double precision,
	"peak_memory_mb" double precision,
	"tokens_per_second" double precision,
	"reserved_seconds" double precision DEFAULT 0 NOT NULL,
	"attempt" integer DEFAULT 0 NOT NULL,
	"worker" text,
	"token" uuid,
	"lease_expires_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"settled_at" timestamp (3) with time zone,
	CONSTRAINT "trials_study_id_number_pk" PRIMARY KEY("study_id","number"),
	CONSTRAINT "trials_state" CHECK ("trials"."state" in ('ready', 'running', 'complete', 'failed', 'pruned', 'cancelled')),
	CONSTRAINT "trials_failure" CHECK (("trials"."state" = 'failed') = ("trials"."failure" is not null)),
	CONSTRAINT "trials_lease" CHECK (("trials"."state" = 'running') = ("trials"."token" is not null)),
	CONSTRAINT "trials_value" CHECK ("trials"."value" is null or "trials"."state" in ('complete', 'pruned'))
);
--> statement-breakpoint
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_study_id_number_trials_study_id_number_fk" FOREIGN KEY ("study_id","number") REFERENCES "public"."trials"("study_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "events" ADD CONSTRAINT "events_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "incumbents" ADD CONSTRAINT "incumbents_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "reports" ADD CONSTRAINT "reports_study_id_number_trials_study_id_number_fk" FOREIGN KEY ("study_id","number") REFERENCES "public"."trials"("study_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "snapshots" ADD CONSTRAINT "snapshots_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "trials" ADD CONSTRAINT "trials_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "events_of_all" ON "events" USING btree ("xid","id");--> statement-breakpoint
CREATE INDEX "reports_by_step" ON "reports" USING btree ("study_id","step","number");--> statement-breakpoint
CREATE INDEX "studies_newest" ON "studies" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "trials_by_state" ON "trials" USING btree ("study_id","state","number");--> statement-breakpoint
CREATE INDEX "trials_expiring" ON "trials" USING btree ("lease_expires_at") WHERE "trials"."state" = 'running';