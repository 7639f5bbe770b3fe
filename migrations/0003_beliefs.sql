CREATE TABLE "inquiries" (
	"study_id" uuid NOT NULL,
	"number" integer NOT NULL,
	"ended" integer NOT NULL,
	"source" text NOT NULL,
	"state" text NOT NULL,
	"beliefs" json,
	"note" text,
	"reason" text,
	"adviser" uuid,
	"adviser_until" timestamp (3) with time zone,
	"at" timestamp (3) with time zone DEFAULT now() NOT NULL,
	"answered_at" timestamp (3) with time zone,
	CONSTRAINT "inquiries_study_id_number_pk" PRIMARY KEY("study_id","number"),
	CONSTRAINT "inquiries_state" CHECK ("inquiries"."state" in ('asking', 'believed', 'failed')),
	CONSTRAINT "inquiries_adviser" CHECK (("inquiries"."state" = 'asking') = ("inquiries"."adviser_until" is not null)),
	CONSTRAINT "inquiries_beliefs" CHECK (("inquiries"."state" = 'believed') = ("inquiries"."beliefs" is not null))
);
--> statement-breakpoint
ALTER TABLE "llm_calls" ADD COLUMN "purpose" text DEFAULT 'configuration' NOT NULL;--> statement-breakpoint
ALTER TABLE "inquiries" ADD CONSTRAINT "inquiries_study_id_number_trials_study_id_number_fk" FOREIGN KEY ("study_id","number") REFERENCES "public"."trials"("study_id","number") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "inquiries_open" ON "inquiries" USING btree ("adviser_until") WHERE "inquiries"."state" = 'asking';--> statement-breakpoint
UPDATE "studies" SET "counters" = jsonb_set("counters"::jsonb, '{advice,inquiries}',
	'{"asked": 0, "given": 0, "failures": {}, "open": null, "next": 0}'::jsonb)::json;
