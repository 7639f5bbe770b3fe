CREATE TABLE "programs" (
	"study_id" uuid NOT NULL,
	"hash" text NOT NULL,
	"normal" text NOT NULL,
	"parent" text,
	"files" json NOT NULL,
	"constants" json NOT NULL,
	"created_at" timestamp (3) with time zone DEFAULT statement_timestamp() NOT NULL,
	CONSTRAINT "programs_study_id_hash_pk" PRIMARY KEY("study_id","hash")
);
--> statement-breakpoint
ALTER TABLE "programs" ADD CONSTRAINT "programs_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE cascade ON UPDATE no action;