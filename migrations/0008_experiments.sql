CREATE TABLE "cells" (
	"experiment_id" uuid NOT NULL,
	"arm" text NOT NULL,
	"seed" bigint NOT NULL,
	"position" integer NOT NULL,
	"state" text DEFAULT 'waiting' NOT NULL,
	"reason" text,
	"attempt" integer DEFAULT 1 NOT NULL,
	"study" text NOT NULL,
	"study_id" uuid,
	"endpoint_study_id" uuid,
	"result" json,
	"added" boolean DEFAULT false NOT NULL,
	"started_at" timestamp (3) with time zone,
	"ended_at" timestamp (3) with time zone,
	CONSTRAINT "cells_experiment_id_arm_seed_pk" PRIMARY KEY("experiment_id","arm","seed"),
	CONSTRAINT "cells_state" CHECK ("cells"."state" in ('waiting', 'running', 'measuring', 'finished', 'failed', 'stopped')),
	CONSTRAINT "cells_result" CHECK (("cells"."state" = 'finished') <= ("cells"."result" is not null))
);
--> statement-breakpoint
CREATE TABLE "experiment_events" (
	"experiment_id" uuid NOT NULL,
	"seq" integer NOT NULL,
	"kind" text NOT NULL,
	"data" json NOT NULL,
	"at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	CONSTRAINT "experiment_events_experiment_id_seq_pk" PRIMARY KEY("experiment_id","seq")
);
--> statement-breakpoint
CREATE TABLE "experiments" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"name" text NOT NULL,
	"description" text,
	"plan" json NOT NULL,
	"digest" text NOT NULL,
	"state" text DEFAULT 'running' NOT NULL,
	"reason" text,
	"seq" integer DEFAULT 0 NOT NULL,
	"parallel" integer NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	"updated_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	CONSTRAINT "experiments_name" UNIQUE("name"),
	CONSTRAINT "experiments_state" CHECK ("experiments"."state" in ('running', 'paused', 'finished', 'failed'))
);
--> statement-breakpoint
ALTER TABLE "cells" ADD CONSTRAINT "cells_experiment_id_experiments_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "experiment_events" ADD CONSTRAINT "experiment_events_experiment_id_experiments_id_fk" FOREIGN KEY ("experiment_id") REFERENCES "public"."experiments"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "cells_in_order" ON "cells" USING btree ("experiment_id","position");--> statement-breakpoint
CREATE INDEX "experiments_newest" ON "experiments" USING btree ("created_at","id");--> statement-breakpoint
CREATE INDEX "experiments_open" ON "experiments" USING btree ("created_at") WHERE "experiments"."state" in ('running', 'paused');