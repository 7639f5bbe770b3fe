CREATE TABLE "earlier_studies" (
	"study_id" uuid NOT NULL,
	"place" integer NOT NULL,
	"id" uuid NOT NULL,
	"name" text NOT NULL,
	"trials" json NOT NULL,
	CONSTRAINT "earlier_studies_study_id_place_pk" PRIMARY KEY("study_id","place")
);
--> statement-breakpoint
ALTER TABLE "earlier_studies" ADD CONSTRAINT "earlier_studies_study_id_studies_id_fk" FOREIGN KEY ("study_id") REFERENCES "public"."studies"("id") ON DELETE cascade ON UPDATE no action;