ALTER TABLE "studies" ADD COLUMN "noise" double precision;--> statement-breakpoint
ALTER TABLE "studies" ADD COLUMN "note" text;--> statement-breakpoint
ALTER TABLE "studies" ADD COLUMN "tags" json;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "note" text;--> statement-breakpoint
ALTER TABLE "trials" ADD COLUMN "tags" json;